//! Order books: `/api/v2/order_book/` and the changes of the stream.

use serde::Deserialize;

use super::{Text, read};
use crate::{
    refine::ladder::Rung,
    source::{
        bitstamp::facts::MAX_LEVELS,
        levels::{Pair, levels, rungs},
        message::{MessageError, RawBook},
        stamp::required,
    },
};

const BOOK: &str = "an order book";
const DIFF: &str = "a change of the order book";

/// Levels of both sides at a time: all there are, or those that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// When, in microseconds since the epoch.
    pub at_us: i64,
    /// Bids; a size of 0 is a level that is gone.
    pub bids: Vec<Rung>,
    /// Asks; a size of 0 is a level that is gone.
    pub asks: Vec<Rung>,
}

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    microtimestamp: Text<'a>,
    #[serde(borrow)]
    bids: Vec<Pair<'a>>,
    #[serde(borrow)]
    asks: Vec<Pair<'a>>,
}

impl Body<'_> {
    fn at_us(&self) -> Result<i64, String> {
        let at_us = self.microtimestamp.integer()?;
        required(at_us / 1_000).map(|_| at_us)
    }

    fn exact(&self, what: &'static str) -> Result<Diff, MessageError> {
        let read = || {
            Ok(Diff {
                at_us: self.at_us()?,
                bids: rungs("bids", &self.bids, MAX_LEVELS)?,
                asks: rungs("asks", &self.asks, MAX_LEVELS)?,
            })
        };
        read().map_err(|reason| MessageError::Contract { what, reason })
    }
}

/// Reads an order book of REST as it is.
///
/// ```
/// use server::source::bitstamp::messages::parse_depth;
/// let body = br#"{"timestamp":"1643643584","microtimestamp":"1643643584684047",
///     "bids":[["2200.00","0.50000000"]],"asks":[["2201.00","1.25000000"]]}"#;
/// let book = parse_depth(body)?;
/// assert_eq!((book.observed_at, book.bids[0].price, book.asks[0].size), (Some(1_643_643_584_684), 2200.0, 1.25));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// Signs and order are not judged here: `refine::book` does, and names the rule.
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is no decimal.
pub fn parse_depth(body: &[u8]) -> Result<RawBook, MessageError> {
    let body: Body<'_> = read(body, BOOK)?;
    let read = || {
        Ok(RawBook {
            observed_at: Some(body.at_us()? / 1_000),
            bids: levels("bids", &body.bids, MAX_LEVELS)?,
            asks: levels("asks", &body.asks, MAX_LEVELS)?,
        })
    };
    read().map_err(|reason| MessageError::Contract { what: BOOK, reason })
}

/// Reads the same exactly, for a stream of changes to build upon. A book without any level is none: the venue gives
/// such answers when it is not ready.
///
/// # Errors
/// As [`parse_depth`], and when a level is not above zero.
pub fn parse_snapshot(body: &[u8]) -> Result<Diff, MessageError> {
    let book = read::<Body<'_>>(body, BOOK)?.exact(BOOK)?;
    if book.bids.is_empty() && book.asks.is_empty() {
        return Err(MessageError::Contract {
            what: BOOK,
            reason: "it has no level at all".to_owned(),
        });
    }
    Ok(book)
}

/// Reads the data of a frame of `diff_order_book_…`: levels that changed, with their new size.
///
/// ```
/// use server::source::bitstamp::messages::parse_diff;
/// let data = r#"{"timestamp":"1641343691","microtimestamp":"1641343691468521",
///     "bids":[["3800.71","1.76200000"],["3799.64","0.00000000"]],"asks":[]}"#;
/// let diff = parse_diff(data)?;
/// assert_eq!((diff.at_us, diff.bids.len()), (1_641_343_691_468_521, 2));
/// assert!(diff.bids[1].1.is_zero());
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not so.
pub fn parse_diff(data: &str) -> Result<Diff, MessageError> {
    read::<Body<'_>>(data.as_bytes(), DIFF)?.exact(DIFF)
}
