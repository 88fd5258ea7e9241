//! `/products/…/book` and the channel `level2_batch`.

use app::model::Side;
use serde::Deserialize;

use super::read;
use crate::{
    refine::ladder::{Ladder, Rung},
    source::{
        levels::{Pair, levels, rung, rungs},
        message::{MessageError, RawBook},
        stamp,
    },
};

const WHAT: &str = "an order book";
/// Most levels of one side that are read.
const MAX_LEVELS: usize = super::super::facts::MAX_LEVELS;
/// Most changes of one frame that are read.
const MAX_CHANGES: usize = 20_000;

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    bids: Vec<Pair<'a>>,
    #[serde(borrow)]
    asks: Vec<Pair<'a>>,
    #[serde(default)]
    auction_mode: bool,
    time: Option<&'a str>,
}

/// Reads an order book. In an auction its prices are indicative: it is refused.
///
/// ```
/// use server::source::coinbase::messages::parse_book;
/// let book = parse_book(br#"{"bids":[["6247.58","6.3578146",2]],"asks":[["6251.52","2",1]],"sequence":13051505638,
///     "auction_mode":false,"auction":null,"time":"2020-03-20T00:22:57.833897Z"}"#)?;
/// assert_eq!((book.bids[0].size, book.observed_at), (6.357_814_6, Some(1_584_663_777_833)));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, an auction's, or a number in it is no decimal.
pub fn parse_book(body: &[u8]) -> Result<RawBook, MessageError> {
    let body: Body<'_> = read(body, WHAT)?;
    let contract = |reason| MessageError::Contract { what: WHAT, reason };
    if body.auction_mode {
        return Err(contract(
            "the product is in an auction: its prices are indicative".to_owned(),
        ));
    }
    Ok(RawBook {
        observed_at: time(body.time),
        bids: levels("bids", &body.bids, MAX_LEVELS).map_err(contract)?,
        asks: levels("asks", &body.asks, MAX_LEVELS).map_err(contract)?,
    })
}

/// The year 1, which the venue sends now and then, is no time; nor is what cannot be read: the levels count.
fn time(text: Option<&str>) -> Option<i64> {
    text.and_then(|text| stamp::rfc3339(text).ok().flatten())
}

/// A whole book of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookSnapshot {
    /// The venue's time in milliseconds, where given.
    pub observed_at: Option<i64>,
    /// Its levels.
    pub ladder: Ladder,
}

#[derive(Debug, Deserialize)]
struct Snapshot<'a> {
    #[serde(borrow)]
    bids: Vec<Pair<'a>>,
    #[serde(borrow)]
    asks: Vec<Pair<'a>>,
    time: Option<&'a str>,
}

/// Reads a whole book of the stream.
///
/// ```
/// use server::source::coinbase::messages::parse_snapshot;
/// let book = parse_snapshot(r#"{"type":"snapshot","product_id":"BTC-USD","bids":[["10101.10","0.45054140"]],
///     "asks":[["10102.55","0.57753524"]]}"#)?;
/// assert_eq!((book.ladder.len(), book.observed_at), (2, None));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_snapshot(text: &str) -> Result<BookSnapshot, String> {
    let frame: Snapshot<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(BookSnapshot {
        observed_at: time(frame.time),
        ladder: Ladder::of(
            rungs("bids", &frame.bids, MAX_LEVELS)?,
            rungs("asks", &frame.asks, MAX_LEVELS)?,
        ),
    })
}

/// Changes of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L2Update<'a> {
    /// The venue's time in milliseconds, where given.
    pub observed_at: Option<i64>,
    /// Side, price and new size, as they are on the wire.
    pub changes: Vec<Change<'a>>,
}

/// `["buy","10101.80","0.162567"]`: side, price and new size, as they are on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Change<'a>(&'a str, &'a str, &'a str);

impl Change<'_> {
    /// Which side and which level it changes.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(&self) -> Result<(Side, Rung), String> {
        let side = Side::parse(self.0).ok_or_else(|| format!("{:.20?} is no side", self.0))?;
        Ok((side, rung(self.1, self.2)?))
    }

    /// Side and price where the size cannot be read: that level is not known any more.
    #[must_use]
    pub fn level(&self) -> Option<(Side, rust_decimal::Decimal)> {
        let (price, _) = rung(self.1, "0").ok()?;
        Some((Side::parse(self.0)?, price))
    }

    /// The change as it is on the wire.
    #[must_use]
    pub fn raw(&self) -> String {
        let Self(side, price, size) = self;
        format!(r#"["{side}","{price}","{size}"]"#)
    }
}

#[derive(Debug, Deserialize)]
struct Update<'a> {
    #[serde(borrow)]
    changes: Vec<Change<'a>>,
    time: Option<&'a str>,
}

/// Reads changes of a book; a change whose numbers are none is told by [`Change::read`].
///
/// ```
/// use server::source::coinbase::messages::parse_l2update;
/// let update = parse_l2update(r#"{"type":"l2update","product_id":"BTC-USD",
///     "changes":[["buy","10101.80000000","0.162567"]],"time":"2019-08-14T20:42:27.265000Z"}"#)?;
/// let (side, (price, _)) = update.changes[0].read()?;
/// assert_eq!((side.as_str(), price.to_string().as_str()), ("buy", "10101.80000000"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with the whole, in words.
pub fn parse_l2update(text: &str) -> Result<L2Update<'_>, String> {
    let frame: Update<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if frame.changes.len() > MAX_CHANGES {
        return Err(format!(
            "{} changes, more than {MAX_CHANGES}",
            frame.changes.len()
        ));
    }
    Ok(L2Update {
        observed_at: time(frame.time),
        changes: frame.changes,
    })
}
