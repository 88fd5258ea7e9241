//! `/simple/price`.

use app::model::Quote;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    refine::ladder::float,
    source::{
        message::{MessageError, read, shortened},
        number::{decimal, exact},
        stamp::required,
    },
};

const WHAT: &str = "a price";

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    bitcoin: Price<'a>,
}

#[derive(Debug, Deserialize)]
struct Price<'a> {
    #[serde(borrow)]
    usd: &'a RawValue,
    #[serde(borrow)]
    usd_24h_vol: Option<&'a RawValue>,
    last_updated_at: i64,
}

/// Reads a price.
///
/// ```
/// use server::source::coingecko::messages::parse_price;
/// let quote = parse_price(br#"{"bitcoin":{"usd":67187.3358936566,"usd_24h_vol":31260929299.5248,
///     "usd_24h_change":3.637278946773539,"last_updated_at":1711356300}}"#)?;
/// assert_eq!((quote.last, quote.observed_at), (67187.3358936566, 1_711_356_300_000));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is missing or can be none.
pub fn parse_price(body: &[u8]) -> Result<Quote, MessageError> {
    let price = read::<Body<'_>>(body, WHAT, parse_error)?.bitcoin;
    quote(&price).map_err(|reason| MessageError::Contract { what: WHAT, reason })
}

fn quote(price: &Price<'_>) -> Result<Quote, String> {
    let last = number("usd", price.usd)?;
    if last <= 0.0 {
        return Err(format!("usd: {last} is not above zero"));
    }
    let volume = price
        .usd_24h_vol
        .map(|volume| number("usd_24h_vol", volume));
    Ok(Quote {
        observed_at: required(price.last_updated_at.saturating_mul(1_000))?,
        last,
        bid: None,
        ask: None,
        open_24h: None,
        high_24h: None,
        low_24h: None,
        volume_24h: None,
        quote_volume_24h: volume.transpose()?.filter(|volume| *volume >= 0.0),
    })
}

fn number(name: &str, raw: &RawValue) -> Result<f64, String> {
    decimal(raw.get())
        .or_else(|_| exact(raw.get()).map(float))
        .map_err(|reason| format!("{name}: {reason}"))
}

/// `{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}`, `{"error":"coin not found"}`
#[derive(Debug, Deserialize)]
struct ErrorBody {
    status: Option<Status>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Status {
    error_code: i64,
    error_message: Option<String>,
}

fn parse_error(body: &[u8]) -> Option<MessageError> {
    let ErrorBody { status, error } = serde_json::from_slice(body).ok()?;
    let (code, words) = match (status, error) {
        (Some(status), _) => (status.error_code, status.error_message.unwrap_or_default()),
        (None, Some(error)) => (0, error),
        (None, None) => return None,
    };
    Some(MessageError::Venue {
        code,
        msg: shortened(&words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"bitcoin":{"usd":67187.33,"usd_24h_vol":3.1e10,"usd_24h_change":3.63,"last_updated_at":1711356300}}"#;

    #[test]
    fn a_price_is_read() {
        let quote = parse_price(BODY.as_bytes()).unwrap();
        assert_eq!(
            (quote.last, quote.quote_volume_24h),
            (67_187.33, Some(3.1e10))
        );
        let plain = parse_price(br#"{"bitcoin":{"usd":67187,"last_updated_at":1711356300}}"#);
        assert_eq!(plain.unwrap().last, 67_187.0);
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for (from, to) in [
            ("67187.33", "0"),
            ("67187.33", "-1"),
            ("67187.33", "null"),
            ("67187.33", "\"67187\""),
            ("67187.33", "1e999"),
            ("1711356300", "0"),
            ("1711356300", "1711356300000"),
            ("bitcoin", "ether"),
        ] {
            assert!(
                parse_price(BODY.replace(from, to).as_bytes()).is_err(),
                "{to}"
            );
        }
        let limited =
            br#"{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}"#;
        assert!(matches!(
            parse_price(limited),
            Err(MessageError::Venue { code: 429, .. })
        ));
        assert!(matches!(parse_price(b"<html>"), Err(MessageError::Json(_))));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(at in 0_usize..200, byte: u8) {
            let mut body = BODY.as_bytes().to_vec();
            let place = at % body.len();
            body[place] = byte;
            if let Ok(quote) = parse_price(&body) {
                proptest::prop_assert!(quote.last.is_finite() && quote.last > 0.0);
            }
        }
    }
}
