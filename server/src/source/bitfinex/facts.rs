//! Facts of the venue's documentation (state of July 2026).

use crate::source::{
    session::Channel,
    venue::{Allowance, Facts},
};

/// What is known about the venue.
pub const FACTS: Facts = Facts {
    name: "bitfinex",
    rest: "https://api-pub.bitfinex.com",
    stream: "wss://api-pub.bitfinex.com/ws/2",
    pairs: &[("BTC-USD", "tBTCUSD")],
    // 10 to 90 a minute by endpoint; a block lasts up to a minute. Weights make one budget of them.
    requests: Allowance {
        capacity: 90,
        per_ms: 60_000,
    },
    connects: Allowance {
        capacity: 20,
        per_ms: 60_000,
    },
    lifetime_ms: None,
    channels: &Channel::ALL,
    // numbers run over all pairs of the venue
    counts_trades: false,
    tells_checksums: true,
    lists_all_minutes: false,
    trades_reach_ms: None,
    candles_reach_ms: None,
};

/// Weight of candles, of which 30 a minute are taken.
pub const CANDLES_WEIGHT: u32 = 3;
/// Weight of trades, of which 15 a minute are taken.
pub const TRADES_WEIGHT: u32 = 6;
/// Most rows of one answer, candles or trades.
pub const MAX_ROWS: usize = 10_000;
/// Levels of one side that the stream is asked for, the most it gives.
pub const STREAM_LEVELS: usize = 250;
/// Levels of one side that REST is asked for, the most it gives.
pub const REST_LEVELS: usize = 100;
/// Levels of one side that a checksum covers.
pub const CHECKSUM_LEVELS: usize = 25;
/// Flags of a connection: a number on every message, its time, checksums of books.
pub const FLAGS: i64 = 65_536 + 32_768 + 131_072;
