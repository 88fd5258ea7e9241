//! Reads answers; pure. Nothing in them is trusted: each number is checked, each message bounded.

mod book;
mod candles;
mod ticker;

use serde::Deserialize;

use crate::source::message::{MessageError, shortened};

pub use self::{
    book::{RawDepth, parse_depth},
    candles::parse_klines,
    ticker::parse_ticker,
};

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
        msg: shortened(&error.msg),
    })
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &'static str) -> Result<T, MessageError> {
    crate::source::message::read(body, what, parse_error)
}

#[cfg(test)]
mod tests;
