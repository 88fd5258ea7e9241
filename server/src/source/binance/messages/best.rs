//! The stream of best bid and ask.

use serde::Deserialize;

use crate::source::number::not_negative;

#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "b")]
    bid: &'a str,
    #[serde(rename = "a")]
    ask: &'a str,
}

/// Reads best bid and best ask; the venue gives no time of them. Zero means that there is none.
///
/// ```
/// use server::source::binance::messages::parse_book_ticker;
/// let best = parse_book_ticker(r#"{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000",
///     "a":"25.36520000","A":"40.66000000"}"#)?;
/// assert_eq!(best, (Some(25.3519), Some(25.3652)));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_book_ticker(text: &str) -> Result<(Option<f64>, Option<f64>), String> {
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let price = |name: &str, text| match not_negative(text) {
        Ok(price) => Ok((price > 0.0).then_some(price)),
        Err(reason) => Err(format!("{name}: {reason}")),
    };
    Ok((price("b", event.bid)?, price("a", event.ask)?))
}
