//! Trades: `/v2/trades/…/hist` and the stream.

use app::model::{Reject, Side, Trade};
use serde_json::value::RawValue;

use super::{Texts, contract, integer, number, positive, read, rows};
use crate::source::{
    bitfinex::facts::MAX_ROWS,
    message::{MessageError, ParsedTrades, TradeCursor},
    stamp::required,
};

const LIST: &str = "a list of trades";
/// What a row that cannot be read breaks.
const RULE: &str = "trade.contract";

/// Reads trades of REST, asked oldest first.
///
/// ```
/// use server::source::bitfinex::messages::parse_trades;
/// // number, time, amount (below zero where the taker sold), price
/// let parsed = parse_trades(b"[[670155031,1618677442819,-0.00023057,60410]]")?;
/// assert_eq!((parsed.trades[0].trade_id, parsed.trades[0].size), (670_155_031, 0.00023057));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// A full page goes on at the time of its newest trade: others of the same millisecond may follow.
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_trades(body: &[u8]) -> Result<ParsedTrades, MessageError> {
    let rows = rows(body, LIST, MAX_ROWS)?;
    let is_full = rows.len() == MAX_ROWS;
    let mut parsed = ParsedTrades::default();
    for (line_no, row) in (1..).zip(rows) {
        match parse_trade(row.get()) {
            Ok(trade) => parsed.trades.push(trade),
            Err(reason) => parsed.rejects.push(Reject {
                line_no,
                raw: row.get().to_owned(),
                rules: vec![RULE],
                reason,
            }),
        }
    }
    let times = || parsed.trades.iter().map(|trade| trade.traded_at);
    if is_full && let Some((oldest, newest)) = times().min().zip(times().max()) {
        // a page of one millisecond must not be asked for ever
        let from = if oldest < newest { newest } else { newest + 1 };
        parsed.next = Some(TradeCursor(from.to_string()));
    }
    Ok(parsed)
}

/// Reads the first payload of a subscription: the newest trades, newest first. Gives the raw text of each, oldest
/// first.
///
/// # Errors
/// When it is no such list.
pub fn parse_trade_list(payload: &str) -> Result<Vec<&str>, MessageError> {
    let rows: Vec<&RawValue> = read(payload.as_bytes(), LIST)?;
    if rows.len() > MAX_ROWS {
        return Err(contract(LIST)(format!("{} rows", rows.len())));
    }
    Ok(rows.iter().rev().map(|row| row.get()).collect())
}

/// Reads one trade; also the payload of a frame of the stream, `te` and `tu` alike.
///
/// # Errors
/// What is wrong with it.
pub fn parse_trade(row: &str) -> Result<Trade, String> {
    let Texts([id, at, amount, price]) =
        serde_json::from_str(row).map_err(|error| error.to_string())?;
    let size = number("amount", amount)?;
    if size == 0.0 {
        return Err("amount: nothing was traded".to_owned());
    }
    Ok(Trade {
        trade_id: integer("number", id)?,
        traded_at: required(integer("time", at)?)?,
        price: positive("price", price)?,
        size: size.abs(),
        side: if size < 0.0 { Side::Sell } else { Side::Buy },
    })
}
