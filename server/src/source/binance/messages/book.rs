//! `/api/v3/depth`.

use app::model::Level;
use serde::{Deserialize, de::IgnoredAny};

use super::read;
use crate::source::{message::MessageError, number::decimal};

const WHAT: &str = "an order book";
/// Most levels the venue gives on one side.
const MAX_LEVELS: usize = super::super::facts::MAX_LEVELS as usize;

/// An order book as the venue gives it: read, but not judged.
#[derive(Debug, Clone, PartialEq)]
pub struct RawDepth {
    /// Number of the last change in it; grows.
    pub last_update_id: i64,
    /// Bids in the order they came.
    pub bids: Vec<Level>,
    /// Asks in the order they came.
    pub asks: Vec<Level>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    last_update_id: i64,
    #[serde(borrow)]
    bids: Vec<RawLevel<'a>>,
    #[serde(borrow)]
    asks: Vec<RawLevel<'a>>,
}

/// Price and size; older answers have an empty list after them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawLevel<'a> {
    Pair(&'a str, &'a str),
    Longer(&'a str, &'a str, IgnoredAny),
}

/// Reads an order book.
///
/// ```
/// use server::source::binance::messages::parse_depth;
/// let depth = parse_depth(br#"{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],
///     "asks":[["4.00000200","12.00000000"]]}"#)?;
/// assert_eq!((depth.last_update_id, depth.bids[0].price, depth.asks[0].size), (1_027_024, 4.0, 12.0));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// Signs and order are not judged here: `refine::book` does, and names the rule.
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is no decimal.
pub fn parse_depth(body: &[u8]) -> Result<RawDepth, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    Ok(RawDepth {
        last_update_id: body.last_update_id,
        bids: levels("bids", &body.bids)?,
        asks: levels("asks", &body.asks)?,
    })
}

fn levels(side: &str, raw: &[RawLevel<'_>]) -> Result<Vec<Level>, MessageError> {
    let contract = |reason| MessageError::Contract { what: WHAT, reason };
    if raw.len() > MAX_LEVELS {
        let reason = format!("{} {side}, more than {MAX_LEVELS}", raw.len());
        return Err(contract(reason));
    }
    raw.iter()
        .enumerate()
        .map(|(index, level)| {
            let (RawLevel::Pair(price, size) | RawLevel::Longer(price, size, _)) = level;
            let read = |text| {
                decimal(text).map_err(|reason| contract(format!("{side}[{index}]: {reason}")))
            };
            Ok(Level {
                price: read(price)?,
                size: read(size)?,
            })
        })
        .collect()
}
