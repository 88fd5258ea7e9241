//! Which column holds what, from the names in a header.

/// Positions of the columns a candle is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandleColumns {
    /// Epoch number or date.
    pub time: usize,
    /// First price.
    pub open: usize,
    /// Highest price.
    pub high: usize,
    /// Lowest price.
    pub low: usize,
    /// Last price.
    pub close: usize,
    /// Base volume.
    pub volume: Option<usize>,
    /// Quote volume.
    pub quote_volume: Option<usize>,
    /// Number of trades.
    pub trades: Option<usize>,
    /// Symbol, for the instrument.
    pub symbol: Option<usize>,
}

impl CandleColumns {
    /// Largest position that every row must have.
    #[must_use]
    pub fn last_required(&self) -> usize {
        [
            self.time,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume.unwrap_or(0),
        ]
        .into_iter()
        .max()
        .unwrap_or(0)
    }
}

// unix time beats a date column: the date may be in another zone
const TIME: [&str; 12] = [
    "unix",
    "unix_timestamp",
    "unixtimestamp",
    "mts",
    "open_time",
    "opentime",
    "time",
    "timestamp",
    "opened_at",
    "datetime",
    "date",
    "ts",
];
const VOLUME: [&str; 8] = [
    "volume",
    "vol",
    "volumefrom",
    "volume_btc",
    "volume_(btc)",
    "volumebtc",
    "base_volume",
    "vol.",
];
const QUOTE_VOLUME: [&str; 9] = [
    "volumeto",
    "volume_usd",
    "volume_usdt",
    "volume_(currency)",
    "quote_volume",
    "quotevolume",
    "volumeusd",
    "quote_asset_volume",
    "volume_(usd)",
];
const TRADES: [&str; 6] = [
    "tradecount",
    "trades",
    "count",
    "number_of_trades",
    "trade_count",
    "num_trades",
];
const SYMBOL: [&str; 3] = ["symbol", "pair", "instrument"];

/// Lower case, trimmed, spaces as underscores.
#[must_use]
pub fn normalise(name: &str) -> String {
    name.trim()
        .trim_matches('"')
        .trim()
        .to_lowercase()
        .replace([' ', '-'], "_")
}

/// Columns of a candle file with that header; `None` if a price or the time is missing.
#[must_use]
pub fn candle_columns(header: &[String]) -> Option<CandleColumns> {
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    let find = |wanted: &[&str]| {
        wanted
            .iter()
            .find_map(|want| names.iter().position(|name| name == want))
    };
    Some(CandleColumns {
        time: find(&TIME)?,
        open: find(&["open", "o", "open_price"])?,
        high: find(&["high", "h", "high_price"])?,
        low: find(&["low", "l", "low_price"])?,
        close: find(&["close", "c", "close_price"])?,
        volume: find(&VOLUME),
        quote_volume: find(&QUOTE_VOLUME),
        trades: find(&TRADES),
        symbol: find(&SYMBOL),
    })
}

/// The quote currency that the header gives away (`Volume USDT`), if it does.
#[must_use]
pub fn quote_of_header(header: &[String]) -> Option<&'static str> {
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    names.iter().find_map(|name| match name.as_str() {
        "volume_usdt" => Some("USDT"),
        "volume_usd" | "volumeusd" | "volume_(usd)" => Some("USD"),
        _ => None,
    })
}

/// `BTC-USDT` from `BTCUSDT`, `BTC/USD`, `btc_usd`, `XBTUSD`, `tBTCUSD`.
#[must_use]
pub fn instrument_of_symbol(symbol: &str) -> Option<String> {
    let plain: String = symbol
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_uppercase();
    let plain = plain
        .strip_prefix('T')
        .filter(|rest| rest.starts_with("BTC"))
        .unwrap_or(&plain);
    let plain = plain.replace("XBT", "BTC");
    let quote = plain.strip_prefix("BTC")?;
    matches!(quote, "USD" | "USDT" | "USDC" | "EUR").then(|| format!("BTC-{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn known_headers() {
        let cases = [
            (
                "cryptocompare",
                "time,high,low,open,volumefrom,volumeto,close,conversionType,conversionSymbol",
                [0, 3, 1, 2, 6],
                Some(4),
            ),
            (
                "cryptodatadownload",
                "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount",
                [0, 3, 4, 5, 6],
                Some(7),
            ),
            (
                "kaggle",
                "Timestamp,Open,High,Low,Close,Volume",
                [0, 1, 2, 3, 4],
                Some(5),
            ),
            (
                "bitstamp daily",
                "timestamp,open,close,volume,unix_timestamp,high,low",
                [4, 1, 5, 6, 2],
                Some(3),
            ),
            (
                "coinbase",
                "time,low,high,open,close,volume",
                [0, 3, 2, 1, 4],
                Some(5),
            ),
        ];
        for (name, text, [time, open, high, low, close], volume) in cases {
            let columns = candle_columns(&header(text)).unwrap();
            assert_eq!(
                [
                    columns.time,
                    columns.open,
                    columns.high,
                    columns.low,
                    columns.close
                ],
                [time, open, high, low, close],
                "{name}"
            );
            assert_eq!(columns.volume, volume, "{name}");
        }
        assert_eq!(candle_columns(&header("date,title,url")), None);
    }

    #[test]
    fn symbols() {
        for (text, expected) in [
            ("BTCUSDT", Some("BTC-USDT")),
            ("BTC/USD", Some("BTC-USD")),
            ("tBTCUSD", Some("BTC-USD")),
            ("XBTUSD", Some("BTC-USD")),
            ("ETHUSD", None),
            ("", None),
        ] {
            assert_eq!(instrument_of_symbol(text).as_deref(), expected, "{text}");
        }
    }
}
