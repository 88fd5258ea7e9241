//! Server functions: what the hydrated page calls when it needs a page's data again.

use leptos::prelude::*;

use crate::{
    backend::MarketQuery,
    model::{AlertDetailVm, MarketVm, OverviewVm, QualityVm},
};

#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn crate::backend::Backend>, ServerFnError> {
    use_context().ok_or_else(|| ServerFnError::new("no backend in this context"))
}

/// Data of the Overview page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "overview", input = server_fn::codec::GetUrl)]
pub async fn get_overview() -> Result<OverviewVm, ServerFnError> {
    Ok(backend()?.overview().await?)
}

/// Data of the Market page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "market", input = server_fn::codec::GetUrl)]
pub async fn get_market(query: MarketQuery) -> Result<MarketVm, ServerFnError> {
    Ok(backend()?.market(&query).await?)
}

/// Data of the Quality page.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api/page", endpoint = "quality", input = server_fn::codec::GetUrl)]
pub async fn get_quality() -> Result<QualityVm, ServerFnError> {
    Ok(backend()?.quality().await?)
}

/// One alert with history and evidence.
///
/// # Errors
/// When there is no such alert or the store cannot be read.
#[server(prefix = "/api/page", endpoint = "alert", input = server_fn::codec::GetUrl)]
pub async fn get_alert(id: i64) -> Result<AlertDetailVm, ServerFnError> {
    Ok(backend()?.alert(id).await?)
}
