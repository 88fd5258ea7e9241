//! Live sources side by side: how their connections are, what they agree on, what is missing.

use serde::{Deserialize, Serialize};

use super::Dataset;

/// The stream of a venue and how it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamVm {
    /// `connecting`, `subscribing`, `streaming`, `quiet` (no data though the venue answers), `backing off`,
    /// `blocked`, `off`.
    pub state: String,
    /// Last error, in words; empty when fine.
    pub error: String,
    /// Since when the connection stands.
    pub connected_at: Option<i64>,
    /// Receipt of the newest data, heartbeats aside.
    pub last_at: Option<i64>,
    /// `synced`, `syncing`, `lost`; empty where no book is subscribed.
    pub book: String,
    /// Messages a second over the last ten.
    pub messages_per_second: f64,
    /// Connections that broke since the start.
    pub reconnects: i64,
    /// Quotes left out because newer ones waited, since the start.
    pub conflated: i64,
    /// Messages out of shape since the start.
    pub rejected: i64,
    /// From the venue's time to receipt, median and 99th percentile in milliseconds; below 0 where the venue's clock
    /// is ahead.
    pub network_ms: Option<(f64, f64)>,
    /// From receipt to silver, the same.
    pub refine_ms: Option<(f64, f64)>,
    /// From silver to the event sent, the same.
    pub publish_ms: Option<(f64, f64)>,
}

super::landing::words! {
    /// Why data is missing.
    GapCause {
        /// Assay did not run.
        NotRunning = "not_running",
        /// The connection broke.
        Disconnected = "disconnected",
        /// The venue's numbering leaps.
        Sequence = "sequence",
        /// The connection stood, but nothing came.
        Silence = "silence",
        /// The book's checksum is wrong.
        Checksum = "checksum",
    }
}

super::landing::words! {
    /// How far a gap has come.
    GapState {
        /// Waits to be filled.
        Open = "open",
        /// Is being filled.
        Filling = "filling",
        /// Everything the venue has is there.
        Filled = "filled",
        /// It cannot be filled; the detail says why.
        Recorded = "recorded",
    }
}

/// A stretch without data (a row of `gap`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapVm {
    /// Key.
    pub id: i64,
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// `trade`, `candle` or `book`.
    pub dataset: Dataset,
    /// From the last row before it.
    pub from_at: i64,
    /// To the first behind it; `None`: it is still growing.
    pub to_at: Option<i64>,
    /// Why.
    pub cause: GapCause,
    /// How far it has come.
    pub state: GapState,
    /// When it was noticed.
    pub detected_at: i64,
    /// When it was filled or given up.
    pub closed_at: Option<i64>,
    /// Times the venue was asked.
    pub attempts: i64,
    /// Rows that filled it.
    pub rows: i64,
    /// What happened, in words.
    pub detail: String,
}

super::landing::words! {
    /// What happened to a source.
    SourceEventKind {
        /// A connection stands and data flows.
        Connected = "connected",
        /// A connection broke or was given up.
        Disconnected = "disconnected",
        /// A second connection takes over before the first ends.
        RolledOver = "rolled_over",
        /// The book could not be trusted.
        BookLost = "book_lost",
        /// The book can be trusted again.
        BookSynced = "book_synced",
        /// The primary series comes from another venue because this one fails.
        FailedOver = "failed_over",
        /// The primary series comes from this venue again.
        Returned = "returned",
        /// Quotes are left out because too much waits.
        Conflated = "conflated",
        /// The venue does not serve this host.
        Blocked = "blocked",
    }
}

/// Something that happened to a source (a row of `source_event`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceEventVm {
    /// Key.
    pub id: i64,
    /// When.
    pub at: i64,
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// What.
    pub kind: SourceEventKind,
    /// In words.
    pub detail: String,
}

/// What a venue says beside the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VenuePriceVm {
    /// `kraken`
    pub venue: String,
    /// Its newest price: the middle of its book, else its last trade.
    pub price: f64,
    /// Distance from the consensus in basis points.
    pub deviation_bps: f64,
    /// True if it is in the median: fresh and healthy.
    pub used: bool,
    /// Receipt of the price.
    pub received_at: i64,
    /// Why it is not used; empty if it is.
    pub reason: String,
}

/// The price that the venues of an instrument agree on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsensusVm {
    /// `BTC-USD`
    pub instrument: String,
    /// Never real prices.
    pub simulated: bool,
    /// When it was taken.
    pub observed_at: i64,
    /// Median of the venues that are used; `None` if there is none.
    pub price: Option<f64>,
    /// Largest less smallest of their prices in basis points of the median.
    pub spread_bps: f64,
    /// Venue the primary series comes from.
    pub primary: Option<String>,
    /// Every venue, in the order of the configuration.
    pub venues: Vec<VenuePriceVm>,
}
