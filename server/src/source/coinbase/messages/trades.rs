//! `/products/…/trades` and the channel `matches`.

use app::model::{Reject, Side, Trade};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::read;
use crate::source::{
    message::{MessageError, ParsedTrades},
    number::positive,
    stamp,
};

const WHAT: &str = "a list of trades";
/// What a row that cannot be read breaks.
const RULE: &str = "trade.contract";
/// More rows than the venue gives are not read.
const MAX_ROWS: usize = super::super::facts::MAX_TRADES as usize;

/// The fields that answers and frames share.
#[derive(Debug, Deserialize)]
struct Row<'a> {
    trade_id: i64,
    /// Of the order that was in the book.
    side: &'a str,
    size: &'a str,
    price: &'a str,
    time: &'a str,
}

/// Reads trades, newest first as they come. Their side is that of the order in the book: the taker's is the other.
///
/// ```
/// use server::source::coinbase::messages::parse_trades;
/// let parsed = parse_trades(br#"[{"time":"2014-11-07T22:19:28.578544Z","trade_id":74,"price":"10.00000000",
///     "size":"0.01000000","side":"buy"}]"#)?;
/// let trade = parsed.trades[0];
/// assert_eq!((trade.trade_id, trade.price, trade.side.as_str()), (74, 10.0, "sell"));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_trades(body: &[u8]) -> Result<ParsedTrades, MessageError> {
    let rows: Vec<&RawValue> = read(body, WHAT)?;
    if rows.len() > MAX_ROWS {
        let reason = format!("{} rows, more than {MAX_ROWS}", rows.len());
        return Err(MessageError::Contract { what: WHAT, reason });
    }
    let mut parsed = ParsedTrades::default();
    for (line_no, row) in (1..).zip(rows) {
        match parse_match(row.get()) {
            Ok(trade) => parsed.trades.push(trade),
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

/// Reads a trade of the stream: `match`, or `last_match`, the last one before the subscription.
///
/// ```
/// use server::source::coinbase::messages::parse_match;
/// let trade = parse_match(r#"{"type":"match","trade_id":10,"sequence":50,
///     "maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1",
///     "time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}"#)?;
/// assert_eq!((trade.trade_id, trade.traded_at, trade.side.as_str()), (10, 1_415_348_367_028, "buy"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_match(row: &str) -> Result<Trade, String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    if row.trade_id < 0 {
        return Err(format!("number {} is negative", row.trade_id));
    }
    Ok(Trade {
        trade_id: row.trade_id,
        traded_at: stamp::required_rfc3339(row.time)?,
        price: positive(row.price).map_err(|reason| format!("price: {reason}"))?,
        size: positive(row.size).map_err(|reason| format!("size: {reason}"))?,
        side: match row.side {
            "buy" => Side::Sell,
            "sell" => Side::Buy,
            other => return Err(format!("{other:.20?} is no side")),
        },
    })
}
