//! `/api/v3/aggTrades` and the stream of the same trades.

use app::model::{Reject, Side, Trade};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::read;
use crate::source::{
    message::{MessageError, ParsedTrades},
    number::positive,
    stamp,
};

const WHAT: &str = "a list of aggregated trades";
/// What a row that cannot be read breaks.
const RULE: &str = "trade.contract";
/// More rows than the venue gives are not read.
const MAX_ROWS: usize = super::super::facts::MAX_TRADES as usize;

/// The fields that answers and events share.
#[derive(Debug, Deserialize)]
struct Row<'a> {
    #[serde(rename = "a")]
    id: i64,
    #[serde(rename = "p")]
    price: &'a str,
    #[serde(rename = "q")]
    size: &'a str,
    #[serde(rename = "T")]
    traded_at: i64,
    /// The buyer's order was in the book: the taker sold.
    #[serde(rename = "m")]
    buyer_is_maker: bool,
    /// Time of the event, in streams.
    #[serde(rename = "E")]
    event_at: Option<i64>,
}

/// Reads trades that crossed the spread at once for one order.
///
/// ```
/// use server::source::binance::messages::parse_agg_trades;
/// let parsed = parse_agg_trades(br#"[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,
///     "T":1498793709153,"m":true,"M":true}]"#)?;
/// let trade = parsed.trades[0];
/// assert_eq!((trade.trade_id, trade.price, trade.side.as_str()), (26_129, 0.01633102, "sell"));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_agg_trades(body: &[u8]) -> Result<ParsedTrades, MessageError> {
    let rows: Vec<&RawValue> = read(body, WHAT)?;
    if rows.len() > MAX_ROWS {
        let reason = format!("{} rows, more than {MAX_ROWS}", rows.len());
        return Err(MessageError::Contract { what: WHAT, reason });
    }
    let mut parsed = ParsedTrades::default();
    for (line_no, row) in (1..).zip(rows) {
        match parse_agg_trade_event(row.get()) {
            Ok((trade, _)) => parsed.trades.push(trade),
            Err(reason) => parsed.rejects.push(Reject {
                line_no,
                raw: row.get().to_owned(),
                rules: vec![RULE],
                reason,
            }),
        }
    }
    Ok(parsed)
}

/// Reads a trade of the stream, and the time of its event where it has one.
///
/// ```
/// use server::source::binance::messages::parse_agg_trade_event;
/// let (trade, event_at) = parse_agg_trade_event(r#"{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,
///     "p":"0.001","q":"100","f":100,"l":105,"T":1672515782130,"m":true,"M":true}"#)?;
/// assert_eq!((trade.trade_id, trade.size, trade.traded_at), (12_345, 100.0, 1_672_515_782_130));
/// assert_eq!(event_at, Some(1_672_515_782_136));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_agg_trade_event(row: &str) -> Result<(Trade, Option<i64>), String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    if row.id < 0 {
        return Err(format!("number {} is negative", row.id));
    }
    let trade = Trade {
        trade_id: row.id,
        traded_at: stamp::required(row.traded_at)?,
        price: positive(row.price).map_err(|reason| format!("price: {reason}"))?,
        size: positive(row.size).map_err(|reason| format!("size: {reason}"))?,
        side: if row.buyer_is_maker {
            Side::Sell
        } else {
            Side::Buy
        },
    };
    Ok((trade, row.event_at.and_then(stamp::plausible)))
}
