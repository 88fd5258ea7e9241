//! Server functions: what the hydrated page calls when it needs a page's data again.

use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, Post},
};

use crate::{
    backend::MarketQuery,
    json::TextJson,
    model::{AlertDetailVm, BatchesVm, MarketVm, OverviewVm, QualityVm},
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
    Ok(backend()?.overview().await?)
}

/// Data of the Market page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "market", input = GetUrl, output = Post<TextJson>)]
pub async fn get_market(query: MarketQuery) -> Result<MarketVm, ServerFnError> {
    Ok(backend()?.market(&query).await?)
}

/// Data of the Quality page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "quality", input = GetUrl, output = Post<TextJson>)]
pub async fn get_quality() -> Result<QualityVm, ServerFnError> {
    Ok(backend()?.quality().await?)
}

/// One alert with history and evidence.
///
/// # Errors
/// When there is no such alert or the store cannot be read.
#[server(prefix = "/api/page", endpoint = "alert", input = GetUrl, output = Post<TextJson>)]
pub async fn get_alert(id: i64) -> Result<AlertDetailVm, ServerFnError> {
    Ok(backend()?.alert(id).await?)
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
