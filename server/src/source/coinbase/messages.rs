//! Reads answers and frames; pure. Nothing in them is trusted: each number is checked, each message bounded.

mod book;
mod candles;
mod frame;
mod ticker;
mod time;
mod trades;

use serde::Deserialize;

use crate::source::message::{MessageError, shortened};

pub use self::{
    book::{BookSnapshot, Change, L2Update, parse_book, parse_l2update, parse_snapshot},
    candles::parse_candles,
    frame::{Head, parse_error_frame, parse_head, parse_heartbeat, parse_subscriptions},
    ticker::{parse_ticker, parse_ticker_frame},
    time::parse_time,
    trades::{parse_match, parse_trades},
};

/// `{"message":"NotFound"}`
#[derive(Debug, Deserialize)]
struct ErrorBody {
    message: String,
}

/// Reads an error of the venue: `None` when the body is something else.
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<MessageError> {
    let error: ErrorBody = serde_json::from_slice(body).ok()?;
    Some(MessageError::Venue {
        code: 0,
        msg: shortened(&error.message),
    })
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &'static str) -> Result<T, MessageError> {
    crate::source::message::read(body, what, parse_error)
}

#[cfg(test)]
mod tests;
