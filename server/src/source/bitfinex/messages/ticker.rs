//! Tickers: `/v2/ticker/` and the stream.

use app::model::Quote;

use super::{Texts, contract, not_negative, positive, read};
use crate::source::message::MessageError;

const WHAT: &str = "a ticker";

/// Reads a ticker of REST, which gives no time: it is that of `received_at`.
///
/// ```
/// use server::source::bitfinex::messages::parse_ticker;
/// // bid, its size, ask, its size, change, relative change, last, volume, high, low
/// let body = b"[60400,76.16686512,60406,86.2067634199999,-1292,-0.0209,60410,10.05320242,62408,60057]";
/// let quote = parse_ticker(body, 7)?;
/// assert_eq!((quote.bid, quote.ask, quote.last, quote.observed_at), (Some(60400.0), Some(60406.0), 60410.0, 7));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is missing or negative.
pub fn parse_ticker(body: &[u8], received_at: i64) -> Result<Quote, MessageError> {
    quote(&read(body, WHAT)?, received_at).map_err(contract(WHAT))
}

/// Reads the payload of a frame of the stream, which is the same.
///
/// # Errors
/// When a number in it is missing or negative.
pub fn parse_quote(payload: &str, observed_at: i64) -> Result<Quote, MessageError> {
    parse_ticker(payload.as_bytes(), observed_at)
}

fn quote(Texts(texts): &Texts<'_, 10>, observed_at: i64) -> Result<Quote, String> {
    let [bid, _, ask, _, _, _, last, volume, high, low] = texts;
    // markets without orders have nulls and zeros
    let price = |name, text: &str| match text {
        "null" => Ok(None),
        _ => not_negative(name, text).map(|price| Some(price).filter(|price| *price > 0.0)),
    };
    Ok(Quote {
        observed_at,
        last: positive("last", last)?,
        bid: price("bid", bid)?,
        ask: price("ask", ask)?,
        open_24h: None,
        high_24h: price("high", high)?,
        low_24h: price("low", low)?,
        volume_24h: match *volume {
            "null" => None,
            text => Some(not_negative("volume", text)?),
        },
        quote_volume_24h: None,
    })
}
