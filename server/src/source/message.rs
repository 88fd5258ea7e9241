//! What messages of every venue have in common: why one cannot be used, and what is read from them.

use app::model::{Candle, Level, Reject, Trade};
use serde::Deserialize;

/// Why a whole message could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The venue answered with an error.
    #[error("the venue answers with error {code}: {msg}")]
    Venue {
        /// The venue's code; 0 where it has none.
        code: i64,
        /// The venue's words, shortened.
        msg: String,
    },
    /// Not JSON, or not all of it.
    #[error("the answer is not valid json: {0}")]
    Json(String),
    /// JSON, but not what was asked for.
    #[error("the answer is not {what}: {reason}")]
    Contract {
        /// What was expected.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// Longest text of a venue that is repeated in a message of ours, in characters.
pub const MAX_WORDS: usize = 300;

/// A venue's words, shortened.
#[must_use]
pub fn shortened(words: &str) -> String {
    words.chars().take(MAX_WORDS).collect()
}

/// Reads JSON of a shape; an error of the venue (as `error` finds it) and broken JSON are told from the wrong shape.
///
/// # Errors
/// When it is not of that shape; says why.
pub fn read<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    what: &'static str,
    error: impl Fn(&[u8]) -> Option<MessageError>,
) -> Result<T, MessageError> {
    serde_json::from_slice(body).map_err(|wrong| {
        if let Some(error) = error(body) {
            return error;
        }
        // A wrong shape stops the reading early: whether the rest is JSON tells a cut message from a strange one.
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(body);
        let reason = shortened(&whole.as_ref().err().unwrap_or(&wrong).to_string());
        if whole.is_err() {
            MessageError::Json(reason)
        } else {
            MessageError::Contract { what, reason }
        }
    })
}

/// Reads what a session has saved.
///
/// # Errors
/// When it is not such a state.
pub fn restored<'a, T: Deserialize<'a>>(saved: &'a str) -> Result<T, MessageError> {
    serde_json::from_str(saved).map_err(|error| not_restored(error.to_string()))
}

/// What is said of a state that cannot be taken over.
#[must_use]
pub fn not_restored(reason: impl Into<String>) -> MessageError {
    MessageError::Contract {
        what: "the saved state of a session",
        reason: shortened(&reason.into()),
    }
}

/// Candles of an answer: each row is a candle or a reject.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParsedCandles {
    /// Rows that could be read, oldest first.
    pub candles: Vec<ParsedCandle>,
    /// Rows that could not.
    pub rejects: Vec<Reject>,
}

/// A candle that could be read, with what a later reject of it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedCandle {
    /// Place in the answer, from 1.
    pub line_no: i64,
    /// The row as it arrived.
    pub raw: String,
    /// What it says.
    pub candle: Candle,
}

/// An order book as the venue gives it: read, but not judged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawBook {
    /// The venue's time of it in milliseconds, where it gives one.
    pub observed_at: Option<i64>,
    /// Bids in the order they came.
    pub bids: Vec<Level>,
    /// Asks in the order they came.
    pub asks: Vec<Level>,
}

/// Trades of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParsedTrades {
    /// Rows that could be read, in any order.
    pub trades: Vec<Trade>,
    /// Rows that could not.
    pub rejects: Vec<Reject>,
    /// Where to go on; `None`: the venue has no more of what was asked for.
    pub next: Option<TradeCursor>,
}

/// Where a page of trades begins, in the venue's own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeCursor(pub String);
