//! Reads answers; pure. Nothing in them is trusted: each number is checked, each message bounded.

mod best;
mod book;
mod candles;
mod frame;
mod ticker;
mod time;
mod trades;

use serde::Deserialize;

use crate::source::message::{MessageError, shortened};

pub use self::{
    best::parse_book_ticker,
    book::{DepthUpdate, RawDepth, Snapshot, parse_depth, parse_depth_update, parse_snapshot},
    candles::{parse_kline_event, parse_klines},
    frame::{Frame, parse_frame},
    ticker::{parse_ticker, parse_ticker_event},
    time::parse_time,
    trades::{parse_agg_trade_event, parse_agg_trades},
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
