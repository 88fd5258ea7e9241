//! Order books: `/v2/book/…/P0` and the stream.

use app::model::{Level, Side};
use rust_decimal::Decimal;

use super::{Texts, contract, integer, read, rows};
use crate::{
    refine::ladder::float,
    source::{
        bitfinex::facts::{REST_LEVELS, STREAM_LEVELS},
        message::{MessageError, RawBook},
        number::exact,
    },
};

const BOOK: &str = "an order book";
const CHANGE: &str = "a message of an order book";

/// One level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookRow {
    /// Side.
    pub side: Side,
    /// Price.
    pub price: Decimal,
    /// Size; 0 where the level is gone.
    pub size: Decimal,
}

/// What a frame of the book's channel says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookMessage {
    /// All levels.
    Snapshot(Vec<BookRow>),
    /// One that changed.
    Change(BookRow),
}

/// Reads a book of REST, which gives no time.
///
/// ```
/// use server::source::bitfinex::messages::parse_depth;
/// // price, number of orders, amount: below zero for asks
/// let book = parse_depth(b"[[60400,1,0.68826974],[60397,2,1.1],[60406,1,-0.5]]")?;
/// assert_eq!((book.bids.len(), book.asks[0].price, book.asks[0].size), (2, 60406.0, 0.5));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// Order is not judged here: `refine::book` does, and names the rule.
///
/// # Errors
/// When it is not JSON, an error of the venue, or a level in it is none.
pub fn parse_depth(body: &[u8]) -> Result<RawBook, MessageError> {
    let mut book = RawBook::default();
    for (index, raw) in rows(body, BOOK, 2 * REST_LEVELS)?.into_iter().enumerate() {
        let row = serde_json::from_str(raw.get())
            .map_err(|error| error.to_string())
            .and_then(|texts| row(&texts))
            .map_err(|reason| contract(BOOK)(format!("row {index}: {reason}")))?;
        let level = Level {
            price: float(row.price),
            size: float(row.size),
        };
        match row.side {
            Side::Buy => book.bids.push(level),
            Side::Sell => book.asks.push(level),
        }
    }
    Ok(book)
}

/// Reads the payload of a frame of the stream: `[[60400,1,0.68826974],…]` first, then one level at a time, where a
/// count of 0 takes it away: `[60400,0,1]` a bid, `[60406,0,-1]` an ask.
///
/// # Errors
/// When it is neither, or larger than what is subscribed.
pub fn parse_book(payload: &str) -> Result<BookMessage, MessageError> {
    let contract = contract(CHANGE);
    let inside = payload.trim_start().strip_prefix('[').map(str::trim_start);
    if inside.is_some_and(|inside| inside.starts_with(['[', ']'])) {
        let rows: Vec<Texts<'_, 3>> = read(payload.as_bytes(), CHANGE)?;
        if rows.len() > 2 * STREAM_LEVELS {
            return Err(contract(format!(
                "{} levels, more than were asked for",
                rows.len()
            )));
        }
        let rows: Result<Vec<BookRow>, String> = rows.iter().map(row).collect();
        return rows.map(BookMessage::Snapshot).map_err(contract);
    }
    let texts: Texts<'_, 3> = read(payload.as_bytes(), CHANGE)?;
    row(&texts).map(BookMessage::Change).map_err(contract)
}

fn row(Texts([price, count, amount]): &Texts<'_, 3>) -> Result<BookRow, String> {
    let count = integer("count", count)?;
    let named = |name: &str, text| exact(text).map_err(|reason| format!("{name}: {reason}"));
    let (price, amount) = (named("price", price)?, named("amount", amount)?);
    if price <= Decimal::ZERO || amount.is_zero() || count < 0 {
        return Err(format!(
            "{count} orders of {amount} at {price} are no level"
        ));
    }
    let side = if amount.is_sign_negative() {
        Side::Sell
    } else {
        Side::Buy
    };
    let size = if count == 0 {
        Decimal::ZERO
    } else {
        amount.abs()
    };
    Ok(BookRow { side, price, size })
}
