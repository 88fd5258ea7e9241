//! What checks of a stream are told, in the order it came.

use app::model::{GapCause, Trade};

use crate::quality::rows::Row;

/// What contract a row was read under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Contract {
    /// Frames as a whole.
    Feed,
    /// Trades.
    Trade,
    /// Quotes.
    Quote,
    /// Changes of the book, and books.
    Book,
}

/// Something of one source. Times are receipts, in milliseconds of the engine's clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it was received.
    pub at: i64,
    /// What it is.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A trade that was not known; none that the venue repeated at the beginning.
    Traded {
        /// The trade.
        trade: Trade,
    },
    /// A trade whose number is known.
    Repeated {
        /// The trade.
        trade: Trade,
        /// Price and size of the one that is known, where they differ.
        differs_from: Option<(f64, f64)>,
    },
    /// Numbers between two trades are missing and were not closed in time.
    Missing {
        /// Number before the hole.
        from: i64,
        /// Number behind it.
        to: i64,
    },
    /// A message of trades with the venue's time.
    Stamped {
        /// That time in milliseconds.
        exchange_at: i64,
    },
    /// Best bid and ask of a quote.
    Best {
        /// Highest price that is bid.
        bid: f64,
        /// Lowest price that is asked.
        ask: f64,
    },
    /// The book moved.
    Moved {
        /// Its best bid.
        bid: f64,
        /// Its best ask.
        ask: f64,
    },
    /// Figures of the book, once a second.
    Figures {
        /// Ask minus bid in basis points of the mid price.
        spread_bps: f64,
        /// Size of the ten best levels of both sides, base currency.
        depth: f64,
    },
    /// A quote that is kept.
    Quoted {
        /// What rules of one's own read of it.
        row: Row,
    },
    /// A book that is kept, once a second.
    Booked {
        /// What rules of one's own read of it.
        row: Row,
    },
    /// The book cannot be trusted any more.
    Lost {
        /// Why.
        cause: GapCause,
        /// In words.
        reason: String,
    },
    /// It can be trusted again.
    Synced,
    /// Rows were read.
    Read {
        /// Under which contract.
        contract: Contract,
        /// How many.
        rows: i64,
    },
    /// A row was set apart.
    Rejected {
        /// Rules it broke.
        rules: Vec<&'static str>,
        /// Its text, shortened.
        raw: String,
        /// What is wrong with it.
        reason: String,
    },
}
