//! Reads answers and frames; pure. Nothing in them is trusted: each number is checked, each message bounded.
//!
//! Everything is an array without names, and arrays may grow: elements behind the known ones are never looked at.

mod book;
mod candles;
mod event;
mod frame;
mod ticker;
mod trades;

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    refine::ladder::float,
    source::{
        message::{MessageError, shortened},
        number::{decimal, exact},
    },
};

pub use self::{
    book::{BookMessage, BookRow, parse_book, parse_depth},
    candles::{parse_candle, parse_candle_list, parse_candles},
    event::{Event, parse_event},
    frame::{ChannelFrame, Kind, parse_channel_frame},
    ticker::{parse_quote, parse_ticker},
    trades::{parse_trade, parse_trade_list, parse_trades},
};

/// The first `N` elements of an array, as they are on the wire.
#[derive(Debug, Clone, Copy)]
struct Texts<'a, const N: usize>([&'a str; N]);

impl<'de: 'a, 'a, const N: usize> Deserialize<'de> for Texts<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First<const N: usize>;
        impl<'de, const N: usize> Visitor<'de> for First<N> {
            type Value = Texts<'de, N>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a list of at least {N} elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut texts = [""; N];
                for (place, text) in texts.iter_mut().enumerate() {
                    let element: Option<&'de RawValue> = list.next_element()?;
                    *text = element
                        .ok_or_else(|| Error::invalid_length(place, &self))?
                        .get();
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_seq(First)
    }
}

/// Reads `67123.45` or `2e-8`.
fn number(name: &str, text: &str) -> Result<f64, String> {
    decimal(text)
        .or_else(|_| exact(text).map(float))
        .map_err(|reason| format!("{name}: {reason}"))
}

fn not_negative(name: &str, text: &str) -> Result<f64, String> {
    match number(name, text)? {
        number if number < 0.0 => Err(format!("{name}: {text} is negative")),
        number => Ok(number),
    }
}

fn positive(name: &str, text: &str) -> Result<f64, String> {
    match number(name, text)? {
        number if number <= 0.0 => Err(format!("{name}: {text} is not above zero")),
        number => Ok(number),
    }
}

fn integer(name: &str, text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| format!("{name}: {:?} is not a whole number", shortened(text)))
}

/// `{"error":"ERR_RATE_LIMIT"}`,
/// `{"code":503,"error":"temporarily_unavailable","error_description":"Sorry, the service is temporarily unavailable."}`
#[derive(Debug, Deserialize)]
struct ErrorBody {
    code: Option<i64>,
    error: String,
    error_description: Option<String>,
}

/// Reads an error of the venue, which is one of the above or `["error",11010,"ratelimit: error"]`: `None` when the
/// body is something else.
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<MessageError> {
    if let Ok(error) = serde_json::from_slice::<ErrorBody>(body) {
        return Some(MessageError::Venue {
            code: error.code.unwrap_or(0),
            msg: shortened(&error.error_description.unwrap_or(error.error)),
        });
    }
    let Texts([tag, code, msg]) = serde_json::from_slice(body).ok()?;
    (tag == "\"error\"").then(|| MessageError::Venue {
        code: code.parse().unwrap_or(0),
        msg: shortened(msg.trim_matches('"')),
    })
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &'static str) -> Result<T, MessageError> {
    crate::source::message::read(body, what, parse_error)
}

/// Rows of an answer; an error of the venue is a list too.
fn rows<'a>(
    body: &'a [u8],
    what: &'static str,
    most: usize,
) -> Result<Vec<&'a RawValue>, MessageError> {
    let rows: Vec<&RawValue> = read(body, what)?;
    if rows.first().is_some_and(|row| row.get() == "\"error\"")
        && let Some(error) = parse_error(body)
    {
        return Err(error);
    }
    if rows.len() > most {
        let reason = format!("{} rows, more than {most}", rows.len());
        return Err(MessageError::Contract { what, reason });
    }
    Ok(rows)
}

fn contract(what: &'static str) -> impl Fn(String) -> MessageError {
    move |reason| MessageError::Contract { what, reason }
}

#[cfg(test)]
mod tests;
