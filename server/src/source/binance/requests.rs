//! URLs of the questions.

/// Builds URLs for one base URL and symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    base: String,
    symbol: String,
}

impl Requests {
    /// For a base URL with or without a slash at its end, such as [`super::facts::DATA_BASE_URL`], and a symbol such
    /// as `BTCUSDT`. Characters that no symbol has are left out of it.
    #[must_use]
    pub fn new(base_url: &str, symbol: &str) -> Self {
        Self {
            base: base_url.trim_end_matches('/').to_owned(),
            symbol: symbol
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
                .collect(),
        }
    }

    /// The symbol.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The venue's clock.
    #[must_use]
    pub fn time(&self) -> String {
        format!("{}/api/v3/time", self.base)
    }

    /// Aggregated trades: the oldest `limit` from number `from_id` on, that one included.
    #[must_use]
    pub fn agg_trades_from_id(&self, from_id: i64, limit: u32) -> String {
        format!("{}&fromId={from_id}", self.agg_trades(limit))
    }

    /// Aggregated trades: the oldest `limit` from a time on. No end is asked for: the venue has limited the time
    /// between both before.
    #[must_use]
    pub fn agg_trades_from(&self, start_ms: i64, limit: u32) -> String {
        format!("{}&startTime={start_ms}", self.agg_trades(limit))
    }

    fn agg_trades(&self, limit: u32) -> String {
        format!(
            "{}/api/v3/aggTrades?symbol={}&limit={limit}",
            self.base, self.symbol
        )
    }

    /// Figures of the last 24 hours.
    #[must_use]
    pub fn ticker_24h(&self) -> String {
        format!("{}/api/v3/ticker/24hr?symbol={}", self.base, self.symbol)
    }

    /// Candles: the newest `limit`, the last one still forming; or the oldest that open at or after `start_ms`.
    #[must_use]
    pub fn klines(&self, interval: &str, limit: u32, start_ms: Option<i64>) -> String {
        let start = start_ms.map_or_else(String::new, |start| format!("&startTime={start}"));
        format!(
            "{}/api/v3/klines?symbol={}&interval={interval}&limit={limit}{start}",
            self.base, self.symbol
        )
    }

    /// Candles: the oldest `limit` that open from `start_ms` to `end_ms`, both included.
    #[must_use]
    pub fn klines_between(&self, interval: &str, limit: u32, start_ms: i64, end_ms: i64) -> String {
        let klines = self.klines(interval, limit, Some(start_ms));
        format!("{klines}&endTime={end_ms}")
    }

    /// The order book, `limit` levels a side.
    #[must_use]
    pub fn depth(&self, limit: u32) -> String {
        format!(
            "{}/api/v3/depth?symbol={}&limit={limit}",
            self.base, self.symbol
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_the_documented_ones() {
        let requests = Requests::new("https://data-api.binance.vision/", "BTCUSDT");
        assert_eq!(
            requests.ticker_24h(),
            "https://data-api.binance.vision/api/v3/ticker/24hr?symbol=BTCUSDT"
        );
        assert_eq!(
            requests.klines("1m", 3, None),
            "https://data-api.binance.vision/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3"
        );
        assert_eq!(
            requests.klines("1h", 1000, Some(5)),
            "https://data-api.binance.vision/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1000&startTime=5"
        );
        assert_eq!(
            requests.time(),
            "https://data-api.binance.vision/api/v3/time"
        );
        assert_eq!(
            requests.agg_trades_from_id(26_129, 1_000),
            "https://data-api.binance.vision/api/v3/aggTrades?symbol=BTCUSDT&limit=1000&fromId=26129"
        );
        assert_eq!(
            requests.agg_trades_from(5, 1_000),
            "https://data-api.binance.vision/api/v3/aggTrades?symbol=BTCUSDT&limit=1000&startTime=5"
        );
        assert_eq!(
            requests.depth(100),
            "https://data-api.binance.vision/api/v3/depth?symbol=BTCUSDT&limit=100"
        );
    }

    #[test]
    fn a_symbol_cannot_add_parameters() {
        let requests = Requests::new("http://127.0.0.1:1", "BTC&limit=1#");
        assert!(requests.depth(5).ends_with("symbol=BTClimit1&limit=5"));
    }
}
