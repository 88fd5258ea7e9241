//! Facts of the venue's documentation (state of July 2026).

use app::model::MINUTE_MS;

use crate::source::{
    session::Channel,
    venue::{Allowance, Facts},
};

/// Most candles of one answer, and all there are: the newest, whatever is asked for.
pub const MAX_CANDLES: usize = 720;
/// Most levels a side of a REST order book.
pub const MAX_LEVELS: u32 = 500;
/// Most rows of a page of trades.
pub const MAX_TRADES: u32 = 1_000;
/// Levels a side of the subscribed book; the venue offers 10, 25, 100, 500 and 1,000.
pub const BOOK_DEPTH: usize = 500;
/// The newest minutes that can be asked for reach back so many milliseconds.
pub const REACH_MS: i64 = MAX_CANDLES as i64 * MINUTE_MS;

/// What is known about the venue.
pub const FACTS: Facts = Facts {
    name: "kraken",
    rest: "https://api.kraken.com",
    stream: "wss://ws.kraken.com/v2",
    pairs: &[("BTC-USD", "BTC/USD")],
    // one request a second is safe; what exceeds it is blocked for seconds, longer for who insists
    requests: Allowance {
        capacity: 1,
        per_ms: 1_000,
    },
    // about 150 in ten minutes are said to lead to a ban
    connects: Allowance {
        capacity: 60,
        per_ms: 10 * MINUTE_MS,
    },
    lifetime_ms: None,
    channels: &Channel::ALL,
    counts_trades: true,
    tells_checksums: true,
    lists_all_minutes: true,
    trades_reach_ms: None,
    candles_reach_ms: Some(REACH_MS),
};
