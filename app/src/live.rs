//! What the event stream last said, as signals that every page reads.
//!
//! One [`Live`] is provided by the app's root. It begins with the values of [`Start`] on the server and in the
//! browser alike, so that both render the same first page.

pub mod batch;
#[cfg(feature = "hydrate")]
pub mod feed;
pub mod link;
pub mod merge;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        AlertEventVm, Bar, BookVm, ConsensusVm, FeedVm, LayerVm, QuoteVm, RunVm, Trade, Verdict,
    },
    start::Start,
};

/// State of the connection to `/events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    /// Not yet open: the state of a page without JavaScript.
    #[default]
    Connecting,
    /// Open, and heard from within 40 s.
    Live,
    /// Lost; trying again.
    Reconnecting,
    /// Open, but the newest price is older than its limit.
    Stale,
    /// Stopped by the reader.
    Paused,
}

impl Connection {
    /// Name in CSS and in tests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Reconnecting => "reconnecting",
            Self::Stale => "stale",
            Self::Paused => "paused",
        }
    }
}

/// Newest bars of a live series.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveBars {
    /// `BTC-USDT`
    pub instrument: String,
    /// `binance`
    pub venue: String,
    /// The series' data version.
    pub version: i64,
    /// Step in milliseconds and bar, 1m first.
    pub bars: Vec<(i64, Bar)>,
}

/// Newest trades of a live series.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveTape {
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// Newest first, at most [`merge::TRADES_KEPT`].
    pub trades: Vec<Trade>,
}

/// Health of the layers, as of `at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveHealth {
    /// When it was taken, by the server's clock.
    pub at: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// Bronze, silver, gold.
    pub layers: Vec<LayerVm>,
    /// Live sources.
    pub feeds: Vec<FeedVm>,
    /// Share of expected candles that are there, newest 24 h.
    pub completeness: Option<f64>,
    /// Open alerts.
    pub open_alerts: i64,
}

/// Signals of the event stream; one per topic.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// State of the connection.
    pub connection: RwSignal<Connection>,
    /// Seconds until the next try while [`Connection::Reconnecting`].
    pub retry_in_s: RwSignal<i64>,
    /// The reader's wish to stop updates.
    pub paused: RwSignal<bool>,
    /// The server runs another build than this page.
    pub outdated: RwSignal<bool>,
    /// Newest quote of the series on top: see [`merge::takes_price`].
    pub price: RwSignal<Option<QuoteVm>>,
    /// Newest bars of each series.
    pub bars: RwSignal<Vec<LiveBars>>,
    /// Newest book of each series.
    pub books: RwSignal<Vec<BookVm>>,
    /// Newest trades of each series since the page was loaded.
    pub tapes: RwSignal<Vec<LiveTape>>,
    /// What the venues of each instrument agree on.
    pub consensus: RwSignal<Vec<ConsensusVm>>,
    /// Grows with every gap and every event of a source: what the Pipeline page reads again.
    pub happened: RwSignal<u32>,
    /// Newest health.
    pub health: RwSignal<Option<LiveHealth>>,
    /// Alert transitions since the page was loaded, oldest first, at most 500.
    pub alerts: RwSignal<Vec<AlertEventVm>>,
    /// Runs that began or moved since the page was loaded, newest state of each.
    pub runs: RwSignal<Vec<RunVm>>,
    /// The server's clock less the browser's, in milliseconds: for ages without trusting the browser's clock.
    pub clock_offset_ms: RwSignal<i64>,
    /// The server's clock now; moves once a second in the browser, stands still on the server. 0: not known.
    pub now: RwSignal<i64>,
    /// Grows when the page's data must be loaded again (after `reset` or a long absence).
    pub reload: RwSignal<u32>,
}

impl Live {
    /// Signals with nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self::from_start(&Start::default())
    }

    /// Signals with what the page was rendered with.
    #[must_use]
    pub fn from_start(start: &Start) -> Self {
        Self {
            connection: RwSignal::new(Connection::default()),
            retry_in_s: RwSignal::new(0),
            paused: RwSignal::new(false),
            outdated: RwSignal::new(false),
            price: RwSignal::new(start.price.clone()),
            bars: RwSignal::new(Vec::new()),
            books: RwSignal::new(Vec::new()),
            tapes: RwSignal::new(Vec::new()),
            consensus: RwSignal::new(Vec::new()),
            happened: RwSignal::new(0),
            health: RwSignal::new(start.health.clone()),
            alerts: RwSignal::new(Vec::new()),
            runs: RwSignal::new(Vec::new()),
            clock_offset_ms: RwSignal::new(0),
            now: RwSignal::new(start.server_now),
            reload: RwSignal::new(0),
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

/// The signals the app's root provided; silent ones outside the app.
#[must_use]
pub fn use_live() -> Live {
    use_context().unwrap_or_default()
}
