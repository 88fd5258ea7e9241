//! `/api/v2/ohlc/`.

use app::model::{Candle, Reject, flag};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Text, read};
use crate::source::{
    bitstamp::facts::MAX_CANDLES,
    message::{MessageError, ParsedCandle, ParsedCandles},
    number::not_negative,
    stamp::required,
};

const WHAT: &str = "a list of candles";
/// What a row that cannot be read breaks.
const RULE: &str = "candle.contract";

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    ohlc: Vec<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    timestamp: Text<'a>,
    open: &'a str,
    high: &'a str,
    low: &'a str,
    close: &'a str,
    volume: &'a str,
}

/// Reads candles of `step_ms`; `now_ms` tells which are final: those that closed before it.
///
/// ```
/// use server::source::bitstamp::messages::parse_ohlc;
/// let body = br#"{"data":{"pair":"BTC/USD","ohlc":[{"high":"29446.18","timestamp":"1653480960","volume":"0.32188479",
///     "low":"29438.28","close":"29445.96","open":"29446.18"}]}}"#;
/// let parsed = parse_ohlc(body, 60_000, 1_653_481_020_001)?;
/// let candle = parsed.candles[0].candle;
/// assert_eq!((candle.close, candle.trades, candle.is_final), (29445.96, None, true));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// A minute without trades is listed with the price before it and no volume.
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not such a list, or longer than the venue's answers are. A row
/// that is wrong is a reject, not an error.
pub fn parse_ohlc(body: &[u8], step_ms: i64, now_ms: i64) -> Result<ParsedCandles, MessageError> {
    let rows = read::<Body<'_>>(body, WHAT)?.data.ohlc;
    // the candle that is forming may come on top
    if rows.len() as i64 > MAX_CANDLES + 1 {
        return Err(MessageError::Contract {
            what: WHAT,
            reason: format!("{} rows, more than {MAX_CANDLES}", rows.len()),
        });
    }
    let mut parsed = ParsedCandles::default();
    for (line_no, row) in (1..).zip(rows) {
        let raw = row.get().to_owned();
        match candle(row.get(), step_ms, now_ms) {
            Ok(candle) => parsed.candles.push(ParsedCandle {
                line_no,
                raw,
                candle,
            }),
            Err(reason) => parsed.rejects.push(Reject {
                line_no,
                raw,
                rules: vec![RULE],
                reason,
            }),
        }
    }
    Ok(parsed)
}

fn candle(row: &str, step_ms: i64, now_ms: i64) -> Result<Candle, String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    let opened_at = required(row.timestamp.integer()?.saturating_mul(1_000))?;
    let number =
        |name: &str, text| not_negative(text).map_err(|reason| format!("{name}: {reason}"));
    let volume = number("volume", row.volume)?;
    Ok(Candle {
        opened_at,
        open: number("open", row.open)?,
        high: number("high", row.high)?,
        low: number("low", row.low)?,
        close: number("close", row.close)?,
        volume,
        quote_volume: None,
        trades: None,
        is_final: opened_at + step_ms <= now_ms,
        flags: if volume == 0.0 { flag::NO_TRADES } else { 0 },
    })
}
