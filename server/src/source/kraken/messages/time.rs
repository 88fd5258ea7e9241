//! `/0/public/Time`.

use serde::Deserialize;

use super::read;
use crate::source::{message::MessageError, stamp};

const WHAT: &str = "a clock";

#[derive(Debug, Deserialize)]
struct Body {
    unixtime: i64,
}

/// Reads the venue's clock: milliseconds, though it only tells seconds.
///
/// ```
/// use server::source::kraken::messages::parse_time;
/// let body = br#"{"error":[],"result":{"unixtime":1688669448,"rfc1123":"Thu, 06 Jul 23 18:50:48 +0000"}}"#;
/// assert_eq!(parse_time(body)?, 1_688_669_448_000);
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or not a time.
pub fn parse_time(body: &[u8]) -> Result<i64, MessageError> {
    let body: Body = read(body, WHAT)?;
    stamp::required(body.unixtime.saturating_mul(1_000))
        .map_err(|reason| MessageError::Contract { what: WHAT, reason })
}
