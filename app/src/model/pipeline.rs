//! What the Pipeline page shows. The server's half only: the browser gets most of this page as finished HTML.

use super::{FeedVm, GapVm, LayerVm, RunVm, SourceEventVm, Verdict};

/// Everything the page shows but for the fault desk.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// Bronze, silver, gold.
    pub layers: Vec<LayerVm>,
    /// What they are made of.
    pub tables: Vec<TableVm>,
    /// Live sources.
    pub feeds: Vec<FeedVm>,
    /// Which venue each instrument's primary series comes from.
    pub primaries: Vec<PrimaryVm>,
    /// Gaps that are open, newest first, then those that were closed, newest first.
    pub gaps: Vec<GapVm>,
    /// Open gaps in all.
    pub open_gaps: i64,
    /// What happened to sources, newest first.
    pub events: Vec<SourceEventVm>,
    /// Newest runs of both pipelines: those at work first, then newest first.
    pub runs: Vec<RunVm>,
}

/// A table of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableVm {
    /// `bronze`, `silver`, `gold`.
    pub layer: String,
    /// `candle`, `trade`, …
    pub name: String,
    /// Rows in it.
    pub rows: i64,
    /// Rows that went no further.
    pub rejects: i64,
    /// Newest data time in it.
    pub newest_at: Option<i64>,
    /// When something was last written to it.
    pub written_at: Option<i64>,
}

/// The venue an instrument's primary series comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `coinbase`
    pub venue: String,
    /// Since when.
    pub since: i64,
    /// Why this one.
    pub reason: String,
}

/// The fault desk: what can be made to go wrong at the simulator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskVm {
    /// Every fault at all venues, each followed by the single venues it is on at.
    pub faults: Vec<FaultVm>,
    /// Venues that a fault can be limited to.
    pub venues: Vec<String>,
}

/// A fault of the simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultVm {
    /// `frozen_price`
    pub name: String,
    /// What it does, in one sentence.
    pub description: String,
    /// Venue it is limited to; `None`: all of them.
    pub venue: Option<String>,
    /// It is on.
    pub on: bool,
    /// Seconds until it goes off by itself; `None`: not before it is cleared.
    pub seconds_left: Option<u64>,
}

/// Gives the desk of the simulator that is a source; `None` where none is.
#[derive(Clone)]
pub struct DeskOf(pub std::sync::Arc<dyn Fn() -> Option<DeskVm> + Send + Sync>);

impl std::fmt::Debug for DeskOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeskOf(…)")
    }
}
