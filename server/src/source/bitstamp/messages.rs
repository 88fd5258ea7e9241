//! Reads answers and frames; pure. Nothing in them is trusted: each number is checked, each message bounded.

mod book;
mod candles;
mod frame;
mod ticker;
mod transactions;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::message::{MessageError, shortened};

pub use self::{
    book::{Diff, parse_depth, parse_diff, parse_snapshot},
    candles::parse_ohlc,
    frame::{Frame, Trouble, parse_frame, parse_trade, parse_trouble},
    ticker::parse_ticker,
    transactions::{Window, parse_transactions},
};

/// A number that is quoted in some answers and not in others.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Text<'a> {
    fn get(self) -> &'a str {
        let text = self.0.get();
        text.strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text)
    }

    fn integer(self) -> Result<i64, String> {
        let text = self.get();
        text.parse()
            .map_err(|_| format!("{:?} is not a whole number", shortened(text)))
    }
}

/// `{"error":"Invalid pair"}`,
/// `{"status":"error","reason":"Unknown market.","code":"400.068"}`,
/// `{"status":"error","reason":{"__all__":["Rate limit exceeded."]},"response_code":"400.002"}`
#[derive(Debug, Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    error: Option<Text<'a>>,
    status: Option<&'a str>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
    #[serde(borrow)]
    code: Option<Text<'a>>,
    #[serde(borrow)]
    response_code: Option<Text<'a>>,
}

/// Reads an error of the venue: `None` when the body is something else. A code such as `400.002` is given as 400002.
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<MessageError> {
    let error: ErrorBody<'_> = serde_json::from_slice(body).ok()?;
    let words = match (error.error, error.status) {
        (Some(words), _) => words.get(),
        (None, Some("error")) => error.reason.map_or("", Text::get),
        _ => return None,
    };
    let code = error.code.or(error.response_code).map_or("", Text::get);
    Some(MessageError::Venue {
        code: code.replace('.', "").parse().unwrap_or(0),
        msg: shortened(words),
    })
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &'static str) -> Result<T, MessageError> {
    crate::source::message::read(body, what, parse_error)
}

#[cfg(test)]
mod tests;
