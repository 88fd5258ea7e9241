//! Reads answers and frames; pure. Nothing in them is trusted: each number is checked, each message bounded.
//!
//! Answers have an envelope, `{"error":[],"result":{…}}`, and HTTP status 200 even where they are errors.

mod book;
mod candles;
mod frame;
mod status;
mod ticker;
mod time;
mod trades;

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
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
    book::{BookUpdate, parse_book_rows, parse_depth},
    candles::{parse_ohlc, parse_ohlc_row},
    frame::{Frame, parse_frame, rows},
    status::parse_status,
    ticker::{parse_ticker, parse_ticker_row},
    time::parse_time,
    trades::{parse_trade_row, parse_trades},
};

/// `{"error":["EQuery:Unknown asset pair"]}`
#[derive(Debug, Deserialize)]
struct Envelope<'a> {
    error: Vec<String>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

/// Reads what an answer has in its envelope.
fn read<'a, T: Deserialize<'a>>(body: &'a [u8], what: &'static str) -> Result<T, MessageError> {
    let envelope: Envelope<'a> = crate::source::message::read(body, what, |_| None)?;
    // a warning begins with W
    if envelope.error.iter().any(|words| words.starts_with('E')) {
        return Err(MessageError::Venue {
            code: 0,
            msg: shortened(&envelope.error.join(", ")),
        });
    }
    let result = envelope.result.map_or("null", RawValue::get);
    serde_json::from_str(result).map_err(|error| MessageError::Contract {
        what,
        reason: shortened(&error.to_string()),
    })
}

/// The result for the one pair that was asked for, under a name that differs from the one in the question
/// (`XXBTZUSD` for `XBTUSD`), and beside it a cursor: `{"XXBTZUSD":…,"last":…}`.
#[derive(Debug)]
struct OfPair<'a, T> {
    value: T,
    last: Option<&'a RawValue>,
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for OfPair<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for One<T> {
            type Value = OfPair<'de, T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the result for one pair")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut value, mut last) = (None, None);
                while let Some(name) = map.next_key::<&str>()? {
                    if name == "last" {
                        last = Some(map.next_value()?);
                    } else if value.is_none() {
                        value = Some(map.next_value()?);
                    } else {
                        return Err(serde::de::Error::custom("results for more than one pair"));
                    }
                }
                let value =
                    value.ok_or_else(|| serde::de::Error::custom("no result for a pair"))?;
                Ok(OfPair { value, last })
            }
        }
        let one: OfPair<'de, T> = deserializer.deserialize_map(One(PhantomData))?;
        Ok(OfPair {
            value: one.value,
            last: one.last,
        })
    }
}

/// A JSON number of a frame.
fn number(raw: &RawValue) -> Result<f64, String> {
    let text = raw.get();
    decimal(text).or_else(|_| exact(text).map(float))
}

fn not_negative(name: &str, raw: &RawValue) -> Result<f64, String> {
    match number(raw) {
        Ok(number) if number < 0.0 => Err(format!("{name}: {raw} is negative")),
        Ok(number) => Ok(number),
        Err(reason) => Err(format!("{name}: {reason}")),
    }
}

fn positive(name: &str, raw: &RawValue) -> Result<f64, String> {
    match not_negative(name, raw)? {
        0.0 => Err(format!("{name} is zero")),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests;
