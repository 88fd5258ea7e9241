//! `/api/v3/depth` and the stream of its changes.

use app::model::Level;
use serde::Deserialize;

use super::read;
use crate::{
    refine::ladder::{Ladder, Rung},
    source::{
        levels::{Pair, levels, rungs},
        message::MessageError,
        stamp,
    },
};

const WHAT: &str = "an order book";
/// Most levels the venue gives on one side.
const MAX_LEVELS: usize = super::super::facts::MAX_LEVELS as usize;
/// Most changes of one side that are read: in 100 ms the venue has never sent as many.
const MAX_CHANGES: usize = 2 * MAX_LEVELS;

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

/// An order book that changes can be applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Number of the last change in it.
    pub last_update_id: i64,
    /// Its levels.
    pub ladder: Ladder,
}

/// Changes of an order book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthUpdate {
    /// Time of the event in milliseconds.
    pub observed_at: Option<i64>,
    /// Number of the first change in it.
    pub first_id: i64,
    /// Number of the last change in it.
    pub last_id: i64,
    /// Bids with their new sizes.
    pub bids: Vec<Rung>,
    /// Asks with their new sizes.
    pub asks: Vec<Rung>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    last_update_id: i64,
    #[serde(borrow)]
    bids: Vec<Pair<'a>>,
    #[serde(borrow)]
    asks: Vec<Pair<'a>>,
}

#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "E")]
    event_at: i64,
    #[serde(rename = "U")]
    first_id: i64,
    #[serde(rename = "u")]
    last_id: i64,
    #[serde(borrow, rename = "b")]
    bids: Vec<Pair<'a>>,
    #[serde(borrow, rename = "a")]
    asks: Vec<Pair<'a>>,
}

const fn contract(reason: String) -> MessageError {
    MessageError::Contract { what: WHAT, reason }
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
        bids: levels("bids", &body.bids, MAX_LEVELS).map_err(contract)?,
        asks: levels("asks", &body.asks, MAX_LEVELS).map_err(contract)?,
    })
}

/// Reads the same to apply changes to it: prices and sizes are exact.
///
/// # Errors
/// As [`parse_depth`], and when a level can be none.
pub fn parse_snapshot(body: &[u8]) -> Result<Snapshot, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    if body.last_update_id < 0 {
        return Err(contract(format!(
            "number {} is negative",
            body.last_update_id
        )));
    }
    let ladder = Ladder::of(
        rungs("bids", &body.bids, MAX_LEVELS).map_err(contract)?,
        rungs("asks", &body.asks, MAX_LEVELS).map_err(contract)?,
    );
    if ladder.is_empty() {
        // changes applied to it would look like a thin book
        return Err(contract("it has no level at all".to_owned()));
    }
    Ok(Snapshot {
        last_update_id: body.last_update_id,
        ladder,
    })
}

/// Reads changes of an order book.
///
/// ```
/// use server::source::binance::messages::parse_depth_update;
/// let update = parse_depth_update(r#"{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,
///     "b":[["0.0024","10"]],"a":[["0.0026","100"]]}"#)?;
/// assert_eq!((update.first_id, update.last_id, update.bids.len()), (157, 160, 1));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_depth_update(text: &str) -> Result<DepthUpdate, String> {
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Event {
        first_id, last_id, ..
    } = event;
    // the largest number would have no successor
    if first_id < 0 || last_id < first_id || last_id == i64::MAX {
        return Err(format!("no changes from {first_id} to {last_id}"));
    }
    Ok(DepthUpdate {
        observed_at: stamp::plausible(event.event_at),
        first_id,
        last_id,
        bids: rungs("b", &event.bids, MAX_CHANGES)?,
        asks: rungs("a", &event.asks, MAX_CHANGES)?,
    })
}
