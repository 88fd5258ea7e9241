//! Server functions: what the hydrated page calls when it needs a page's data again.

use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, Post},
};

use crate::{
    backend::MarketQuery,
    json::TextJson,
    model::{BatchesVm, MarketVm, OverviewVm, PipelinePageVm, QualityPageVm},
};

#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn crate::backend::Backend>, ServerFnError> {
    use_context().ok_or_else(|| ServerFnError::new("no backend in this context"))
}

/// Data of the Overview page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "overview", input = GetUrl, output = Post<TextJson>)]
pub async fn get_overview() -> Result<OverviewVm, ServerFnError> {
    let mut vm = backend()?.overview().await?;
    for kpi in &mut vm.kpis {
        kpi.picture = crate::components::sparkline::sparkline(&kpi.label, &kpi.spark);
    }
    Ok(vm)
}

/// Data of the Market page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "market", input = GetUrl, output = Post<TextJson>)]
pub async fn get_market(query: MarketQuery) -> Result<MarketVm, ServerFnError> {
    let backend = backend()?;
    let mut vm = backend.market(&query).await?;
    vm.table = crate::plain::market::table(&vm.bars, vm.step_ms);
    if let Some(series) = vm.chosen.and_then(|index| vm.series.get(index)) {
        let compared = backend
            .reconciliation(&series.instrument, &series.venue)
            .await?;
        vm.differences = crate::plain::market::differences(&compared);
    }
    Ok(vm)
}

/// Data of the Quality page; `view` is its address, which says what its lists show.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "quality", input = GetUrl, output = Post<TextJson>)]
pub async fn get_quality(view: String) -> Result<QualityPageVm, ServerFnError> {
    use crate::{pages::quality::filter::Filter, plain::quality::HealthVm};
    /// Incidents looked at: all open ones and the last that was resolved.
    const INCIDENTS: i64 = 50;
    let filter = Filter::of_href(&view);
    let backend = backend()?;
    let health = HealthVm {
        board: backend.scoreboard().await?,
        incidents: backend.incidents(INCIDENTS).await?,
        timelines: backend
            .timelines(if filter.is_week { 7 * 24 } else { 24 })
            .await?,
    };
    Ok(crate::plain::quality::page(
        backend.quality().await?,
        &health,
        filter,
    ))
}

/// The text of the About page, as HTML.
///
/// # Errors
/// Never on the server; in the browser, when the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "about", input = GetUrl, output = Post<TextJson>)]
#[allow(clippy::unused_async, reason = "every server function is asynchronous")]
pub async fn get_about() -> Result<String, ServerFnError> {
    Ok(crate::plain::about::text())
}

/// One alert with history and evidence, as HTML.
///
/// # Errors
/// When there is no such alert or the store cannot be read.
#[server(prefix = "/api/page", endpoint = "alert", input = GetUrl, output = Post<TextJson>)]
pub async fn get_alert(id: i64) -> Result<String, ServerFnError> {
    use crate::{model::batch::Standing, plain::quality::Around};
    let start = use_context::<crate::start::Start>().unwrap_or_default();
    let reader = use_context::<Standing>().unwrap_or_default();
    let backend = backend()?;
    let vm = backend.alert(id).await?;
    let incident = match vm.alert.incident_id {
        // an incident that is gone takes no alert with it
        Some(id) => backend.incident(id).await.ok().map(|vm| vm.incident),
        None => None,
    };
    let around = Around {
        now: start.server_now,
        reader,
        incident,
        silences: backend.silences().await?,
    };
    Ok(crate::plain::quality::detail(vm, around))
}

/// The box of the Batches page that takes a file, as HTML.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "upload", input = GetUrl, output = Post<TextJson>)]
pub async fn get_upload() -> Result<String, ServerFnError> {
    use crate::{
        model::batch::{BatchFilter, Standing},
        plain::batches::upload_box,
    };
    let standing = use_context::<Standing>().unwrap_or_default();
    let batches = backend()?.batches(&BatchFilter::default()).await?;
    Ok(upload_box(batches.max_upload_mb, standing))
}

/// Data of the Batches page; `query` is that of its address.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "batches", input = GetUrl, output = Post<TextJson>)]
pub async fn get_batches(query: String) -> Result<BatchesVm, ServerFnError> {
    use crate::{
        model::batch::{BatchFilter, Standing},
        plain::batches::page,
    };
    let filter = BatchFilter::of_query(&query);
    let standing = use_context::<Standing>().unwrap_or_default();
    Ok(page(backend()?.batches(&filter).await?, standing))
}

/// Data of the Pipeline page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "pipeline", input = GetUrl, output = Post<TextJson>)]
pub async fn get_pipeline() -> Result<PipelinePageVm, ServerFnError> {
    use crate::{
        model::{batch::Standing, pipeline::DeskOf},
        plain::pipeline::page,
    };
    let standing = use_context::<Standing>().unwrap_or_default();
    let desk = use_context::<DeskOf>();
    let vm = backend()?.pipeline().await?;
    let desk = desk.and_then(|DeskOf(desk)| desk());
    Ok(page(vm, desk.as_ref(), standing))
}
