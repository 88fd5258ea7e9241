//! What each page needs, in one answer.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::CheckVm;
use super::{
    AlertVm, Bar, BookVm, ConsensusVm, Html, QuoteVm, RunVm, SeriesVm, Severity, StreamVm, Trade,
};

/// Whether the data can be trusted now, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// `None`: nothing is wrong. Else the worst open severity.
    pub worst: Option<Severity>,
    /// True when nothing could be judged: no data, or no check has run.
    pub unknown: bool,
    /// `usable`, `usable with caution`, `not to be trusted`, `unknown`.
    pub word: String,
    /// The sentence after the word: what is open, how old, how complete.
    pub reason: String,
}

/// A number in the strip on top.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KpiVm {
    /// Stable name: `price`, `change`, `spread`, `volume`, `freshness`, `completeness`, `alerts`.
    pub key: String,
    /// Label.
    pub label: String,
    /// The value, formatted; `–` when unknown.
    pub value: String,
    /// Small print: unit, baseline or limit.
    pub note: String,
    /// Severity that colours it.
    pub severity: Option<Severity>,
    /// Last 24 values, oldest first, for a sparkline; empty for none. They stay on the server.
    #[serde(skip)]
    pub spark: Vec<f64>,
    /// The sparkline as SVG; empty for none.
    pub picture: String,
}

/// Bronze, silver or gold at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerVm {
    /// `bronze`, `silver`, `gold`.
    pub layer: String,
    /// Rows (landings in bronze).
    pub rows: i64,
    /// Rows that went no further: refused landings (bronze), quarantined rows (silver), flagged bars (gold).
    pub rejects: i64,
    /// Newest data time in it.
    pub newest_at: Option<i64>,
    /// When something was last written to it.
    pub written_at: Option<i64>,
    /// Worst open severity of its checks.
    pub worst: Option<Severity>,
    /// Open alerts of its checks.
    pub open_alerts: i64,
}

/// A live source and how it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedVm {
    /// `binance`, `simulator`
    pub venue: String,
    /// What it feeds.
    pub instrument: String,
    /// Never real prices.
    pub simulated: bool,
    /// `ok`, `backing off`, `blocked`, `starting`, `off`.
    pub state: String,
    /// Last error, in words; empty when fine.
    pub error: String,
    /// Last answer that could be used.
    pub last_ok_at: Option<i64>,
    /// When it will be asked again.
    pub next_at: Option<i64>,
    /// Answers, and errors, since the start.
    pub polls: i64,
    /// Errors since the start.
    pub errors: i64,
    /// Its stream, where it has one.
    #[serde(default)]
    pub stream: Option<StreamVm>,
}

/// Everything the Overview page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverviewVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// Newest alert transition it includes; the event stream goes on from here.
    pub seq: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// The strip.
    pub kpis: Vec<KpiVm>,
    /// Newest live quote.
    pub quote: Option<QuoteVm>,
    /// Newest order book.
    pub book: Option<BookVm>,
    /// Bronze, silver, gold.
    pub layers: Vec<LayerVm>,
    /// Live sources.
    pub feeds: Vec<FeedVm>,
    /// Newest alerts, open ones first.
    pub alerts: Vec<AlertVm>,
    /// Open alerts in all.
    pub open_alerts: i64,
    /// Newest batch runs.
    pub runs: Vec<RunVm>,
    /// Series with data: the live one first.
    pub series: Vec<SeriesVm>,
}

/// The Batches page. Only its runs are alive in the browser; the rest is HTML that the server made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchesVm {
    /// Newest batch runs.
    pub runs: Vec<RunVm>,
    /// Jobs, inbox and the list.
    pub rest: String,
}

/// The Pipeline page. What changes on it is HTML that the server makes anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelinePageVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// Bronze, silver, gold.
    pub layers: Vec<LayerVm>,
    /// Sources, gaps, events, tables, runs; note, fields and faults of the fault desk: empty where the simulator is no
    /// source, or the reader may not switch any. Each with a number that is the same while only ages change, so that
    /// only what has changed is drawn again.
    pub parts: [(u64, String); 8],
}

/// Everything the Market page needs beside its tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarketVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// Series to choose from, the live one first.
    pub series: Vec<SeriesVm>,
    /// Index of the chosen one.
    pub chosen: Option<usize>,
    /// Step of the chart in milliseconds.
    pub step_ms: i64,
    /// Newest bars of the chosen series and step, oldest first; they stay on the server.
    #[serde(skip)]
    pub bars: Vec<Bar>,
    /// The same as HTML.
    pub table: String,
    /// Minutes in which live and batch differ, as HTML; empty where nothing was compared.
    #[serde(default)]
    pub differences: String,
    /// Newest order book of the chosen series.
    pub book: Option<BookVm>,
    /// Newest quote of the chosen series.
    pub quote: Option<QuoteVm>,
    /// Newest trades of the chosen series, newest last.
    pub trades: Vec<Trade>,
    /// What the venues of its instrument agree on.
    pub consensus: Option<ConsensusVm>,
    /// Set while its instrument's primary series comes from another venue than it should.
    pub failed_over: Option<String>,
}

/// The Quality page. Only its alerts are alive in the browser; the rest is HTML that the server made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityPageVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// Newest alert transition it includes.
    pub seq: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// Alerts of the view, open ones first, newest first; a page full of them.
    pub alerts: Vec<AlertVm>,
    /// Alerts of the view in all.
    pub all_alerts: usize,
    /// Links to the other parts.
    pub tabs: Html,
    /// Score of the whole, open incidents, all scores.
    pub health: Html,
    /// States over time and results of the checks.
    pub checks: Html,
}

impl QualityPageVm {
    /// As part of the document: see [`Html`].
    #[must_use]
    pub fn in_page(self) -> Self {
        Self {
            tabs: self.tabs.in_page(),
            health: self.health.in_page(),
            checks: self.checks.in_page(),
            ..self
        }
    }
}

/// Everything the Quality page shows.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, PartialEq)]
pub struct QualityVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// Newest alert transition it includes.
    pub seq: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// Newest results, worst first.
    pub checks: Vec<CheckVm>,
    /// Alerts, open ones first, newest first.
    pub alerts: Vec<AlertVm>,
}
