//! `/api/v3/klines`.

use app::model::{Candle, Reject, flag};
use serde_json::value::RawValue;

use super::read;
use crate::source::{
    message::{MessageError, ParsedCandle, ParsedCandles},
    number::not_negative,
};

const WHAT: &str = "a list of klines";
/// What a row that cannot be read breaks.
const RULE: &str = "candle.contract";
/// More rows than the venue gives are not read.
const MAX_ROWS: usize = super::super::facts::MAX_KLINES as usize;

/// Open time, open, high, low, close, volume, close time, quote volume, trades, the takers' volume and quote volume,
/// and a text nobody uses.
type Row<'a> = (
    i64,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    i64,
    &'a str,
    i64,
    &'a str,
    &'a str,
    serde::de::IgnoredAny,
);

/// Reads candles; `now_ms` tells which are final: those that closed before it.
///
/// ```
/// use server::source::binance::messages::parse_klines;
/// let body = br#"[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",
///     1499040059999,"2434.19055334",308,"1756.87402397","28.46694368","0"]]"#;
/// let parsed = parse_klines(body, 1_499_040_060_000)?;
/// let candle = parsed.candles[0].candle;
/// assert_eq!((candle.close, candle.trades, candle.is_final), (0.015771, Some(308), true));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_klines(body: &[u8], now_ms: i64) -> Result<ParsedCandles, MessageError> {
    let rows: Vec<&RawValue> = read(body, WHAT)?;
    if rows.len() > MAX_ROWS {
        return Err(MessageError::Contract {
            what: WHAT,
            reason: format!("{} rows, more than {MAX_ROWS}", rows.len()),
        });
    }
    let mut parsed = ParsedCandles::default();
    for (line_no, row) in (1..).zip(rows) {
        match candle(row.get(), now_ms) {
            Ok(candle) => parsed.candles.push(ParsedCandle {
                line_no,
                raw: row.get().to_owned(),
                candle,
            }),
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

fn candle(row: &str, now_ms: i64) -> Result<Candle, String> {
    let (opened_at, open, high, low, close, volume, closed_at, quote_volume, trades, ..) =
        serde_json::from_str::<Row<'_>>(row).map_err(|error| error.to_string())?;
    if opened_at <= 0 || closed_at < opened_at {
        return Err(format!("no interval from {opened_at} to {closed_at}"));
    }
    if trades < 0 {
        return Err(format!("number of trades {trades} is negative"));
    }
    let number =
        |name: &str, text| not_negative(text).map_err(|reason| format!("{name}: {reason}"));
    let volume = number("volume", volume)?;
    Ok(Candle {
        opened_at,
        open: number("open", open)?,
        high: number("high", high)?,
        low: number("low", low)?,
        close: number("close", close)?,
        volume,
        quote_volume: Some(number("quote volume", quote_volume)?),
        trades: Some(trades),
        is_final: closed_at < now_ms,
        flags: if volume == 0.0 && trades == 0 {
            flag::NO_TRADES
        } else {
            0
        },
    })
}

#[cfg(test)]
mod tests;
