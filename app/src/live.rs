//! What the event stream last said, as signals that every page reads.
//!
//! One [`Live`] is provided by the app's root. On the server its signals keep their initial values, so that the
//! server and the browser render the same first page.

use leptos::prelude::*;

use crate::model::{AlertEventVm, Bar, BookVm, FeedVm, LayerVm, QuoteVm, RunVm, Verdict};

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

/// Health of the layers, as of `at`.
#[derive(Debug, Clone, PartialEq)]
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
    /// Newest quote.
    pub price: RwSignal<Option<QuoteVm>>,
    /// Newest bars.
    pub bars: RwSignal<Option<LiveBars>>,
    /// Newest book.
    pub book: RwSignal<Option<BookVm>>,
    /// Newest health.
    pub health: RwSignal<Option<LiveHealth>>,
    /// Alert transitions since the page was loaded, oldest first, at most 500.
    pub alerts: RwSignal<Vec<AlertEventVm>>,
    /// Runs that began or moved since the page was loaded, newest state of each.
    pub runs: RwSignal<Vec<RunVm>>,
    /// The server's clock at the last event, and the browser's clock then: for ages without trusting either zone.
    pub clock_offset_ms: RwSignal<i64>,
    /// Grows when the page's data must be loaded again (after `reset` or a long absence).
    pub reload: RwSignal<u32>,
}

impl Live {
    /// Signals with nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            connection: RwSignal::new(Connection::default()),
            price: RwSignal::new(None),
            bars: RwSignal::new(None),
            book: RwSignal::new(None),
            health: RwSignal::new(None),
            alerts: RwSignal::new(Vec::new()),
            runs: RwSignal::new(Vec::new()),
            clock_offset_ms: RwSignal::new(0),
            reload: RwSignal::new(0),
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}
