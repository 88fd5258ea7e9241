//! What every frame of a stream has, and the frames that carry no prices.

use serde::Deserialize;

use super::read;
use crate::source::{
    message::{MessageError, shortened},
    stamp,
};

const WHAT: &str = "a frame of a stream";

/// What a frame is and of which product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Head<'a> {
    /// `ticker`, `match`, `last_match`, `snapshot`, `l2update`, `heartbeat`, `subscriptions`, `error`; others may be
    /// added at any time.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// `BTC-USD`
    pub product_id: Option<&'a str>,
}

/// Reads what a frame is.
///
/// # Errors
/// When it is not JSON or no object of that kind.
pub fn parse_head(text: &str) -> Result<Head<'_>, MessageError> {
    crate::source::message::read(text.as_bytes(), WHAT, |_| None)
}

#[derive(Debug, Deserialize)]
struct Subscriptions {
    channels: Vec<Subscription>,
}

#[derive(Debug, Deserialize)]
struct Subscription {
    name: String,
    #[serde(default)]
    product_ids: Vec<String>,
}

/// Names of the channels of a product that are subscribed: all so far, not only those just asked for.
///
/// ```
/// use server::source::coinbase::messages::parse_subscriptions;
/// let frame = r#"{"type":"subscriptions","channels":[{"name":"level2","product_ids":["BTC-USD","ETH-USD"]},
///     {"name":"ticker","product_ids":["ETH-USD"]}]}"#;
/// assert_eq!(parse_subscriptions(frame, "BTC-USD")?, ["level2"]);
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is none.
pub fn parse_subscriptions(text: &str, product: &str) -> Result<Vec<String>, MessageError> {
    let frame: Subscriptions = read(text.as_bytes(), WHAT)?;
    let of_product = |channel: &Subscription| channel.product_ids.iter().any(|id| id == product);
    let channels = frame.channels.into_iter().filter(of_product);
    Ok(channels.map(|channel| channel.name).collect())
}

#[derive(Debug, Deserialize)]
struct Heartbeat<'a> {
    time: &'a str,
}

/// Reads the time of a heartbeat, which comes each second whether or not something happens.
///
/// ```
/// use server::source::coinbase::messages::parse_heartbeat;
/// let frame = r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD",
///     "time":"2014-11-07T08:19:28.464459Z"}"#;
/// assert_eq!(parse_heartbeat(frame)?, Some(1_415_348_368_464));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is none.
pub fn parse_heartbeat(text: &str) -> Result<Option<i64>, MessageError> {
    let frame: Heartbeat<'_> = read(text.as_bytes(), WHAT)?;
    stamp::rfc3339(frame.time).map_err(|reason| MessageError::Contract { what: WHAT, reason })
}

#[derive(Debug, Deserialize)]
struct Failure {
    message: String,
    #[serde(default)]
    reason: String,
}

/// Reads the venue's words when it refuses something.
///
/// ```
/// use server::source::coinbase::messages::parse_error_frame;
/// let frame = r#"{"type":"error","message":"Failed to subscribe","reason":"BTC-FOO is not a valid product"}"#;
/// assert_eq!(parse_error_frame(frame)?, "Failed to subscribe: BTC-FOO is not a valid product");
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is none.
pub fn parse_error_frame(text: &str) -> Result<String, MessageError> {
    let Failure { message, reason } =
        crate::source::message::read(text.as_bytes(), WHAT, |_| None)?;
    if reason.is_empty() {
        return Ok(shortened(&message));
    }
    Ok(shortened(&format!("{message}: {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_a_type_and_mostly_a_product() {
        let head = parse_head(r#"{"type":"match","trade_id":1,"product_id":"BTC-USD"}"#).unwrap();
        assert_eq!((head.kind, head.product_id), ("match", Some("BTC-USD")));
        let head = parse_head(r#"{"type":"error","message":"Malformed JSON"}"#).unwrap();
        assert_eq!((head.kind, head.product_id), ("error", None));
        for text in ["", "{", "[]", "null", "{}", "<html>", r#"{"type":7}"#] {
            assert!(parse_head(text).is_err(), "{text}");
        }
    }
}
