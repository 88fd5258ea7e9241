//! URLs of the questions.

/// Builds URLs for one base URL and symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    base: String,
    symbol: String,
    pair: String,
}

impl Requests {
    /// For a base URL with or without a slash at its end, and a symbol as streams have it: `BTC/USD`. Characters that
    /// no symbol has are left out of it.
    #[must_use]
    pub fn new(base_url: &str, symbol: &str) -> Self {
        let symbol: String = symbol
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "/.".contains(*c))
            .collect();
        // streams say BTC, REST still says XBT
        let symbol = symbol.replace("XBT", "BTC");
        Self {
            base: base_url.trim_end_matches('/').to_owned(),
            pair: symbol.replace("BTC", "XBT").replace('/', ""),
            symbol,
        }
    }

    /// The symbol as streams have it.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// Newest prices.
    #[must_use]
    pub fn ticker(&self) -> String {
        self.public("Ticker", "")
    }

    /// Candles that open after a time: at most the newest 720, the last one still forming.
    #[must_use]
    pub fn ohlc(&self, minutes: i64, since_s: i64) -> String {
        self.public("OHLC", &format!("&interval={minutes}&since={since_s}"))
    }

    /// The order book, `levels` a side.
    #[must_use]
    pub fn depth(&self, levels: u32) -> String {
        self.public("Depth", &format!("&count={levels}"))
    }

    /// Trades after a time in nanoseconds, oldest first.
    #[must_use]
    pub fn trades(&self, since_ns: &str, count: u32) -> String {
        self.public("Trades", &format!("&since={since_ns}&count={count}"))
    }

    /// The venue's clock.
    #[must_use]
    pub fn time(&self) -> String {
        format!("{}/0/public/Time", self.base)
    }

    fn public(&self, call: &str, rest: &str) -> String {
        format!("{}/0/public/{call}?pair={}{rest}", self.base, self.pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_the_documented_ones() {
        let requests = Requests::new("https://api.kraken.com/", "BTC/USD");
        let base = "https://api.kraken.com/0/public";
        for (url, expected) in [
            (requests.ticker(), "/Ticker?pair=XBTUSD"),
            (
                requests.ohlc(1, 59),
                "/OHLC?pair=XBTUSD&interval=1&since=59",
            ),
            (requests.depth(500), "/Depth?pair=XBTUSD&count=500"),
            (
                requests.trades("1616663618000000000", 1_000),
                "/Trades?pair=XBTUSD&since=1616663618000000000&count=1000",
            ),
            (requests.time(), "/Time"),
        ] {
            assert_eq!(url, format!("{base}{expected}"));
        }
        assert_eq!(requests.symbol(), "BTC/USD");
    }

    #[test]
    fn a_symbol_cannot_add_parameters() {
        let requests = Requests::new("http://127.0.0.1:1", "XBT/USD&count=1\"#");
        assert!(requests.ticker().ends_with("pair=XBTUSDcount1"));
        assert_eq!(requests.symbol(), "BTC/USDcount1");
    }
}
