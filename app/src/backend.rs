//! What the page asks of the server. `server` implements it; tests of pages use a fake.

#[cfg(feature = "ssr")]
use crate::model::{
    AlertDetailVm, MarketVm, OverviewVm, QualityVm,
    batch::{BatchFilter, BatchListVm},
    pipeline::PipelineVm,
};

/// Which chart the Market page shows; empty fields mean "choose for me": the instrument's primary venue.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MarketQuery {
    /// `BTC-USD`
    pub instrument: String,
    /// `bitfinex`
    pub venue: String,
    /// `1m`, `1h`, …
    pub step: String,
}

/// Why a question was not answered.
#[derive(Debug, Clone, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum BackendError {
    /// What was asked for is not there.
    #[error("{0} not found")]
    NotFound(String),
    /// The store did not answer; details are in the server's log under this number.
    #[error("the server could not read its data (log entry {0})")]
    Store(String),
}

/// One method for each question a page asks.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait Backend: Send + Sync + 'static {
    /// The Overview page.
    async fn overview(&self) -> Result<OverviewVm, BackendError>;
    /// The Market page.
    async fn market(&self, query: &MarketQuery) -> Result<MarketVm, BackendError>;
    /// The Quality page.
    async fn quality(&self) -> Result<QualityVm, BackendError>;
    /// One alert with its history and evidence.
    async fn alert(&self, id: i64) -> Result<AlertDetailVm, BackendError>;
    /// The Batches page.
    async fn batches(&self, filter: &BatchFilter) -> Result<BatchListVm, BackendError>;
    /// The Pipeline page.
    async fn pipeline(&self) -> Result<PipelineVm, BackendError>;
}
