//! Reads answers; pure. Nothing in them is trusted: each number is checked, each message bounded.

mod book;
mod candles;
mod number;
mod ticker;

use serde::Deserialize;

pub use self::{
    book::{RawDepth, parse_depth},
    candles::{KlineRow, ParsedKlines, parse_klines},
    ticker::parse_ticker,
};

/// Why a whole message could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The venue answered with an error.
    #[error("the venue answers with error {code}: {msg}")]
    Venue {
        /// The venue's code.
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

/// Longest text of the venue that is repeated in a message of ours.
const MAX_WORDS: usize = 300;

/// `{"code":-1121,"msg":"Invalid symbol."}`
#[derive(Debug, Deserialize)]
struct ErrorBody {
    code: i64,
    msg: String,
}

/// Reads an error of the venue: `None` when the body is something else.
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<MessageError> {
    let error: ErrorBody = serde_json::from_slice(body).ok()?;
    Some(MessageError::Venue {
        code: error.code,
        msg: error.msg.chars().take(MAX_WORDS).collect(),
    })
}

/// Reads JSON of a shape; an error of the venue and broken JSON are told from the wrong shape.
fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &'static str) -> Result<T, MessageError> {
    serde_json::from_slice(body).map_err(|error| {
        if let Some(error) = parse_error(body) {
            return error;
        }
        // A wrong shape stops the reading early: whether the rest is JSON tells a cut message from a strange one.
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(body);
        let reason = whole.as_ref().err().unwrap_or(&error).to_string();
        let reason = reason.chars().take(MAX_WORDS).collect();
        if whole.is_err() {
            MessageError::Json(reason)
        } else {
            MessageError::Contract { what, reason }
        }
    })
}

#[cfg(test)]
mod tests;
