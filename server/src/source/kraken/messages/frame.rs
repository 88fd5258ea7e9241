//! What every frame of a stream has.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::message::{MessageError, read, shortened};

const WHAT: &str = "a frame of a stream";
/// More rows in one frame are not read: the largest, a snapshot of candles, has 720.
const MAX_ROWS: usize = 2_000;

/// What a frame is.
#[derive(Debug)]
pub enum Frame<'a> {
    /// `{"channel":"trade","type":"update","data":[…]}`
    Data {
        /// `trade`
        channel: &'a str,
        /// True if it repeats what was before the subscription.
        is_snapshot: bool,
        /// Its rows.
        data: &'a RawValue,
    },
    /// `{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":500,"snapshot":true},
    /// "success":true,"time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z","req_id":3}`
    Subscribed {
        /// `book`
        channel: String,
        /// `BTC/USD`
        symbol: String,
    },
    /// `{"error":"Currency pair not supported BTC/USDX","method":"subscribe","success":false,"symbol":"BTC/USDX",
    /// "time_in":"…","time_out":"…","req_id":3}`, or `{"Error":"Exceeded msg rate"}`
    Refused {
        /// Number of the request.
        req_id: Option<u64>,
        /// The venue's words, shortened.
        reason: String,
    },
    /// `{"channel":"heartbeat"}`, answers to other requests.
    Other,
}

#[derive(Debug, Deserialize)]
struct Wire<'a> {
    channel: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    method: Option<&'a str>,
    success: Option<bool>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<String>,
    #[serde(rename = "Error")]
    failure: Option<String>,
    req_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Subscription<'a> {
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow, default)]
    symbol: Cow<'a, str>,
}

/// Reads what a frame is.
///
/// # Errors
/// When it is not JSON or no object of that kind.
pub fn parse_frame(text: &str) -> Result<Frame<'_>, MessageError> {
    let wire: Wire<'_> = read(text.as_bytes(), WHAT, |_| None)?;
    if let (Some(channel), Some(data)) = (wire.channel, wire.data) {
        return Ok(Frame::Data {
            channel,
            is_snapshot: wire.kind == Some("snapshot"),
            data,
        });
    }
    let is_request = wire.method == Some("subscribe");
    let failure = match wire.failure {
        None if is_request && wire.success == Some(false) => Some(wire.error.unwrap_or_default()),
        failure => failure,
    };
    if let Some(reason) = failure {
        return Ok(Frame::Refused {
            req_id: wire.req_id,
            reason: shortened(&reason),
        });
    }
    let subscription = wire
        .result
        .and_then(|result| serde_json::from_str::<Subscription<'_>>(result.get()).ok());
    Ok(match subscription {
        Some(subscription) if is_request && wire.success == Some(true) => Frame::Subscribed {
            channel: subscription.channel.into_owned(),
            symbol: subscription.symbol.into_owned(),
        },
        _ => Frame::Other,
    })
}

/// The rows of a frame's data.
///
/// # Errors
/// When it is no list, or too long.
pub fn rows(data: &RawValue) -> Result<Vec<&RawValue>, MessageError> {
    let rows: Vec<&RawValue> = read(data.get().as_bytes(), WHAT, |_| None)?;
    if rows.len() > MAX_ROWS {
        let reason = format!("{} rows, more than {MAX_ROWS}", rows.len());
        return Err(MessageError::Contract { what: WHAT, reason });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        let data = r#"{"channel":"trade","type":"snapshot","data":[{"a":1},{}]}"#;
        let Ok(Frame::Data {
            channel: "trade",
            is_snapshot: true,
            data,
        }) = parse_frame(data)
        else {
            panic!("{data}");
        };
        assert_eq!(rows(data).unwrap().len(), 2);
        let taken = r#"{"method":"subscribe","req_id":3,"result":{"channel":"book","depth":500,"snapshot":true,"symbol":"BTC\/USD"},"success":true,"time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z"}"#;
        assert!(
            matches!(parse_frame(taken), Ok(Frame::Subscribed { channel, symbol }) if channel == "book" && symbol == "BTC/USD")
        );
        let refused = r#"{"error":"Currency pair not supported BTC/USDX","method":"subscribe","req_id":3,"success":false,"symbol":"BTC/USDX"}"#;
        assert!(
            matches!(parse_frame(refused), Ok(Frame::Refused { req_id: Some(3), reason }) if reason.starts_with("Currency pair"))
        );
        assert!(matches!(
            parse_frame(r#"{"Error":"Exceeded msg rate"}"#),
            Ok(Frame::Refused { req_id: None, .. })
        ));
        for other in [
            r#"{"channel":"heartbeat"}"#,
            r#"{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z"}"#,
            r#"{"method":"unsubscribe","result":{"channel":"book","symbol":"BTC/USD"},"success":true}"#,
            r#"{"method":"unsubscribe","error":"Subscription Not Found","success":false}"#,
        ] {
            assert!(matches!(parse_frame(other), Ok(Frame::Other)), "{other}");
        }
    }

    #[test]
    fn rubbish_is_no_frame() {
        for text in ["", "{", "[]", "null", "<html>", r#"{"channel":7}"#] {
            assert!(parse_frame(text).is_err(), "{text}");
        }
        let many = format!(r#"{{"channel":"trade","data":[{}0]}}"#, "0,".repeat(2_000));
        let Ok(Frame::Data { data, .. }) = parse_frame(&many) else {
            panic!("no data");
        };
        assert!(rows(data).is_err());
    }
}
