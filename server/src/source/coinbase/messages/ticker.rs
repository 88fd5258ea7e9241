//! `/products/…/ticker` and the channel `ticker`.

use app::model::Quote;
use serde::Deserialize;

use super::read;
use crate::source::{message::MessageError, number::not_negative, stamp};

const WHAT: &str = "a ticker";

/// The fields that are used.
#[derive(Debug, Deserialize)]
struct Body<'a> {
    price: &'a str,
    bid: Option<&'a str>,
    ask: Option<&'a str>,
    volume: Option<&'a str>,
    time: Option<&'a str>,
}

/// Reads a ticker that came at `received_at`, which is its time where the venue's stands for none.
///
/// ```
/// use server::source::coinbase::messages::parse_ticker;
/// let quote = parse_ticker(br#"{"trade_id":86326522,"price":"6268.48","size":"0.00698254",
///     "time":"2020-03-20T00:22:57.833897Z","bid":"6265.15","ask":"6267.71","volume":"53602.03940154"}"#, 5)?;
/// assert_eq!((quote.last, quote.bid, quote.observed_at), (6_268.48, Some(6_265.15), 1_584_663_777_833));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is missing, negative or no decimal.
pub fn parse_ticker(body: &[u8], received_at: i64) -> Result<Quote, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    let frame = Frame {
        sequence: 0,
        price: body.price,
        open_24h: None,
        volume_24h: body.volume,
        low_24h: None,
        high_24h: None,
        best_bid: body.bid,
        best_ask: body.ask,
        time: body.time,
    };
    quote(&frame, received_at)
        .map(|(quote, _)| quote)
        .map_err(|reason| MessageError::Contract { what: WHAT, reason })
}

#[derive(Debug, Deserialize)]
struct Frame<'a> {
    sequence: i64,
    price: &'a str,
    open_24h: Option<&'a str>,
    volume_24h: Option<&'a str>,
    low_24h: Option<&'a str>,
    high_24h: Option<&'a str>,
    best_bid: Option<&'a str>,
    best_ask: Option<&'a str>,
    time: Option<&'a str>,
}

/// A ticker of the stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ticker {
    /// Number of the product's newest change; grows.
    pub sequence: i64,
    /// What it says.
    pub quote: Quote,
    /// The venue's time in milliseconds, where it gives one.
    pub exchange_at: Option<i64>,
}

/// Reads a ticker of the stream that came at `received_at`.
///
/// ```
/// use server::source::coinbase::messages::parse_ticker_frame;
/// let ticker = parse_ticker_frame(r#"{"type":"ticker","sequence":333938798,"product_id":"BTC-USD","price":"6268.48",
///     "open_24h":"6271.09","volume_24h":"53602.03","low_24h":"6151.35","high_24h":"6395.00","volume_30d":"1.0",
///     "best_bid":"6265.15","best_ask":"6267.71","side":"buy","time":"2020-03-20T00:22:57.833897Z",
///     "trade_id":86326522,"last_size":"0.00698254"}"#, 5)?;
/// assert_eq!((ticker.sequence, ticker.quote.open_24h), (333_938_798, Some(6_271.09)));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_ticker_frame(text: &str, received_at: i64) -> Result<Ticker, String> {
    let frame: Frame<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (quote, exchange_at) = quote(&frame, received_at)?;
    Ok(Ticker {
        sequence: frame.sequence,
        quote,
        exchange_at,
    })
}

fn quote(frame: &Frame<'_>, received_at: i64) -> Result<(Quote, Option<i64>), String> {
    let number = |name: &str, text: Option<&str>| match text.map(not_negative) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(reason)) => Err(format!("{name}: {reason}")),
    };
    let price =
        |name: &str, text| number(name, text).map(|price| price.filter(|price| *price > 0.0));
    let exchange_at = match frame.time {
        Some(text) => stamp::rfc3339(text)?,
        None => None,
    };
    let quote = Quote {
        observed_at: exchange_at.unwrap_or(received_at),
        last: price("price", Some(frame.price))?.ok_or("nothing has been traded")?,
        bid: price("best_bid", frame.best_bid)?,
        ask: price("best_ask", frame.best_ask)?,
        open_24h: price("open_24h", frame.open_24h)?,
        high_24h: price("high_24h", frame.high_24h)?,
        low_24h: price("low_24h", frame.low_24h)?,
        volume_24h: number("volume_24h", frame.volume_24h)?,
        quote_volume_24h: None,
    };
    Ok((quote, exchange_at))
}
