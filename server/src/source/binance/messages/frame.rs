//! What every frame of a combined stream has.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::read;
use crate::source::message::{MessageError, shortened};

const WHAT: &str = "a frame of a combined stream";

/// What a frame is.
#[derive(Debug)]
pub enum Frame<'a> {
    /// `{"stream":"btcusdt@aggTrade","data":{…}}`
    Data {
        /// Symbol and stream: `btcusdt@aggTrade`.
        stream: &'a str,
        /// What it says.
        data: &'a RawValue,
    },
    /// `{"result":null,"id":1}`: the request of that id was taken.
    Taken {
        /// The id as it is on the wire.
        id: &'a str,
    },
    /// `{"code":2,"msg":"Invalid request: unknown variant …","id":1}`; newer: `{"error":{"code":2,"msg":"…"},"id":1}`
    Refused {
        /// The venue's code.
        code: i64,
        /// The venue's words, shortened.
        msg: String,
    },
    /// `{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}`: the server goes down, and with
    /// it the connection.
    Shutdown,
    /// Something else, which the venue may send at any time.
    Other,
}

#[derive(Debug, Deserialize)]
struct Wire<'a> {
    stream: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    code: Option<i64>,
    msg: Option<String>,
    error: Option<Failure>,
    e: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    code: i64,
    msg: String,
}

/// Reads what a frame is.
///
/// # Errors
/// When it is not JSON or no object of that kind.
pub fn parse_frame(text: &str) -> Result<Frame<'_>, MessageError> {
    let wire: Wire<'_> = read(text.as_bytes(), WHAT)?;
    if wire.stream == Some("!serverShutdown") || wire.e == Some("serverShutdown") {
        return Ok(Frame::Shutdown);
    }
    if let (Some(stream), Some(data)) = (wire.stream, wire.data) {
        return Ok(Frame::Data { stream, data });
    }
    let plain = wire.code.map(|code| Failure {
        code,
        msg: wire.msg.unwrap_or_default(),
    });
    Ok(match (wire.error.or(plain), wire.id) {
        (Some(Failure { code, msg }), _) => Frame::Refused {
            code,
            msg: shortened(&msg),
        },
        (None, Some(id)) => Frame::Taken { id: id.get() },
        (None, None) => Frame::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        let data = r#"{"stream":"btcusdt@trade","data":{"e":"trade"}}"#;
        assert!(
            matches!(parse_frame(data), Ok(Frame::Data { stream: "btcusdt@trade", data }) if data.get() == r#"{"e":"trade"}"#)
        );
        assert!(matches!(
            parse_frame(r#"{"result":null,"id":1}"#),
            Ok(Frame::Taken { id: "1" })
        ));
        for refused in [
            r#"{"code":2,"msg":"Invalid request: missing field `method`","id":1}"#,
            r#"{"error":{"code":2,"msg":"Invalid request: missing field `method`"},"id":1}"#,
        ] {
            assert!(
                matches!(parse_frame(refused), Ok(Frame::Refused { code: 2, msg }) if msg.starts_with("Invalid")),
                "{refused}"
            );
        }
        for shutdown in [
            r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
            r#"{"e":"serverShutdown","E":1770123456789}"#,
        ] {
            assert!(matches!(parse_frame(shutdown), Ok(Frame::Shutdown)));
        }
        assert!(matches!(parse_frame("{}"), Ok(Frame::Other)));
    }

    #[test]
    fn rubbish_is_no_frame() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            "<html>",
            r#"{"stream":7}"#,
            r#"{"stream":"a","stream":"b"}"#,
        ] {
            assert!(parse_frame(text).is_err(), "{text}");
        }
    }
}
