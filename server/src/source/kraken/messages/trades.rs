//! `/0/public/Trades` and the channel `trade`.

use std::borrow::Cow;

use app::model::{Reject, Side, Trade};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{OfPair, positive, read};
use crate::source::{
    message::{MessageError, ParsedTrades, TradeCursor},
    number, stamp,
};

const WHAT: &str = "a list of trades";
/// What a row that cannot be read breaks.
const RULE: &str = "trade.contract";
/// More rows than the venue gives are not read.
const MAX_ROWS: usize = super::super::facts::MAX_TRADES as usize;
/// Longest cursor: nanoseconds.
const MAX_CURSOR: usize = 20;

/// Reads trades, and the cursor to go on with.
///
/// ```
/// use server::source::kraken::messages::parse_trades;
/// let parsed = parse_trades(br#"{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",
///     1688669597.8277369,"b","m","",61044952]],"last":"1688669597827736900"}}"#)?;
/// let trade = parsed.trades[0];
/// assert_eq!((trade.trade_id, trade.traded_at, trade.side.as_str()), (61_044_952, 1_688_669_597_827, "buy"));
/// assert_eq!(parsed.next.unwrap().0, "1688669597827736900");
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// Rows of the older form, without a number at their end, are rejected: nothing else tells whether a trade is known.
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_trades(body: &[u8]) -> Result<ParsedTrades, MessageError> {
    let OfPair { value: rows, last } = read::<OfPair<'_, Vec<&RawValue>>>(body, WHAT)?;
    if rows.len() > MAX_ROWS {
        let reason = format!("{} rows, more than {MAX_ROWS}", rows.len());
        return Err(MessageError::Contract { what: WHAT, reason });
    }
    let cursor = last
        .map(|last| last.get().trim_matches('"'))
        .filter(|last| last.len() <= MAX_CURSOR && last.bytes().all(|byte| byte.is_ascii_digit()));
    let mut parsed = ParsedTrades {
        next: cursor.map(|last| TradeCursor(last.to_owned())),
        ..ParsedTrades::default()
    };
    for (line_no, row) in (1..).zip(rows) {
        match of_row(row.get()) {
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

/// Price, volume, seconds, `b` or `s` (taker), `m` or `l` (market, limit), remarks, number.
fn of_row(row: &str) -> Result<Trade, String> {
    let items: Vec<&RawValue> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    let [price, size, seconds, side, _, _, rest @ ..] = &items[..] else {
        return Err(format!("{} items, expected 7", items.len()));
    };
    let id = rest.first().ok_or("the row has no number")?;
    let text = |raw: &RawValue| -> Result<f64, String> {
        let text: &str = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        number::positive(text)
    };
    Ok(Trade {
        trade_id: trade_id(serde_json::from_str(id.get()).map_err(|error| error.to_string())?)?,
        traded_at: stamp::seconds(seconds.get())?,
        price: text(price).map_err(|reason| format!("price: {reason}"))?,
        size: text(size).map_err(|reason| format!("volume: {reason}"))?,
        side: match side.get() {
            "\"b\"" => Side::Buy,
            "\"s\"" => Side::Sell,
            other => return Err(format!("{other:.20} is no side")),
        },
    })
}

fn trade_id(id: i64) -> Result<i64, String> {
    if id < 0 {
        return Err(format!("number {id} is negative"));
    }
    Ok(id)
}

#[derive(Debug, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    side: &'a str,
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    qty: &'a RawValue,
    trade_id: i64,
    timestamp: &'a str,
}

/// Reads a trade of the stream; `None` for one of another symbol. The side is the taker's.
///
/// ```
/// use server::source::kraken::messages::parse_trade_row;
/// let row = r#"{"symbol":"BTC/USD","side":"sell","price":26219.7,"qty":0.01500000,"ord_type":"market",
///     "trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}"#;
/// let trade = parse_trade_row(row, "BTC/USD")?.unwrap();
/// assert_eq!((trade.trade_id, trade.size, trade.traded_at), (4_665_906, 0.015, 1_695_628_177_708));
/// assert_eq!(parse_trade_row(row, "ETH/USD")?, None);
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_trade_row(row: &str, symbol: &str) -> Result<Option<Trade>, String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    if row.symbol != symbol {
        return Ok(None);
    }
    Ok(Some(Trade {
        trade_id: trade_id(row.trade_id)?,
        traded_at: stamp::required_rfc3339(row.timestamp)?,
        price: positive("price", row.price)?,
        size: positive("qty", row.qty)?,
        side: Side::parse(row.side).ok_or_else(|| format!("{:.20?} is no side", row.side))?,
    }))
}
