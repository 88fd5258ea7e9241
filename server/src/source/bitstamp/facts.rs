//! Facts of the venue's documentation (state of July 2026).

use app::model::DAY_MS;

use crate::source::{
    session::Channel,
    venue::{Allowance, Facts},
};

/// What is known about the venue.
///
/// Its transactions tell whole seconds only, its stream microseconds: a trade that comes both ways has two times, and
/// only its number says that it is one. There is no stream of tickers or candles: quotes are made of the book's best
/// prices and the last trade.
pub const FACTS: Facts = Facts {
    name: "bitstamp",
    rest: "https://www.bitstamp.net",
    stream: "wss://ws.bitstamp.net",
    pairs: &[("BTC-USD", "btcusd")],
    // 10,000 in ten minutes; 8,000 on older pages, spread out so that other programs on the host have room
    requests: Allowance {
        capacity: 400,
        per_ms: 60_000,
    },
    // no limit is published
    connects: Allowance {
        capacity: 10,
        per_ms: 60_000,
    },
    lifetime_ms: Some(90 * DAY_MS),
    channels: &[Channel::Trades, Channel::Book],
    // numbers run over all pairs of the venue
    counts_trades: false,
    tells_checksums: false,
    lists_all_minutes: true,
    trades_reach_ms: Some(DAY_MS),
    candles_reach_ms: None,
};

/// Most rows of one answer with candles.
pub const MAX_CANDLES: i64 = 1_000;
/// Most levels of one side that are read. The whole book is given: some thousands.
pub const MAX_LEVELS: usize = 20_000;
/// Most transactions that are read: a day of the busiest kind has fewer.
pub const MAX_TRANSACTIONS: usize = 500_000;
