//! What a connection hands to the sink.

use std::sync::Arc;

use app::model::SourceEventKind;

use super::{line::Line, rows::StreamRows};
use crate::source::{session::Channel, venue::Facts};

/// A stream of a venue: one instrument.
#[derive(Debug, Clone)]
pub struct StreamSource {
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`, `simulator-kraken`
    pub venue: String,
    /// Never real prices.
    pub simulated: bool,
    /// Where the stream is.
    pub url: String,
    /// What is subscribed.
    pub channels: Vec<Channel>,
    /// What is known about the venue.
    pub facts: &'static Facts,
}

impl StreamSource {
    /// What its checks judge: `BTC-USD/kraken/live`.
    #[must_use]
    pub fn entity(&self) -> String {
        format!("{}/{}/live", self.instrument, self.venue)
    }
}

/// Lines of one connection and the rows that its refiner took from them.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Whose they are.
    pub source: Arc<StreamSource>,
    /// Number of the connection, unique among those of this process.
    pub connection: u64,
    /// True if quotes, books and candles are taken from this connection; trades are taken from all.
    pub leader: bool,
    /// Lines since the last batch, in order.
    pub lines: Vec<Line>,
    /// What [`super::refiner::Refiner::take`] gave after the last of them.
    pub rows: StreamRows,
}

/// Something that happened to a source. It is stored, told to pages, and opens gaps. Losses of books need no notice:
/// the sink sees them in the rows.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Whose.
    pub source: Arc<StreamSource>,
    /// When.
    pub at: i64,
    /// What.
    pub kind: NoticeKind,
    /// In words.
    pub detail: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// The source begins to be driven; before its first connection. What is missing since its last row is a gap.
    Started,
    /// A connection stands and data flows.
    Connected,
    /// A connection ended. `alone`: no other one carries data, so that from `since` (receipt of its last data) on
    /// something may be missing.
    Disconnected {
        /// No other connection carries data.
        alone: bool,
        /// Receipt of its last data.
        since: i64,
    },
    /// Connections stand, but nothing has come since.
    Silent {
        /// Receipt of the last data.
        since: i64,
    },
    /// Anything else that pages show and the record keeps.
    Event(SourceEventKind),
}
