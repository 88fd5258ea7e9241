//! What `/events` sends.

use serde::{Deserialize, Serialize};

use super::{
    AlertEventVm, Bar, BookVm, ConsensusVm, GapVm, LayerVm, QuoteVm, RunVm, SourceEventVm, TapeVm,
    view::{FeedVm, Verdict},
};

/// One server-sent event: the SSE event name is the topic, the data is this as JSON: `{"price": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveEvent {
    /// First on every connection.
    Hello {
        /// The server's clock.
        server_now: i64,
        /// Build version: a page of another build reloads itself.
        build: String,
        /// Newest alert transition.
        seq: i64,
    },
    /// A new quote.
    Price(QuoteVm),
    /// Newest bars of a live series, one per step.
    Bars {
        /// `BTC-USDT`
        instrument: String,
        /// `binance`
        venue: String,
        /// The series' data version.
        version: i64,
        /// Step and bar, 1m first.
        bars: Vec<(i64, Bar)>,
    },
    /// A new order book.
    Book(BookVm),
    /// New trades, a few at a time.
    Trades(TapeVm),
    /// The price that the venues agree on, and each one's distance.
    Consensus(ConsensusVm),
    /// A gap was noticed, filled or given up. The browser takes note and asks for the page's data: it need not read this.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Gap(GapVm),
    /// Something happened to a source. The browser takes note and asks for the page's data.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Source(SourceEventVm),
    /// Health of the layers and the verdict.
    Health {
        /// When it was taken.
        at: i64,
        /// The sentence on top.
        verdict: Verdict,
        /// Bronze, silver, gold.
        layers: Vec<LayerVm>,
        /// Live sources.
        feeds: Vec<FeedVm>,
        /// Share of expected candles that are there, newest 24 h, 0 to 1.
        completeness: Option<f64>,
        /// Open alerts.
        open_alerts: i64,
    },
    /// An alert changed; carries an id, so that a client that reconnects misses none.
    Alert(AlertEventVm),
    /// A run began, moved on or ended.
    Run(RunVm),
    /// The client fell too far behind: load the page's data again.
    Reset,
    /// Nothing happened for a while, but the server is there.
    Hb,
    /// The server is going down.
    Bye,
}

impl LiveEvent {
    /// The SSE event name.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Hello { .. } => Topic::Hello,
            Self::Price(_) => Topic::Price,
            Self::Bars { .. } => Topic::Bars,
            Self::Book(_) => Topic::Book,
            Self::Trades(_) => Topic::Trades,
            Self::Consensus(_) => Topic::Consensus,
            Self::Gap(_) => Topic::Gap,
            Self::Source(_) => Topic::Source,
            Self::Health { .. } => Topic::Health,
            Self::Alert(_) => Topic::Alert,
            Self::Run(_) => Topic::Run,
            Self::Reset => Topic::Reset,
            Self::Hb => Topic::Hb,
            Self::Bye => Topic::Bye,
        }
    }
}

super::landing::words! {
    /// Names of the server-sent events.
    Topic {
        /// First on every connection.
        Hello = "hello",
        /// Quotes.
        Price = "price",
        /// Bars of live series.
        Bars = "bars",
        /// Order books.
        Book = "book",
        /// Trades.
        Trades = "trades",
        /// What venues agree on.
        Consensus = "consensus",
        /// Missing stretches.
        Gap = "gap",
        /// Connections, fail-overs.
        Source = "source",
        /// Layers, feeds and verdict.
        Health = "health",
        /// Alert transitions.
        Alert = "alert",
        /// Run progress.
        Run = "run",
        /// Load again.
        Reset = "reset",
        /// Heartbeat.
        Hb = "hb",
        /// Going down.
        Bye = "bye",
    }
}
