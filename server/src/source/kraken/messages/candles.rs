//! `/0/public/OHLC` and the channel `ohlc`.

use std::borrow::Cow;

use app::model::{Candle, MINUTE_MS, Reject, flag};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{OfPair, not_negative, read};
use crate::source::{
    message::{MessageError, ParsedCandle, ParsedCandles},
    number, stamp,
};

const WHAT: &str = "a list of candles";
/// What a row that cannot be read breaks.
const RULE: &str = "candle.contract";
/// A little more than the venue gives; what exceeds it is not read.
const MAX_ROWS: usize = super::super::facts::MAX_CANDLES + 1;

/// Seconds, open, high, low, close, average price by volume, volume, trades.
type Row<'a> = (
    i64,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    i64,
);

/// Reads candles of a step. The last row is still forming, whatever time it is; `last` is the newest that is not.
///
/// ```
/// use server::source::kraken::messages::parse_ohlc;
/// let parsed = parse_ohlc(br#"{"error":[],"result":{"XXBTZUSD":[
///     [1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23],
///     [1688671260,"30304.5","30304.5","30300.0","30300.0","30300.0","4.42996871",18]],"last":1688671200}}"#)?;
/// let [first, second] = [parsed.candles[0].candle, parsed.candles[1].candle];
/// assert_eq!((first.opened_at, first.low, first.is_final), (1_688_671_200_000, 30_305.7, true));
/// assert_eq!((second.trades, second.is_final), (Some(18), false));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// `quote_volume` is the average price times the volume, as exact as the venue's average.
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than the venue's answers are. A row that
/// is wrong is a reject, not an error.
pub fn parse_ohlc(body: &[u8]) -> Result<ParsedCandles, MessageError> {
    let OfPair { value: rows, last } = read::<OfPair<'_, Vec<&RawValue>>>(body, WHAT)?;
    if rows.len() > MAX_ROWS {
        let reason = format!("{} rows, more than {MAX_ROWS}", rows.len());
        return Err(MessageError::Contract { what: WHAT, reason });
    }
    let committed = last
        .and_then(|last| last.get().parse::<i64>().ok())
        .map_or(i64::MAX, |seconds| seconds.saturating_mul(1_000));
    let mut parsed = ParsedCandles::default();
    for (line_no, row) in (1..).zip(&rows) {
        match of_row(row.get()) {
            Ok(mut candle) => {
                candle.is_final = candle.opened_at <= committed && (line_no as usize) < rows.len();
                parsed.candles.push(ParsedCandle {
                    line_no,
                    raw: row.get().to_owned(),
                    candle,
                });
            }
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

fn of_row(row: &str) -> Result<Candle, String> {
    let (seconds, open, high, low, close, average, volume, trades) =
        serde_json::from_str::<Row<'_>>(row).map_err(|error| error.to_string())?;
    let number =
        |name: &str, text| number::not_negative(text).map_err(|reason| format!("{name}: {reason}"));
    let figures = Figures {
        prices: [
            number("open", open)?,
            number("high", high)?,
            number("low", low)?,
            number("close", close)?,
        ],
        average: number("vwap", average)?,
        volume: number("volume", volume)?,
        trades,
    };
    candle(stamp::required(seconds.saturating_mul(1_000))?, &figures)
}

struct Figures {
    /// Open, high, low, close.
    prices: [f64; 4],
    average: f64,
    volume: f64,
    trades: i64,
}

fn candle(opened_at: i64, figures: &Figures) -> Result<Candle, String> {
    let Figures {
        prices: [open, high, low, close],
        average,
        volume,
        trades,
    } = *figures;
    if trades < 0 {
        return Err(format!("number of trades {trades} is negative"));
    }
    Ok(Candle {
        opened_at,
        open,
        high,
        low,
        close,
        volume,
        quote_volume: Some(average * volume),
        trades: Some(trades),
        is_final: false,
        flags: if volume == 0.0 && trades == 0 {
            flag::NO_TRADES
        } else {
            0
        },
    })
}

#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    open: &'a RawValue,
    #[serde(borrow)]
    high: &'a RawValue,
    #[serde(borrow)]
    low: &'a RawValue,
    #[serde(borrow)]
    close: &'a RawValue,
    #[serde(borrow)]
    vwap: &'a RawValue,
    trades: i64,
    #[serde(borrow)]
    volume: &'a RawValue,
    interval_begin: &'a str,
    interval: i64,
}

/// Reads a candle of the stream, provisional as all of them are; `None` for one of another symbol.
///
/// ```
/// use server::source::kraken::messages::parse_ohlc_row;
/// let row = r#"{"symbol":"BTC/USD","open":26219.7,"high":26220.0,"low":26219.7,"close":26220.0,"trades":3,
///     "volume":0.04500000,"vwap":26219.8,"interval_begin":"2023-09-25T09:05:00.000000000Z","interval":1,
///     "timestamp":"2023-09-25T09:06:00.000000Z"}"#;
/// let candle = parse_ohlc_row(row, "BTC/USD")?.unwrap();
/// assert_eq!((candle.opened_at, candle.volume, candle.is_final), (1_695_632_700_000, 0.045, false));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_ohlc_row(row: &str, symbol: &str) -> Result<Option<Candle>, String> {
    let row: Event<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    if row.symbol != symbol {
        return Ok(None);
    }
    if row.interval.checked_mul(MINUTE_MS) != Some(MINUTE_MS) {
        return Err(format!("a candle of {} minutes, not 1", row.interval));
    }
    let figures = Figures {
        prices: [
            not_negative("open", row.open)?,
            not_negative("high", row.high)?,
            not_negative("low", row.low)?,
            not_negative("close", row.close)?,
        ],
        average: not_negative("vwap", row.vwap)?,
        volume: not_negative("volume", row.volume)?,
        trades: row.trades,
    };
    candle(stamp::required_rfc3339(row.interval_begin)?, &figures).map(Some)
}
