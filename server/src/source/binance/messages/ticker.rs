//! `/api/v3/ticker/24hr`.

use app::model::Quote;
use serde::Deserialize;

use super::read;
use crate::source::{message::MessageError, number::not_negative};

const WHAT: &str = "a 24-hour ticker";

/// The fields that are used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    last_price: String,
    bid_price: Option<String>,
    ask_price: Option<String>,
    open_price: Option<String>,
    high_price: Option<String>,
    low_price: Option<String>,
    volume: Option<String>,
    quote_volume: Option<String>,
    close_time: i64,
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
    let body: Body = read(body, WHAT)?;
    let contract = |reason| MessageError::Contract { what: WHAT, reason };
    let number = |name: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => not_negative(text)
            .map(Some)
            .map_err(|reason| contract(format!("{name}: {reason}"))),
    };
    let price = |name: &str, text: &Option<String>| {
        number(name, text).map(|price| price.filter(|price| *price > 0.0))
    };
    let last = not_negative(&body.last_price)
        .map_err(|reason| contract(format!("lastPrice: {reason}")))?;
    if last == 0.0 {
        return Err(contract(
            "lastPrice is zero: nothing has been traded".to_owned(),
        ));
    }
    if body.close_time <= 0 {
        let reason = format!("closeTime {} is not a time", body.close_time);
        return Err(contract(reason));
    }
    Ok(Quote {
        observed_at: body.close_time,
        last,
        bid: price("bidPrice", &body.bid_price)?,
        ask: price("askPrice", &body.ask_price)?,
        open_24h: price("openPrice", &body.open_price)?,
        high_24h: price("highPrice", &body.high_price)?,
        low_24h: price("lowPrice", &body.low_price)?,
        volume_24h: number("volume", &body.volume)?,
        quote_volume_24h: number("quoteVolume", &body.quote_volume)?,
    })
}
