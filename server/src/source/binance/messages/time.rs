//! `/api/v3/time`.

use serde::Deserialize;

use super::read;
use crate::source::{message::MessageError, stamp};

const WHAT: &str = "a clock";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    server_time: i64,
}

/// Reads the venue's clock: milliseconds.
///
/// ```
/// use server::source::binance::messages::parse_time;
/// assert_eq!(parse_time(br#"{"serverTime":1499827319559}"#)?, 1_499_827_319_559);
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or not a time.
pub fn parse_time(body: &[u8]) -> Result<i64, MessageError> {
    let body: Body = read(body, WHAT)?;
    stamp::required(body.server_time)
        .map_err(|reason| MessageError::Contract { what: WHAT, reason })
}
