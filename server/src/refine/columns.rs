//! Which column holds what, from the names in a header.

/// Positions of the columns a candle is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// A second time column: the date beside an epoch number.
    pub date: Option<usize>,
}

impl CandleColumns {
    /// Columns in the order time, open, high, low, close, volume, and nothing else.
    #[must_use]
    pub const fn plain(time: usize, prices: [usize; 4], volume: usize) -> Self {
        let [open, high, low, close] = prices;
        Self {
            time,
            open,
            high,
            low,
            close,
            volume: Some(volume),
            quote_volume: None,
            trades: None,
            symbol: None,
            date: None,
        }
    }

    /// Open, high, low, close.
    #[must_use]
    pub const fn prices(&self) -> [usize; 4] {
        [self.open, self.high, self.low, self.close]
    }

    /// The same with other price columns.
    #[must_use]
    pub const fn with_prices(self, [open, high, low, close]: [usize; 4]) -> Self {
        Self {
            open,
            high,
            low,
            close,
            ..self
        }
    }

    /// Largest position that every row must have.
    #[must_use]
    pub fn last_required(&self) -> usize {
        self.prices()
            .into_iter()
            .chain([self.time, self.volume.unwrap_or(0)])
            .max()
            .unwrap_or(0)
    }

    /// Every column moved to the right: a row has cells that the header does not name.
    #[must_use]
    pub fn shifted(self, by: usize) -> Self {
        let moved = |column: Option<usize>| column.map(|column| column + by);
        Self {
            time: self.time + by,
            open: self.open + by,
            high: self.high + by,
            low: self.low + by,
            close: self.close + by,
            volume: moved(self.volume),
            quote_volume: moved(self.quote_volume),
            trades: moved(self.trades),
            symbol: moved(self.symbol),
            date: moved(self.date),
        }
    }

    /// Meaning and position of every column in use.
    #[must_use]
    pub fn meanings(&self) -> Vec<(usize, &'static str)> {
        let optional = [
            (self.date, "date"),
            (self.symbol, "symbol"),
            (self.volume, "volume"),
            (self.quote_volume, "quote volume"),
            (self.trades, "trades"),
        ];
        let mut all = vec![
            (self.time, "time"),
            (self.open, "open"),
            (self.high, "high"),
            (self.low, "low"),
            (self.close, "close"),
        ];
        all.extend(
            optional
                .into_iter()
                .filter_map(|(column, name)| Some((column?, name))),
        );
        all.sort_unstable();
        all
    }
}

// unix time beats a date column: the date may be in another zone
const TIME: [&str; 16] = [
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
    "date(utc)",
    "open_time_(utc)",
    "gmt_time",
    "local_time",
];
/// Names of a date beside an epoch number.
const DATE: [&str; 5] = ["date", "datetime", "time", "timestamp", "date(utc)"];
const VOLUME: [&str; 10] = [
    "volume",
    "vol",
    "volumefrom",
    "volume_btc",
    "volume_(btc)",
    "volumebtc",
    "base_volume",
    "vol.",
    "volume(btc)",
    "volfrom",
];
const QUOTE_VOLUME: [&str; 12] = [
    "volumeto",
    "volume_usd",
    "volume_usdt",
    "volume_(currency)",
    "quote_volume",
    "quotevolume",
    "volumeusd",
    "quote_asset_volume",
    "volume_(usd)",
    "volume_usdc",
    "volume_eur",
    "volto",
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
    name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\u{feff}'))
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
    let time = find(&TIME)?;
    Some(CandleColumns {
        time,
        open: find(&["open", "o", "open_price"])?,
        high: find(&["high", "h", "high_price"])?,
        low: find(&["low", "l", "low_price"])?,
        close: find(&["close", "c", "close_price", "close*", "price"])?,
        volume: find(&VOLUME),
        quote_volume: find(&QUOTE_VOLUME),
        trades: find(&TRADES),
        symbol: find(&SYMBOL),
        date: DATE
            .iter()
            .filter_map(|want| names.iter().position(|name| name == want))
            .find(|column| *column != time),
    })
}

/// The quote currency that the header gives away (`Volume USDT`), if it does.
#[must_use]
pub fn quote_of_header(header: &[String]) -> Option<&'static str> {
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    names.iter().find_map(|name| {
        let unit = name.strip_prefix("volume")?;
        let unit = unit.trim_matches(['_', '(', ')']).to_uppercase();
        QUOTES.into_iter().find(|quote| *quote == unit)
    })
}

/// Quote currencies, longer ones before those they end in.
const QUOTES: [&str; 11] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "KRW", "TRY",
];

/// `BTC-USDT` from `BTCUSDT`, `BTC/USD`, `btc_usd`, `XBTUSD`, `tBTCUSD`; other coins alike. `None` if it is no pair.
#[must_use]
pub fn instrument_of_symbol(symbol: &str) -> Option<String> {
    if symbol.len() > 20 {
        return None;
    }
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
    let quote = QUOTES
        .into_iter()
        .find(|quote| plain.ends_with(quote) && plain.len() > quote.len())?;
    let base = &plain[..plain.len() - quote.len()];
    ((2..=6).contains(&base.len()) && base.starts_with(|c: char| c.is_ascii_alphabetic()))
        .then(|| format!("{base}-{quote}"))
}

/// The Bitcoin pair that a file name mentions: `BTCUSDT-1m-2021-01.zip`, `Binance_BTCUSDT_1h.csv`.
#[must_use]
pub fn instrument_of_name(name: &str) -> Option<String> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(instrument_of_symbol)
        .find(|instrument| instrument.starts_with("BTC-"))
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
            ("ETH/USD", Some("ETH-USD")),
            ("BTCFDUSD", Some("BTC-FDUSD")),
            ("USD", None),
            ("1621125300", None),
            ("", None),
        ] {
            assert_eq!(instrument_of_symbol(text).as_deref(), expected, "{text}");
        }
        for (name, expected) in [
            ("BTCUSDT-1m-2021-01.zip", Some("BTC-USDT")),
            ("Binance_BTCUSDT_minute.csv", Some("BTC-USDT")),
            ("XBTUSD_1.csv", Some("BTC-USD")),
            ("bitstampUSD_1-min_data.csv", None),
            ("prices.csv", None),
        ] {
            assert_eq!(instrument_of_name(name).as_deref(), expected, "{name}");
        }
        assert_eq!(
            quote_of_header(&header("unix,Volume BTC,Volume USDT")),
            Some("USDT")
        );
        assert_eq!(quote_of_header(&header("time,volume,close")), None);
    }
}
