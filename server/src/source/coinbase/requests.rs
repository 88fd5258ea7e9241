//! URLs of the questions.

use chrono::{DateTime, SecondsFormat};

/// Builds URLs for one base URL and product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    base: String,
    product: String,
}

impl Requests {
    /// For a base URL with or without a slash at its end, and a product such as `BTC-USD`. Characters that no product
    /// has are left out of it.
    #[must_use]
    pub fn new(base_url: &str, product: &str) -> Self {
        Self {
            base: base_url.trim_end_matches('/').to_owned(),
            product: product
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
                .collect(),
        }
    }

    /// The product.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Newest prices.
    #[must_use]
    pub fn ticker(&self) -> String {
        self.of_product("ticker")
    }

    /// The order book, orders of the same price added up; there is no way to ask for a part of it.
    #[must_use]
    pub fn book(&self) -> String {
        self.of_product("book?level=2")
    }

    /// Candles that open from `start_ms` to `end_ms`, both included: at most 300.
    #[must_use]
    pub fn candles(&self, granularity_s: i64, start_ms: i64, end_ms: i64) -> String {
        let (start, end) = (iso(start_ms), iso(end_ms));
        self.of_product(&format!(
            "candles?granularity={granularity_s}&start={start}&end={end}"
        ))
    }

    /// Trades, newest first: the newest, or those older than a number.
    #[must_use]
    pub fn trades(&self, limit: u32, older_than: Option<i64>) -> String {
        let after = older_than.map_or_else(String::new, |id| format!("&after={id}"));
        self.of_product(&format!("trades?limit={limit}{after}"))
    }

    /// The venue's clock.
    #[must_use]
    pub fn time(&self) -> String {
        format!("{}/time", self.base)
    }

    fn of_product(&self, rest: &str) -> String {
        format!("{}/products/{}/{rest}", self.base, self.product)
    }
}

fn iso(at_ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_the_documented_ones() {
        let requests = Requests::new("https://api.exchange.coinbase.com/", "BTC-USD");
        let base = "https://api.exchange.coinbase.com";
        for (url, expected) in [
            (requests.ticker(), "/products/BTC-USD/ticker"),
            (requests.book(), "/products/BTC-USD/book?level=2"),
            (
                requests.candles(60, 1_514_764_800_000, 1_514_782_740_000),
                "/products/BTC-USD/candles?granularity=60&start=2018-01-01T00:00:00Z&end=2018-01-01T04:59:00Z",
            ),
            (
                requests.trades(1_000, None),
                "/products/BTC-USD/trades?limit=1000",
            ),
            (
                requests.trades(1_000, Some(7)),
                "/products/BTC-USD/trades?limit=1000&after=7",
            ),
            (requests.time(), "/time"),
        ] {
            assert_eq!(url, format!("{base}{expected}"));
        }
    }

    #[test]
    fn a_product_cannot_lead_elsewhere() {
        let requests = Requests::new("http://127.0.0.1:1", "../BTC/USD?\"#");
        assert!(requests.ticker().ends_with("/products/..BTCUSD/ticker"));
    }
}
