//! Candles: `/v2/candles/…/hist` and the stream.

use app::model::{Candle, Reject};
use serde_json::value::RawValue;

use super::{Texts, contract, integer, not_negative, read, rows};
use crate::source::{
    bitfinex::facts::MAX_ROWS,
    message::{MessageError, ParsedCandle, ParsedCandles},
    stamp::required,
};

const LIST: &str = "a list of candles";
const CANDLE: &str = "a candle";
/// What a row that cannot be read breaks.
const RULE: &str = "candle.contract";

/// Reads candles of `step_ms`; `now_ms` tells which are final: those that closed before it.
///
/// ```
/// use server::source::bitfinex::messages::parse_candles;
/// // time, open, close, high, low, volume
/// let body = b"[[1618677480000,60390,60410,60410,60389,1.25]]";
/// let parsed = parse_candles(body, 60_000, 1_618_677_540_000)?;
/// let candle = parsed.candles[0].candle;
/// assert_eq!((candle.open, candle.close, candle.low, candle.is_final), (60390.0, 60410.0, 60389.0, true));
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
    let mut parsed = ParsedCandles::default();
    for (line_no, row) in (1..).zip(rows(body, LIST, MAX_ROWS)?) {
        let raw = row.get().to_owned();
        match parse_candle(row.get()) {
            Ok(candle) => parsed.candles.push(ParsedCandle {
                line_no,
                raw,
                candle: Candle {
                    is_final: candle.opened_at + step_ms <= now_ms,
                    ..candle
                },
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

/// Reads the payload of a frame of the stream: a list of candles first, newest first, then one at a time. Gives the
/// raw text of each, oldest first.
///
/// # Errors
/// When it is neither.
pub fn parse_candle_list(payload: &str) -> Result<Vec<&str>, MessageError> {
    let inside = payload.trim_start().strip_prefix('[').map(str::trim_start);
    if !inside.is_some_and(|inside| inside.starts_with(['[', ']'])) {
        return Ok(vec![payload]);
    }
    let rows: Vec<&RawValue> = read(payload.as_bytes(), CANDLE)?;
    if rows.len() > MAX_ROWS {
        return Err(contract(CANDLE)(format!("{} rows", rows.len())));
    }
    Ok(rows.iter().rev().map(|row| row.get()).collect())
}

/// Reads one candle, which is not yet called final.
///
/// # Errors
/// What is wrong with it.
pub fn parse_candle(row: &str) -> Result<Candle, String> {
    let Texts([at, open, close, high, low, volume]) =
        serde_json::from_str(row).map_err(|error| error.to_string())?;
    Ok(Candle {
        opened_at: required(integer("time", at)?)?,
        open: not_negative("open", open)?,
        high: not_negative("high", high)?,
        low: not_negative("low", low)?,
        close: not_negative("close", close)?,
        volume: not_negative("volume", volume)?,
        quote_volume: None,
        trades: None,
        is_final: false,
        flags: 0,
    })
}
