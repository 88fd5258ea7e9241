//! `/api/v3/klines` and the stream of the newest.

use app::model::{Candle, Reject, flag};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{super::facts::MINUTE, read};
use crate::source::{
    message::{MessageError, ParsedCandle, ParsedCandles},
    number::not_negative,
    stamp,
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
    Kline {
        opened_at,
        closed_at,
        open,
        high,
        low,
        close,
        volume,
        quote_volume,
        trades,
        interval: "",
        is_final: closed_at < now_ms,
    }
    .candle()
}

/// `{"e":"kline","E":…,"s":"BNBBTC","k":{…}}`
#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "E")]
    event_at: i64,
    #[serde(borrow)]
    k: Kline<'a>,
}

/// The candle of an event.
#[derive(Debug, Deserialize)]
struct Kline<'a> {
    #[serde(rename = "t")]
    opened_at: i64,
    #[serde(rename = "T")]
    closed_at: i64,
    #[serde(rename = "i")]
    interval: &'a str,
    #[serde(rename = "o")]
    open: &'a str,
    #[serde(rename = "h")]
    high: &'a str,
    #[serde(rename = "l")]
    low: &'a str,
    #[serde(rename = "c")]
    close: &'a str,
    #[serde(rename = "v")]
    volume: &'a str,
    #[serde(rename = "q")]
    quote_volume: &'a str,
    #[serde(rename = "n")]
    trades: i64,
    #[serde(rename = "x")]
    is_final: bool,
}

impl Kline<'_> {
    fn candle(&self) -> Result<Candle, String> {
        let Self {
            opened_at,
            closed_at,
            trades,
            ..
        } = *self;
        if opened_at <= 0 || closed_at < opened_at {
            return Err(format!("no interval from {opened_at} to {closed_at}"));
        }
        if trades < 0 {
            return Err(format!("number of trades {trades} is negative"));
        }
        let number =
            |name: &str, text| not_negative(text).map_err(|reason| format!("{name}: {reason}"));
        let volume = number("volume", self.volume)?;
        Ok(Candle {
            opened_at,
            open: number("open", self.open)?,
            high: number("high", self.high)?,
            low: number("low", self.low)?,
            close: number("close", self.close)?,
            volume,
            quote_volume: Some(number("quote volume", self.quote_volume)?),
            trades: Some(trades),
            is_final: self.is_final,
            flags: if volume == 0.0 && trades == 0 {
                flag::NO_TRADES
            } else {
                0
            },
        })
    }
}

/// Reads a candle of the stream, and the time of its event. The venue says when it is final (`x`).
///
/// ```
/// use server::source::binance::messages::parse_kline_event;
/// let (candle, event_at) = parse_kline_event(r#"{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,
///     "T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015",
///     "v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}"#)?;
/// assert_eq!((candle.opened_at, candle.close, candle.is_final), (1_672_515_780_000, 0.002, false));
/// assert_eq!(event_at, Some(1_672_515_782_136));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_kline_event(text: &str) -> Result<(Candle, Option<i64>), String> {
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if event.k.interval != MINUTE {
        return Err(format!("a candle of {:?}, not {MINUTE}", event.k.interval));
    }
    stamp::required(event.k.opened_at)?;
    Ok((event.k.candle()?, stamp::plausible(event.event_at)))
}

#[cfg(test)]
mod tests;
