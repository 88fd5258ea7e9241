//! Facts of the venue's documentation (state of July 2026).

use crate::source::{
    session::Channel,
    venue::{Allowance, Facts},
};

/// Most candles of one answer; a question for more is refused.
pub const MAX_CANDLES: i64 = 300;
/// Most rows of a page of trades.
pub const MAX_TRADES: u32 = 1_000;
/// More levels a side than any book of the venue has had; what exceeds them is not read.
pub const MAX_LEVELS: usize = 200_000;

/// What is known about the venue. It advises compressed frames, wants the first message within five seconds, and takes
/// 100 of them a second.
pub const FACTS: Facts = Facts {
    name: "coinbase",
    rest: "https://api.exchange.coinbase.com",
    stream: "wss://ws-feed.exchange.coinbase.com",
    pairs: &[("BTC-USD", "BTC-USD")],
    requests: Allowance {
        capacity: 10,
        per_ms: 1_000,
    },
    connects: Allowance {
        capacity: 8,
        per_ms: 1_000,
    },
    lifetime_ms: None,
    channels: &[Channel::Trades, Channel::Quotes, Channel::Book],
    counts_trades: true,
    tells_checksums: false,
    // a minute without trades is not listed
    lists_all_minutes: false,
    trades_reach_ms: None,
    candles_reach_ms: None,
};
