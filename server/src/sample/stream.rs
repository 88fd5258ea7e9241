//! A venue's stream without faults, to measure rules on: trades that are numbered without a hole, and a book that
//! changes with every second.

use app::model::{Level, MINUTE_MS, Side, Trade};

use super::quiet::QUIET_FROM;
use crate::{
    quality::inject::BookEvent,
    simulator::{
        market::Market,
        path::POINTS,
        units::{amount, price},
    },
};

/// Levels of each side.
const LEVELS: i64 = 20;
/// Ticks between two levels.
const LEVEL_TICKS: i64 = 50;
/// A message takes so long to us, in milliseconds.
pub const TRAVEL_MS: i64 = 40;

/// One trade and one book a second, for so many minutes.
#[must_use]
pub fn seconds(seed: u64, minutes: i64) -> (Vec<Trade>, Vec<BookEvent>) {
    let market = Market::new(seed);
    let first = QUIET_FROM / MINUTE_MS;
    let (mut trades, mut books) = (Vec::new(), Vec::new());
    for minute in first..first + minutes {
        for (second, point) in market.points(minute).iter().enumerate() {
            let number = (minute - first) * POINTS as i64 + second as i64 + 1;
            let at = minute * MINUTE_MS + second as i64 * 1_000;
            trades.push(Trade {
                trade_id: number,
                traded_at: at,
                price: price(point.ticks),
                size: amount(point.lots.max(1)),
                side: if point.taker_lots * 2 > point.lots {
                    Side::Buy
                } else {
                    Side::Sell
                },
            });
            books.push(book(number, at, point.ticks));
        }
    }
    (trades, books)
}

fn book(number: i64, at: i64, ticks: i64) -> BookEvent {
    let side = |sign: i64| {
        (0..LEVELS)
            .map(|level| Level {
                price: price(ticks + sign * (level * LEVEL_TICKS + LEVEL_TICKS / 2)),
                // never the same for long, never far from the usual
                size: 1.0 + ((number * 31 + level * 17) % 23) as f64 / 23.0,
            })
            .collect()
    };
    BookEvent {
        observed_at: at,
        received_at: at + TRAVEL_MS,
        changes: (number, number),
        bids: side(-1),
        asks: side(1),
    }
}
