//! `/api/v3/ticker/24hr` and the stream of the same figures.

use app::model::Quote;
use serde::Deserialize;

use super::read;
use crate::source::{message::MessageError, number::not_negative, stamp};

const WHAT: &str = "a 24-hour ticker";

/// The fields that are used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    last_price: &'a str,
    bid_price: Option<&'a str>,
    ask_price: Option<&'a str>,
    open_price: Option<&'a str>,
    high_price: Option<&'a str>,
    low_price: Option<&'a str>,
    volume: Option<&'a str>,
    quote_volume: Option<&'a str>,
    close_time: i64,
}

/// The same fields of an event.
#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "c")]
    last_price: &'a str,
    #[serde(rename = "b")]
    bid_price: Option<&'a str>,
    #[serde(rename = "a")]
    ask_price: Option<&'a str>,
    #[serde(rename = "o")]
    open_price: Option<&'a str>,
    #[serde(rename = "h")]
    high_price: Option<&'a str>,
    #[serde(rename = "l")]
    low_price: Option<&'a str>,
    #[serde(rename = "v")]
    volume: Option<&'a str>,
    #[serde(rename = "q")]
    quote_volume: Option<&'a str>,
    #[serde(rename = "E")]
    event_at: i64,
}

/// Reads a ticker of one symbol.
///
/// ```
/// use server::source::binance::messages::parse_ticker;
/// let body = br#"{"symbol":"BTCUSDT","priceChange":"-94.99999800","priceChangePercent":"-95.960",
///     "weightedAvgPrice":"0.29628482","prevClosePrice":"0.10002000","lastPrice":"4.00000200",
///     "lastQty":"200.00000000","bidPrice":"4.00000000","bidQty":"100.00000000","askPrice":"4.00000200",
///     "askQty":"100.00000000","openPrice":"99.00000000","highPrice":"100.00000000","lowPrice":"0.10000000",
///     "volume":"8913.30000000","quoteVolume":"15.30000000","openTime":1499783499040,"closeTime":1499869899040,
///     "firstId":28385,"lastId":28460,"count":76}"#;
/// let quote = parse_ticker(body)?;
/// assert_eq!((quote.last, quote.bid, quote.observed_at), (4.000002, Some(4.0), 1_499_869_899_040));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// A bid or ask of zero means that there is none.
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is missing, negative or no decimal.
pub fn parse_ticker(body: &[u8]) -> Result<Quote, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    quote(&body).map_err(|reason| MessageError::Contract { what: WHAT, reason })
}

/// Reads a ticker of the stream.
///
/// ```
/// use server::source::binance::messages::parse_ticker_event;
/// let quote = parse_ticker_event(r#"{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00",
///     "w":"0.0018","x":"0.0009","c":"0.0025","Q":"10","b":"0.0024","B":"10","a":"0.0026","A":"100","o":"0.0010",
///     "h":"0.0025","l":"0.0010","v":"10000","q":"18","O":0,"C":86400000,"F":0,"L":18150,"n":18151}"#)?;
/// assert_eq!((quote.last, quote.ask, quote.observed_at), (0.0025, Some(0.0026), 1_672_515_782_136));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_ticker_event(text: &str) -> Result<Quote, String> {
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    stamp::required(event.event_at)?;
    quote(&Body {
        last_price: event.last_price,
        bid_price: event.bid_price,
        ask_price: event.ask_price,
        open_price: event.open_price,
        high_price: event.high_price,
        low_price: event.low_price,
        volume: event.volume,
        quote_volume: event.quote_volume,
        close_time: event.event_at,
    })
}

fn quote(body: &Body<'_>) -> Result<Quote, String> {
    let number = |name: &str, text: Option<&str>| match text.map(not_negative) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(reason)) => Err(format!("{name}: {reason}")),
    };
    let price =
        |name: &str, text| number(name, text).map(|price| price.filter(|price| *price > 0.0));
    let last = not_negative(body.last_price).map_err(|reason| format!("last price: {reason}"))?;
    if last == 0.0 {
        return Err("last price is zero: nothing has been traded".to_owned());
    }
    if body.close_time <= 0 {
        return Err(format!("close time {} is not a time", body.close_time));
    }
    Ok(Quote {
        observed_at: body.close_time,
        last,
        bid: price("bid", body.bid_price)?,
        ask: price("ask", body.ask_price)?,
        open_24h: price("open", body.open_price)?,
        high_24h: price("high", body.high_price)?,
        low_24h: price("low", body.low_price)?,
        volume_24h: number("volume", body.volume)?,
        quote_volume_24h: number("quote volume", body.quote_volume)?,
    })
}
