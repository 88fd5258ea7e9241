//! Frames of the stream.

use app::model::{Side, Trade};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Text, read};
use crate::source::{
    message::{MessageError, shortened},
    number::positive,
    stamp::required,
};

const TRADE: &str = "a trade";

/// Any frame: what happened, on which channel, and the data of it.
///
/// `{"event":"bts:subscription_succeeded","channel":"live_trades_btcusd","data":{}}`,
/// `{"event":"bts:request_reconnect","channel":"","data":""}`,
/// `{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Frame<'a> {
    /// `trade`, `data`, `bts:…`
    pub event: &'a str,
    /// `live_trades_btcusd`; empty or absent where it is about the connection.
    pub channel: Option<&'a str>,
    /// What it says.
    #[serde(borrow)]
    pub data: Option<&'a RawValue>,
}

/// Reads the outside of a frame.
///
/// # Errors
/// When it is none.
pub fn parse_frame(text: &str) -> Result<Frame<'_>, MessageError> {
    read(text.as_bytes(), "a frame of the stream")
}

#[derive(Debug, Deserialize)]
struct Body<'a> {
    id: i64,
    #[serde(borrow)]
    microtimestamp: Text<'a>,
    price_str: &'a str,
    amount_str: &'a str,
    #[serde(rename = "type")]
    kind: u8,
}

/// Reads the data of a frame of `live_trades_…`.
///
/// ```
/// use server::source::bitstamp::messages::parse_trade;
/// let trade = parse_trade(r#"{"id":216000505,"timestamp":"1641343721","amount":2.108,"amount_str":"2.10800000",
///     "price":3800.53,"price_str":"3800.53","type":1,"microtimestamp":"1641343721243000",
///     "buy_order_id":1443875822977028,"sell_order_id":1443875826016256}"#)?;
/// assert_eq!((trade.price, trade.size, trade.traded_at), (3800.53, 2.108, 1_641_343_721_243));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// The floats beside the texts are never read: `3651.3000000000002` has been seen. `type` is 0 where the taker bought.
///
/// # Errors
/// When it is not so.
pub fn parse_trade(data: &str) -> Result<Trade, MessageError> {
    let body: Body<'_> = read(data.as_bytes(), TRADE)?;
    trade(&body).map_err(|reason| MessageError::Contract {
        what: TRADE,
        reason,
    })
}

fn trade(body: &Body<'_>) -> Result<Trade, String> {
    Ok(Trade {
        trade_id: body.id,
        traded_at: required(body.microtimestamp.integer()? / 1_000)?,
        price: positive(body.price_str).map_err(|reason| format!("price: {reason}"))?,
        size: positive(body.amount_str).map_err(|reason| format!("amount: {reason}"))?,
        side: match body.kind {
            0 => Side::Buy,
            1 => Side::Sell,
            other => return Err(format!("type {other} is neither 0 nor 1")),
        },
    })
}

/// An error of the stream in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The venue's words, shortened.
    pub reason: String,
    /// True if asking again is no use.
    pub for_good: bool,
}

/// `{"code":null,"message":"Bad subscription string."}`, `{"code":4009,"message":"Connection is unauthorized."}`
#[derive(Debug, Deserialize)]
struct TroubleBody {
    code: Option<i64>,
    message: Option<String>,
}

/// Reads the data of a frame of `bts:error`, whatever it looks like.
#[must_use]
pub fn parse_trouble(data: &str) -> Trouble {
    let body = serde_json::from_str::<TroubleBody>(data).ok();
    let (code, message) = body.map_or((None, None), |body| (body.code, body.message));
    let words = message.unwrap_or_else(|| data.to_owned());
    let for_good = code == Some(4_009) || words.starts_with("Bad subscription string");
    Trouble {
        reason: shortened(&words),
        for_good,
    }
}
