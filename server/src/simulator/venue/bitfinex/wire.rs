//! The venue's JSON: arrays of numbers, printed as JavaScript does.

use app::model::Side;

use crate::simulator::{
    book::TrueBook, candle::TrueCandle, text::plain, trade::TrueTrade, truth::Day,
};

/// Levels of each side that the checksum covers.
const CHECKED_LEVELS: usize = 25;
/// What the venue says of a level's number of orders is made up from its size.
const MOST_ORDERS: i64 = 4;

fn price(ticks: i64) -> String {
    plain(ticks, 2)
}

fn amount(sats: i64) -> String {
    plain(sats, 8)
}

/// Bought by the taker above 0, sold below.
const fn signed(trade: &TrueTrade) -> i64 {
    match trade.side {
        Side::Buy => trade.sats,
        Side::Sell => -trade.sats,
    }
}

/// `[BID,BID_SIZE,ASK,ASK_SIZE,CHG,CHG_REL,LAST,VOLUME,HIGH,LOW]`
pub(super) fn ticker(day: &Day) -> String {
    // The sizes are those of the 25 best levels together.
    let sum = |side: &[(i64, i64)]| -> i64 {
        side.iter().take(CHECKED_LEVELS).map(|level| level.1).sum()
    };
    let [(bid, _), (ask, _)] = day.book.best().unwrap_or_default();
    let candle = &day.candle;
    let change = day.last.ticks - candle.open;
    let relative = 1e8 * change as f64 / candle.open as f64;
    format!(
        "[{},{},{},{},{},{},{},{},{},{}]",
        price(bid),
        amount(sum(&day.book.bids)),
        price(ask),
        amount(sum(&day.book.asks)),
        price(change),
        plain(relative.round() as i64, 8),
        price(day.last.ticks),
        amount(candle.sats),
        price(candle.high),
        price(candle.low)
    )
}

/// `[ID,MTS,AMOUNT,PRICE]`
pub(super) fn trade(trade: &TrueTrade) -> String {
    format!(
        "[{},{},{},{}]",
        trade.id,
        trade.at_ms(),
        amount(signed(trade)),
        price(trade.ticks)
    )
}

/// `[MTS,OPEN,CLOSE,HIGH,LOW,VOLUME]`
pub(super) fn candle(candle: &TrueCandle) -> String {
    format!(
        "[{},{},{},{},{},{}]",
        candle.opened_at,
        price(candle.open),
        price(candle.close),
        price(candle.high),
        price(candle.low),
        amount(candle.sats)
    )
}

/// `[PRICE,COUNT,AMOUNT]`; `sign` is 1 for a bid, −1 for an ask. A level that is gone has a count of 0.
pub(super) fn level((ticks, sats): (i64, i64), sign: i64) -> String {
    if sats == 0 {
        return format!("[{},0,{sign}]", price(ticks));
    }
    let orders = 1 + sats % MOST_ORDERS;
    format!("[{},{orders},{}]", price(ticks), amount(sign * sats))
}

/// All levels of a book, bids first.
pub(super) fn levels(book: &TrueBook) -> String {
    let bids = book.bids.iter().map(|bid| level(*bid, 1));
    let asks = book.asks.iter().map(|ask| level(*ask, -1));
    let rows: Vec<String> = bids.chain(asks).collect();
    format!("[{}]", rows.join(","))
}

/// CRC-32 over `bidP:bidA:askP:askA:…` of the 25 best levels, asks with their sign, as a signed number.
pub(super) fn checksum(book: &TrueBook) -> i32 {
    let mut parts = Vec::new();
    for index in 0..CHECKED_LEVELS {
        if let Some((ticks, sats)) = book.bids.get(index) {
            parts.push(price(*ticks));
            parts.push(amount(*sats));
        }
        if let Some((ticks, sats)) = book.asks.get(index) {
            parts.push(price(*ticks));
            parts.push(amount(-sats));
        }
    }
    crc32fast::hash(parts.join(":").as_bytes()).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_covers_both_sides_in_turn() {
        let book = TrueBook {
            at_ms: 0,
            bids: vec![(600_000, 100_000_000), (599_900, 5_000)],
            asks: vec![(600_100, 25_000_000)],
        };
        let text = "6000:1:6001:-0.25:5999:0.00005";
        let expected = crc32fast::hash(text.as_bytes()).cast_signed();
        assert_eq!(checksum(&book), expected);
    }
}
