//! `/api/v2/ticker/`.

use app::model::Quote;
use serde::Deserialize;

use super::{Text, read};
use crate::source::{
    message::MessageError,
    number::{not_negative, positive},
    stamp::required,
};

const WHAT: &str = "a ticker";

/// The fields that are used.
#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    timestamp: Text<'a>,
    last: &'a str,
    bid: Option<&'a str>,
    ask: Option<&'a str>,
    open_24: Option<&'a str>,
    high: Option<&'a str>,
    low: Option<&'a str>,
    volume: Option<&'a str>,
}

/// Reads a ticker of one symbol.
///
/// ```
/// use server::source::bitstamp::messages::parse_ticker;
/// let body = br#"{"timestamp":"1643640186","open":"2211.00","high":"2811.00","low":"2188.97","last":"2211.00",
///     "volume":"213.26801100","vwap":"2189.80","bid":"2188.97","ask":"2211.00","side":"0","open_24":"2211.01",
///     "percent_change_24":"13.57"}"#;
/// let quote = parse_ticker(body)?;
/// assert_eq!((quote.last, quote.bid, quote.observed_at), (2211.0, Some(2188.97), 1_643_640_186_000));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// `open` is the first price of the day, `open_24` the price 24 hours ago. A price of zero means that there is none.
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is missing, negative or no decimal.
pub fn parse_ticker(body: &[u8]) -> Result<Quote, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    quote(&body).map_err(|reason| MessageError::Contract { what: WHAT, reason })
}

fn quote(body: &Body<'_>) -> Result<Quote, String> {
    let number = |name: &str, text: Option<&str>| {
        text.map(not_negative)
            .transpose()
            .map_err(|reason| format!("{name}: {reason}"))
    };
    let price = |name: &str, text: Option<&str>| {
        number(name, text).map(|price| price.filter(|price| *price > 0.0))
    };
    Ok(Quote {
        observed_at: required(body.timestamp.integer()?.saturating_mul(1_000))?,
        last: positive(body.last).map_err(|reason| format!("last: {reason}"))?,
        bid: price("bid", body.bid)?,
        ask: price("ask", body.ask)?,
        open_24h: price("open_24", body.open_24)?,
        high_24h: price("high", body.high)?,
        low_24h: price("low", body.low)?,
        volume_24h: number("volume", body.volume)?,
        quote_volume_24h: None,
    })
}
