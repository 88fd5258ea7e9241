//! URLs of the questions, and what is said on the stream.

use super::facts::{FLAGS, MAX_ROWS, REST_LEVELS, STREAM_LEVELS};
use crate::source::session::Channel;

/// Builds URLs for one base URL and symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    base: String,
    symbol: String,
}

impl Requests {
    /// For a base URL with or without a slash at its end and a symbol such as `tBTCUSD`. Characters that no symbol has
    /// are left out of it.
    #[must_use]
    pub fn new(base_url: &str, symbol: &str) -> Self {
        Self {
            base: base_url.trim_end_matches('/').to_owned(),
            symbol: symbol
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == ':')
                .collect(),
        }
    }

    /// The venue's name of the instrument.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The stream's name of one-minute candles.
    #[must_use]
    pub fn candle_key(&self) -> String {
        format!("trade:1m:{}", self.symbol)
    }

    /// Figures of the last 24 hours.
    #[must_use]
    pub fn ticker(&self) -> String {
        format!("{}/v2/ticker/{}", self.base, self.symbol)
    }

    /// The order book at full precision.
    #[must_use]
    pub fn book(&self) -> String {
        format!("{}/v2/book/{}/P0?len={REST_LEVELS}", self.base, self.symbol)
    }

    /// Candles that open from `start_ms` to `end_ms`, both included, oldest first.
    #[must_use]
    pub fn candles(&self, step: &str, start_ms: i64, end_ms: i64) -> String {
        format!(
            "{}/v2/candles/trade:{step}:{}/hist?limit={MAX_ROWS}&start={start_ms}&end={end_ms}&sort=1",
            self.base, self.symbol
        )
    }

    /// Trades from `start_ms` to `end_ms`, both included, oldest first.
    #[must_use]
    pub fn trades(&self, start_ms: i64, end_ms: i64) -> String {
        format!(
            "{}/v2/trades/{}/hist?limit={MAX_ROWS}&start={start_ms}&end={end_ms}&sort=1",
            self.base, self.symbol
        )
    }

    /// Asks for numbers, times and checksums.
    #[must_use]
    pub fn conf(&self) -> String {
        format!(r#"{{"event":"conf","flags":{FLAGS}}}"#)
    }

    /// Subscribes a channel.
    #[must_use]
    pub fn subscribe(&self, channel: Channel) -> String {
        let symbol = &self.symbol;
        let what = match channel {
            Channel::Trades => format!(r#""channel":"trades","symbol":"{symbol}""#),
            Channel::Quotes => format!(r#""channel":"ticker","symbol":"{symbol}""#),
            Channel::Book => format!(
                r#""channel":"book","symbol":"{symbol}","prec":"P0","freq":"F0","len":"{STREAM_LEVELS}""#
            ),
            Channel::Candles => format!(r#""channel":"candles","key":"{}""#, self.candle_key()),
        };
        format!(r#"{{"event":"subscribe",{what}}}"#)
    }

    /// Ends a subscription by the number it was given.
    #[must_use]
    pub fn unsubscribe(&self, chan_id: i64) -> String {
        format!(r#"{{"event":"unsubscribe","chanId":{chan_id}}}"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_the_documented_ones() {
        let requests = Requests::new("https://api-pub.bitfinex.com/", "tBTCUSD");
        for (url, expected) in [
            (requests.ticker(), "ticker/tBTCUSD"),
            (requests.book(), "book/tBTCUSD/P0?len=100"),
            (
                requests.candles("1m", 0, 59_999),
                "candles/trade:1m:tBTCUSD/hist?limit=10000&start=0&end=59999&sort=1",
            ),
            (
                requests.trades(5, 6),
                "trades/tBTCUSD/hist?limit=10000&start=5&end=6&sort=1",
            ),
        ] {
            assert_eq!(url, format!("https://api-pub.bitfinex.com/v2/{expected}"));
        }
    }

    #[test]
    fn a_symbol_cannot_add_anything() {
        let requests = Requests::new("http://h", "tTEST:USD\",\"x\":1?limit=1#/");
        assert_eq!(requests.symbol(), "tTEST:USDx:1limit1");
        for channel in Channel::ALL {
            let text = requests.subscribe(channel);
            assert!(
                serde_json::from_str::<serde_json::Value>(&text).is_ok(),
                "{text}"
            );
        }
    }
}
