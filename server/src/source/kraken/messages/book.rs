//! `/0/public/Depth` and the channel `book`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{OfPair, read};
use crate::{
    refine::ladder::Rung,
    source::{
        levels::{Pair, levels, rung},
        message::{MessageError, RawBook},
        stamp,
    },
};

const WHAT: &str = "an order book";
/// Most levels the venue gives on one side.
const MAX_LEVELS: usize = super::super::facts::MAX_LEVELS as usize;
/// Most levels of one side of a frame that are read: the largest subscription has 1,000.
const MAX_CHANGES: usize = 2_000;

/// Levels of an order book: all of them, or those that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookUpdate {
    /// The venue's time in milliseconds, where given.
    pub observed_at: Option<i64>,
    /// Bids with their new sizes; 0 removes.
    pub bids: Vec<Rung>,
    /// Asks with their new sizes; 0 removes.
    pub asks: Vec<Rung>,
    /// What the checksum over the book is once these are applied.
    pub checksum: u32,
}

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    bids: Vec<Pair<'a>>,
    #[serde(borrow)]
    asks: Vec<Pair<'a>>,
}

/// Reads an order book. The times beside its levels are those of their last changes, not of the book.
///
/// ```
/// use server::source::kraken::messages::parse_depth;
/// let book = parse_depth(br#"{"error":[],"result":{"XXBTZUSD":{"asks":[["30384.10000","2.059",1688671659]],
///     "bids":[["30297.00000","1.115",1688671636]]}}}"#)?;
/// assert_eq!((book.asks[0].price, book.bids[0].size, book.observed_at), (30_384.1, 1.115, None));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or a number in it is no decimal.
pub fn parse_depth(body: &[u8]) -> Result<RawBook, MessageError> {
    let OfPair { value: body, .. } = read::<OfPair<'_, Body<'_>>>(body, WHAT)?;
    let side = |name, pairs: &[Pair<'_>]| {
        levels(name, pairs, MAX_LEVELS)
            .map_err(|reason| MessageError::Contract { what: WHAT, reason })
    };
    Ok(RawBook {
        observed_at: None,
        bids: side("bids", &body.bids)?,
        asks: side("asks", &body.asks)?,
    })
}

#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    bids: Vec<Change<'a>>,
    #[serde(borrow)]
    asks: Vec<Change<'a>>,
    checksum: u32,
    timestamp: Option<&'a str>,
}

/// `{"price":45283.5,"qty":0.10000000}`: numbers whose digits count.
#[derive(Debug, Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    qty: &'a RawValue,
}

/// Reads the books in a frame's data that are of a symbol; there is one, unless others are subscribed as well.
///
/// ```
/// use server::source::kraken::messages::parse_book_rows;
/// let data = r#"[{"symbol":"BTC/USD","bids":[{"price":26219.6,"qty":4.97120000}],"asks":[],"checksum":2439117997,
///     "timestamp":"2023-10-06T17:35:55.440295Z"}]"#;
/// let update = &parse_book_rows(data, "BTC/USD")?[0];
/// assert_eq!((update.bids[0].1.to_string().as_str(), update.checksum), ("4.97120000", 2_439_117_997));
/// assert_eq!(update.observed_at, Some(1_696_613_755_440));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_book_rows(data: &str, symbol: &str) -> Result<Vec<BookUpdate>, String> {
    let rows: Vec<Event<'_>> = serde_json::from_str(data).map_err(|error| error.to_string())?;
    rows.iter()
        .filter(|row| row.symbol == symbol)
        .map(|row| {
            Ok(BookUpdate {
                observed_at: row
                    .timestamp
                    .and_then(|text| stamp::rfc3339(text).ok().flatten()),
                bids: side("bids", &row.bids)?,
                asks: side("asks", &row.asks)?,
                checksum: row.checksum,
            })
        })
        .collect()
}

fn side(name: &str, changes: &[Change<'_>]) -> Result<Vec<Rung>, String> {
    if changes.len() > MAX_CHANGES {
        return Err(format!("{} {name}, more than {MAX_CHANGES}", changes.len()));
    }
    let level = |change: &Change<'_>| rung(change.price.get(), change.qty.get());
    let level = |change| level(change).map_err(|reason| format!("{name}: {reason}"));
    changes.iter().map(level).collect()
}
