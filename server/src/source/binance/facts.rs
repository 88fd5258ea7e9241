//! Facts of the venue's documentation (state of July 2026).

/// Market data without a key; serves hosts that the trading API does not.
pub const DATA_BASE_URL: &str = "https://data-api.binance.vision";
/// The trading API, which serves market data too.
pub const API_BASE_URL: &str = "https://api.binance.com";
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
/// Most rows of one klines answer.
pub const MAX_KLINES: u32 = 1_000;
/// Most levels of one order book.
pub const MAX_LEVELS: u32 = 5_000;
