//! What is refined from the lines of a connection.

use app::model::{Book, Candle, Dataset, GapCause, Quote, Reject, Trade};

use crate::quality::live::event::Event;

/// A row, when its line came and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Received<T> {
    /// What it says.
    pub row: T,
    /// Receipt of its line, in milliseconds.
    pub received_at: i64,
    /// Its line in the run, from 1; state and batch lines are not counted.
    pub line_no: i64,
}

/// A trade of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamTrade {
    /// The trade.
    pub trade: Trade,
    /// It happened before the subscription: the venue repeats its newest trades at the beginning.
    pub history: bool,
    /// True if the venue's time had passed its minute by more than the watermark: it does not count in that minute.
    pub late: bool,
}

/// Whether the book can be trusted from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookTrust {
    /// Since when.
    pub at: i64,
    /// Why it cannot, with the reason in words; `None`: it can.
    pub lost: Option<(GapCause, String)>,
}

/// A row that broke its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReject {
    /// What it should have been.
    pub dataset: Dataset,
    /// The row.
    pub reject: Reject,
}

/// Rows of some lines of a connection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamRows {
    /// The lines begin a new run, which is read on from this state.
    pub begins: Option<String>,
    /// The run ends with them.
    pub ends: bool,
    /// Trades in the order of their lines.
    pub trades: Vec<Received<StreamTrade>>,
    /// Quotes that are kept.
    pub quotes: Vec<Received<Quote>>,
    /// Quotes left out because a newer one followed within the pause.
    pub conflated: i64,
    /// One-minute candles that are kept, provisional and final.
    pub candles: Vec<Received<Candle>>,
    /// Provisional candles left out for the same reason.
    pub superseded: i64,
    /// Books at the first change in a second.
    pub books: Vec<Received<Book>>,
    /// Rows that broke their contract, and frames out of shape.
    pub rejects: Vec<StreamReject>,
    /// When the book was lost and found again.
    pub trust: Vec<BookTrust>,
    /// What only checks look at, with its line: times of the venue, best prices, moves of the book. Nothing of it is
    /// stored.
    pub pulses: Vec<(i64, Event)>,
}

impl StreamRows {
    /// Rows that were read, kept or not.
    #[must_use]
    pub const fn count(&self) -> i64 {
        (self.trades.len()
            + self.quotes.len()
            + self.candles.len()
            + self.books.len()
            + self.rejects.len()) as i64
            + self.conflated
            + self.superseded
    }
}
