//! `/products/…/candles`.

use app::model::{Candle, Reject};
use serde_json::value::RawValue;

use super::read;
use crate::{
    refine::ladder::float,
    source::{
        message::{MessageError, ParsedCandle, ParsedCandles},
        number::{decimal, exact},
        stamp,
    },
};

const WHAT: &str = "a list of candles";
/// What a row that cannot be read breaks.
const RULE: &str = "candle.contract";
/// A little more than the venue gives: rows before the start that was asked for are possible.
const MAX_ROWS: usize = 2 * super::super::facts::MAX_CANDLES as usize;

/// Seconds, **low, high**, open, close, volume: numbers.
type Row<'a> = (
    i64,
    &'a RawValue,
    &'a RawValue,
    &'a RawValue,
    &'a RawValue,
    &'a RawValue,
);

/// Reads candles of a step, which come newest first; `now_ms` tells which are final: those that closed before it.
///
/// ```
/// use server::source::coinbase::messages::parse_candles;
/// let body = b"[[1415398800,0.35,4.2,0.32,4.2,12.3],[1415398740,0.32,4.1,0.35,4.0,11.0]]";
/// let parsed = parse_candles(body, 60_000, 1_415_398_830_000)?;
/// let [first, second] = [parsed.candles[0].candle, parsed.candles[1].candle];
/// assert_eq!((first.opened_at, first.low, first.open, first.is_final), (1_415_398_740_000, 0.32, 0.35, true));
/// assert_eq!((second.high, second.close, second.is_final), (4.2, 4.2, false));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_candles(
    body: &[u8],
    step_ms: i64,
    now_ms: i64,
) -> Result<ParsedCandles, MessageError> {
    let rows: Vec<&RawValue> = read(body, WHAT)?;
    if rows.len() > MAX_ROWS {
        let reason = format!("{} rows, more than {MAX_ROWS}", rows.len());
        return Err(MessageError::Contract { what: WHAT, reason });
    }
    let mut parsed = ParsedCandles::default();
    for (line_no, row) in (1..).zip(rows) {
        match candle(row.get(), step_ms, now_ms) {
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
    parsed.candles.sort_by_key(|row| row.candle.opened_at);
    Ok(parsed)
}

fn candle(row: &str, step_ms: i64, now_ms: i64) -> Result<Candle, String> {
    let (seconds, low, high, open, close, volume) =
        serde_json::from_str::<Row<'_>>(row).map_err(|error| error.to_string())?;
    let opened_at = stamp::required(seconds.saturating_mul(1_000))?;
    let number = |name: &str, raw: &RawValue| {
        let text = raw.get();
        match decimal(text).or_else(|_| exact(text).map(float)) {
            Ok(number) if number < 0.0 => Err(format!("{name}: {text} is negative")),
            Ok(number) => Ok(number),
            Err(reason) => Err(format!("{name}: {reason}")),
        }
    };
    Ok(Candle {
        opened_at,
        open: number("open", open)?,
        high: number("high", high)?,
        low: number("low", low)?,
        close: number("close", close)?,
        volume: number("volume", volume)?,
        quote_volume: None,
        trades: None,
        is_final: opened_at.saturating_add(step_ms) <= now_ms,
        flags: 0,
    })
}
