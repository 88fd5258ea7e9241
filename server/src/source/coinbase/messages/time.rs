//! `/time`.

use serde::Deserialize;

use super::read;
use crate::source::{message::MessageError, stamp};

const WHAT: &str = "a clock";

#[derive(Debug, Deserialize)]
struct Body<'a> {
    iso: &'a str,
}

/// Reads the venue's clock: milliseconds.
///
/// ```
/// use server::source::coinbase::messages::parse_time;
/// let body = br#"{"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}"#;
/// assert_eq!(parse_time(body)?, 1_420_674_445_201);
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or not a time.
pub fn parse_time(body: &[u8]) -> Result<i64, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    stamp::required_rfc3339(body.iso)
        .map_err(|reason| MessageError::Contract { what: WHAT, reason })
}
