//! Facts of the venue's documentation (state of July 2026).

use app::model::{DAY_MS, MINUTE_MS};

use crate::source::{
    session::Channel,
    venue::{Allowance, Facts},
};

/// Market data without a key; serves hosts that the trading API does not.
pub const DATA_BASE_URL: &str = "https://data-api.binance.vision";
/// The trading API, which serves market data too.
pub const API_BASE_URL: &str = "https://api.binance.com";
/// Streams of market data without a key.
pub const DATA_STREAM_URL: &str = "wss://data-stream.binance.vision";
/// Streams of the trading API, which serve market data too.
pub const API_STREAM_URL: &str = "wss://stream.binance.com:9443";
/// The venue's name of the instrument. USDT is not USD: never `BTC-USD`.
pub const SYMBOL: &str = "BTCUSDT";
/// Our name of the same instrument.
pub const INSTRUMENT: &str = "BTC-USDT";
/// The venue's name of one-minute candles.
pub const MINUTE: &str = "1m";
/// Request weight a host may use in a minute.
pub const WEIGHT_PER_MINUTE: u32 = 6_000;
/// Weight of one 24-hour ticker, and of klines.
pub const TICKER_WEIGHT: u32 = 2;
/// Weight of an order book of up to 100 levels.
pub const DEPTH_100_WEIGHT: u32 = 5;
/// Levels of a book that is asked for to take its figures: 50 basis points and 100,000 in quote currency lie within.
pub const DEPTH_LEVELS: u32 = 1_000;
/// Weight of that book.
pub const DEPTH_WEIGHT: u32 = 50;
/// Weight of a book of [`MAX_LEVELS`], which a stream of changes starts from.
pub const SNAPSHOT_WEIGHT: u32 = 250;
/// Weight of a page of trades.
pub const TRADES_WEIGHT: u32 = 4;
/// Weight of the venue's clock.
pub const TIME_WEIGHT: u32 = 1;
/// Most rows of one klines answer.
pub const MAX_KLINES: u32 = 1_000;
/// Most levels of one order book.
pub const MAX_LEVELS: u32 = 5_000;
/// Most rows of a page of trades.
pub const MAX_TRADES: u32 = 1_000;
/// Messages a connection may send in a second, pongs included; more of them and the venue cuts it.
pub const MESSAGES_PER_SECOND: u32 = 5;

/// What is known about the venue.
pub const FACTS: Facts = Facts {
    name: "binance",
    rest: DATA_BASE_URL,
    stream: DATA_STREAM_URL,
    pairs: &[(INSTRUMENT, SYMBOL)],
    requests: Allowance {
        capacity: WEIGHT_PER_MINUTE,
        per_ms: MINUTE_MS,
    },
    connects: Allowance {
        capacity: 300,
        per_ms: 5 * MINUTE_MS,
    },
    lifetime_ms: Some(DAY_MS),
    channels: &Channel::ALL,
    // numbers of aggregated trades
    counts_trades: true,
    tells_checksums: false,
    lists_all_minutes: true,
    trades_reach_ms: None,
    candles_reach_ms: None,
};
