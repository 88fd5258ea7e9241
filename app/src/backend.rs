//! What the page asks of the server. `server` implements it; tests of pages use a fake.

#[cfg(feature = "ssr")]
use crate::model::{
    AlertDetailVm, IncidentDetailVm, IncidentVm, MarketVm, OverviewVm, QualityVm, ReconcileVm,
    RuleDetailVm, RuleVm, ScoreDetailVm, ScoreOf, ScoreboardVm, SilenceVm, TimelineVm, TrialVm,
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
    /// Every rule with its record.
    async fn rules(&self) -> Result<Vec<RuleVm>, BackendError>;
    /// One rule with its text.
    async fn rule(&self, id: &str) -> Result<RuleDetailVm, BackendError>;
    /// Tries a rule, given as TOML, on the stored history of the last days.
    async fn try_rule(&self, text: &str, days: i64) -> Result<TrialVm, BackendError>;
    /// Incidents, open ones first, then the newest.
    async fn incidents(&self, limit: i64) -> Result<Vec<IncidentVm>, BackendError>;
    /// One incident with its history.
    async fn incident(&self, id: i64) -> Result<IncidentDetailVm, BackendError>;
    /// Silences that hold or will hold, those of the calendar among them.
    async fn silences(&self) -> Result<Vec<SilenceVm>, BackendError>;
    /// All scores with their history.
    async fn scoreboard(&self) -> Result<ScoreboardVm, BackendError>;
    /// One score, opened down to what costs it points.
    async fn score(&self, of: ScoreOf, name: &str) -> Result<ScoreDetailVm, BackendError>;
    /// States of every check and entity that was not well at some time in the last hours, worst first.
    async fn timelines(&self, hours: i64) -> Result<Vec<TimelineVm>, BackendError>;
    /// Live against batch; empty names for all.
    async fn reconciliation(
        &self,
        instrument: &str,
        venue: &str,
    ) -> Result<ReconcileVm, BackendError>;
}
