//! `/0/public/Ticker` and the channel `ticker`.

use std::borrow::Cow;

use app::model::Quote;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{OfPair, not_negative, read};
use crate::source::{message::MessageError, number, stamp};

const WHAT: &str = "a ticker";

/// The fields that are used; each list has today's figure and that of 24 hours, or a price and its amounts.
#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    a: Vec<&'a str>,
    #[serde(borrow)]
    b: Vec<&'a str>,
    #[serde(borrow)]
    c: Vec<&'a str>,
    #[serde(borrow)]
    v: Vec<&'a str>,
    #[serde(borrow)]
    p: Vec<&'a str>,
    #[serde(borrow)]
    l: Vec<&'a str>,
    #[serde(borrow)]
    h: Vec<&'a str>,
}

/// Reads a ticker that came at `received_at`: the venue gives no time. Its `o` is the price at midnight UTC, not 24
/// hours ago, and is not taken.
///
/// ```
/// use server::source::kraken::messages::parse_ticker;
/// let body = br#"{"error":[],"result":{"XXBTZUSD":{"a":["30300.10000","1","1.000"],"b":["30300.00000","1","1.000"],
///     "c":["30303.20000","0.00067643"],"v":["4083.67001100","4412.73601799"],"p":["30706.77771","30689.13205"],
///     "t":[34619,38907],"l":["29868.30000","29868.30000"],"h":["31631.00000","31631.00000"],"o":"30502.80000"}}}"#;
/// let quote = parse_ticker(body, 5)?;
/// assert_eq!((quote.last, quote.bid, quote.observed_at), (30_303.2, Some(30_300.0), 5));
/// assert_eq!((quote.volume_24h, quote.open_24h), (Some(4_412.736_017_99), None));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is missing, negative or no decimal.
pub fn parse_ticker(body: &[u8], received_at: i64) -> Result<Quote, MessageError> {
    let OfPair { value: body, .. } = read::<OfPair<'_, Body<'_>>>(body, WHAT)?;
    let number = |name: &str, list: &[&str], place: usize| match list.get(place) {
        None => Ok(None),
        Some(text) => number::not_negative(text)
            .map(Some)
            .map_err(|reason| format!("{name}: {reason}")),
    };
    let quote = || -> Result<Quote, String> {
        let price = |name: &str, list: &[&str], place| {
            number(name, list, place).map(|price| price.filter(|price| *price > 0.0))
        };
        let volume = number("v", &body.v, 1)?;
        let average = number("p", &body.p, 1)?;
        Ok(Quote {
            observed_at: received_at,
            last: price("c", &body.c, 0)?.ok_or("nothing has been traded")?,
            bid: price("b", &body.b, 0)?,
            ask: price("a", &body.a, 0)?,
            open_24h: None,
            high_24h: price("h", &body.h, 1)?,
            low_24h: price("l", &body.l, 1)?,
            volume_24h: volume,
            quote_volume_24h: volume.zip(average).map(|(volume, vwap)| volume * vwap),
        })
    };
    quote().map_err(|reason| MessageError::Contract { what: WHAT, reason })
}

#[derive(Debug, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    bid: &'a RawValue,
    #[serde(borrow)]
    ask: &'a RawValue,
    #[serde(borrow)]
    last: &'a RawValue,
    #[serde(borrow)]
    volume: &'a RawValue,
    #[serde(borrow)]
    vwap: &'a RawValue,
    #[serde(borrow)]
    low: &'a RawValue,
    #[serde(borrow)]
    high: &'a RawValue,
    timestamp: Option<&'a str>,
}

/// Reads a ticker of the stream, which came at `received_at`; `None` for one of another symbol. The venue's time, where
/// it gives one, is beside it.
///
/// ```
/// use server::source::kraken::messages::parse_ticker_row;
/// let row = r#"{"symbol":"BTC/USD","bid":26219.6,"bid_qty":740.0,"ask":26219.7,"ask_qty":1.3,"last":26219.7,
///     "volume":1997.1,"vwap":26148.6,"low":26000.1,"high":26433.5,"change":-0.0001,"change_pct":-0.1}"#;
/// let (quote, at) = parse_ticker_row(row, "BTC/USD", 5)?.unwrap();
/// assert_eq!((quote.last, quote.ask, quote.observed_at, at), (26_219.7, Some(26_219.7), 5, None));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_ticker_row(
    row: &str,
    symbol: &str,
    received_at: i64,
) -> Result<Option<(Quote, Option<i64>)>, String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    if row.symbol != symbol {
        return Ok(None);
    }
    let price = |name: &str, raw: &RawValue| {
        not_negative(name, raw).map(|price| (price > 0.0).then_some(price))
    };
    let volume = not_negative("volume", row.volume)?;
    let at = match row.timestamp {
        Some(text) => stamp::rfc3339(text)?,
        None => None,
    };
    let quote = Quote {
        observed_at: at.unwrap_or(received_at),
        last: price("last", row.last)?.ok_or("nothing has been traded")?,
        bid: price("bid", row.bid)?,
        ask: price("ask", row.ask)?,
        open_24h: None,
        high_24h: price("high", row.high)?,
        low_24h: price("low", row.low)?,
        volume_24h: Some(volume),
        quote_volume_24h: Some(volume * not_negative("vwap", row.vwap)?),
    };
    Ok(Some((quote, at)))
}
