//! URLs of the questions.

/// Builds URLs for one base URL and symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    base: String,
    symbol: String,
}

impl Requests {
    /// For a base URL with or without a slash at its end and a symbol such as `btcusd`. Characters that no symbol has
    /// are left out of it.
    #[must_use]
    pub fn new(base_url: &str, symbol: &str) -> Self {
        Self {
            base: base_url.trim_end_matches('/').to_owned(),
            symbol: symbol
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                .map(|c| c.to_ascii_lowercase())
                .collect(),
        }
    }

    fn url(&self, what: &str) -> String {
        // without the slash at the end the venue redirects
        format!("{}/api/v2/{what}/{}/", self.base, self.symbol)
    }

    /// Figures of the last 24 hours.
    #[must_use]
    pub fn ticker(&self) -> String {
        self.url("ticker")
    }

    /// The whole order book, orders of one price together.
    #[must_use]
    pub fn order_book(&self) -> String {
        self.url("order_book")
    }

    /// The trades of the last `minute`, `hour` or `day`.
    #[must_use]
    pub fn transactions(&self, window: &str) -> String {
        format!("{}?time={window}", self.url("transactions"))
    }

    /// Candles of `step_s` seconds that open from `start_s` to `end_s`, both included, at most `limit`.
    #[must_use]
    pub fn ohlc(&self, step_s: i64, limit: i64, start_s: i64, end_s: i64) -> String {
        format!(
            "{}?step={step_s}&limit={limit}&start={start_s}&end={end_s}",
            self.url("ohlc")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_the_documented_ones() {
        let requests = Requests::new("https://www.bitstamp.net/", "BTCUSD");
        for (url, expected) in [
            (requests.ticker(), "ticker/btcusd/"),
            (requests.order_book(), "order_book/btcusd/"),
            (
                requests.transactions("hour"),
                "transactions/btcusd/?time=hour",
            ),
            (
                requests.ohlc(60, 1_000, 120, 180),
                "ohlc/btcusd/?step=60&limit=1000&start=120&end=180",
            ),
        ] {
            assert_eq!(url, format!("https://www.bitstamp.net/api/v2/{expected}"));
        }
    }

    #[test]
    fn a_symbol_cannot_lead_elsewhere() {
        let requests = Requests::new("http://127.0.0.1:1", "btc/../x?limit=1#");
        assert!(requests.ticker().ends_with("/ticker/btcxlimit1/"));
    }
}
