//! The formats of candle files: one definition each. A new format is one more entry in [`FORMATS`].
//!
//! A definition says how the format is known: by a header, by the columns of rows that have none, or both. The columns
//! of a header are found by their names, whatever the format; the definition only tells it from others and says what
//! is peculiar to it. The first definition that fits wins, so that special ones stand before general ones.

use super::columns::{CandleColumns, normalise};

/// What is traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Market {
    /// The coin itself.
    Spot,
    /// A perpetual contract: never the same series as the coin.
    Futures,
}

impl Market {
    /// `spot` or `futures`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Futures => "futures",
        }
    }
}

/// How a header is known.
#[derive(Debug, Clone, Copy)]
pub enum Header {
    /// These names in this order and case, perhaps with empty columns behind.
    Exactly(&'static [&'static str]),
    /// These names (lower case, spaces as `_`) among others.
    With(&'static [&'static str]),
}

impl Header {
    /// True if the header is one of this format.
    #[must_use]
    pub fn fits(&self, header: &[String]) -> bool {
        match self {
            Self::Exactly(names) => {
                let filled = header
                    .iter()
                    .rposition(|name| !name.is_empty())
                    .map_or(0, |last| last + 1);
                header[..filled].iter().eq(names.iter())
            }
            Self::With(names) => names
                .iter()
                .all(|want| header.iter().any(|name| normalise(name) == *want)),
        }
    }
}

/// Rows without a header.
#[derive(Debug, Clone, Copy)]
pub struct Headless {
    /// Fewest and most columns, empty ones at the end not counted.
    pub width: (usize, usize),
    /// Which holds what.
    pub columns: CandleColumns,
}

/// A format of candle files.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Name in reports and for `--format`.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// How its header is known, if it may have one.
    pub header: Option<Header>,
    /// Its columns where it has no header, if it may have none.
    pub headless: Option<Headless>,
    /// What is traded.
    pub market: Market,
    /// The venue whose files these are, as file names call it.
    pub venue: Option<&'static str>,
    /// Instrument of files that name none, also not in their name.
    pub instrument: Option<&'static str>,
    /// The publisher writes the month before the day.
    pub month_first: bool,
    /// Prices are rounded one by one, so that a close may be a last digit above the high.
    pub rounded: bool,
    /// The volume may be left empty.
    pub volume_optional: bool,
}

const PLAIN: Definition = Definition {
    name: "",
    about: "",
    header: None,
    headless: None,
    market: Market::Spot,
    venue: None,
    instrument: None,
    month_first: false,
    rounded: false,
    volume_optional: false,
};

/// `openTime,O,H,L,C,V,closeTime,quoteVolume,trades,takerBase,takerQuote,ignore`
const BINANCE_COLUMNS: Headless = Headless {
    width: (12, 12),
    columns: CandleColumns {
        quote_volume: Some(7),
        trades: Some(8),
        ..CandleColumns::plain(0, [1, 2, 3, 4], 5)
    },
};

/// Every format, special ones first.
pub const FORMATS: &[Definition] = &[
    Definition {
        name: "cryptocompare",
        about: "CryptoCompare export: high before open, often with a leading index column",
        header: Some(Header::With(&["volumefrom", "volumeto"])),
        ..PLAIN
    },
    Definition {
        name: "gemini",
        about: "CryptoDataDownload file of Gemini: Unix time in ms, newest first, one volume",
        header: Some(Header::With(&[
            "unix_timestamp",
            "date",
            "symbol",
            "volume",
        ])),
        venue: Some("gemini"),
        ..PLAIN
    },
    Definition {
        name: "cryptodatadownload",
        about: "CryptoDataDownload file: newest first, Unix time in s or ms beside a date",
        header: Some(Header::With(&["date", "symbol", "open"])),
        headless: Some(Headless {
            width: (9, 10),
            columns: CandleColumns {
                date: Some(1),
                symbol: Some(2),
                quote_volume: Some(8),
                trades: Some(9),
                ..CandleColumns::plain(0, [3, 4, 5, 6], 7)
            },
        }),
        ..PLAIN
    },
    Definition {
        name: "kaggle-legacy",
        about: "Kaggle minute file up to 2021: seconds, NaN in minutes without trades",
        header: Some(Header::With(&["volume_(btc)", "weighted_price"])),
        ..PLAIN
    },
    Definition {
        name: "binance-futures",
        about: "Binance Vision klines of futures: a header since 2022, always milliseconds",
        header: Some(Header::With(&[
            "open_time",
            "close_time",
            "taker_buy_volume",
        ])),
        headless: Some(BINANCE_COLUMNS),
        market: Market::Futures,
        venue: Some("binance"),
        instrument: Some("BTC-USDT"),
        ..PLAIN
    },
    Definition {
        name: "yahoo",
        about: "Yahoo Finance history: days, with an adjusted close that is not used",
        header: Some(Header::With(&["adj_close", "open", "close"])),
        venue: Some("yahoo"),
        ..PLAIN
    },
    Definition {
        name: "investing",
        about: "Investing.com history: all quoted, month first, Price is the close, K/M/B volumes",
        header: Some(Header::With(&["price", "open", "change_%"])),
        venue: Some("investing"),
        month_first: true,
        rounded: true,
        volume_optional: true,
        ..PLAIN
    },
    Definition {
        name: "coinmarketcap",
        about: "CoinMarketCap history: days, quoted thousands, market capitalisation",
        header: Some(Header::With(&["market_cap", "open", "close"])),
        venue: Some("coinmarketcap"),
        volume_optional: true,
        ..PLAIN
    },
    Definition {
        name: "kaggle",
        about: "Kaggle Bitcoin minutes: seconds as 1325412060.0, filled where nothing was traded",
        header: Some(Header::Exactly(&[
            "Timestamp",
            "Open",
            "High",
            "Low",
            "Close",
            "Volume",
        ])),
        ..PLAIN
    },
    Definition {
        name: "bitstamp",
        about: "Bitstamp minute dump: seconds, filled where nothing was traded",
        header: Some(Header::Exactly(&[
            "timestamp",
            "open",
            "high",
            "low",
            "close",
            "volume",
        ])),
        ..PLAIN
    },
    Definition {
        name: "coinbase",
        about: "Coinbase candles: low and high before open, newest first",
        header: Some(Header::Exactly(&[
            "time", "low", "high", "open", "close", "volume",
        ])),
        headless: Some(Headless {
            width: (6, 6),
            columns: CandleColumns::plain(0, [3, 2, 1, 4], 5),
        }),
        venue: Some("coinbase"),
        ..PLAIN
    },
    Definition {
        name: "binance",
        about: "Binance Vision klines: 12 columns, milliseconds, from 2025 on microseconds",
        headless: Some(BINANCE_COLUMNS),
        venue: Some("binance"),
        instrument: Some("BTC-USDT"),
        ..PLAIN
    },
    Definition {
        name: "kraken",
        about: "Kraken OHLCVT: 7 columns, seconds, no row where nothing was traded",
        headless: Some(Headless {
            width: (7, 7),
            columns: CandleColumns {
                trades: Some(6),
                ..CandleColumns::plain(0, [1, 2, 3, 4], 5)
            },
        }),
        venue: Some("kraken"),
        ..PLAIN
    },
    Definition {
        name: "bitfinex",
        about: "Bitfinex candles: 6 columns, milliseconds, close before high and low",
        headless: Some(Headless {
            width: (6, 6),
            columns: CandleColumns::plain(0, [1, 3, 4, 2], 5),
        }),
        venue: Some("bitfinex"),
        ..PLAIN
    },
    Definition {
        name: "ohlcv",
        about: "candles with a header that names time, open, high, low and close, or these and volume in this order",
        header: Some(Header::With(&[])),
        headless: Some(Headless {
            width: (6, 6),
            columns: CandleColumns::plain(0, [1, 2, 3, 4], 5),
        }),
        ..PLAIN
    },
];

/// The definition of that name.
#[must_use]
pub fn definition(name: &str) -> Option<&'static Definition> {
    FORMATS.iter().find(|format| format.name == name)
}

/// Names of all candle formats, for messages.
#[must_use]
pub fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::columns::candle_columns, *};

    #[test]
    fn headers_of_every_format() {
        for (header, name) in [
            (
                ",time,high,low,open,volumefrom,volumeto,close,conversionType,conversionSymbol",
                "cryptocompare",
            ),
            (
                "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume",
                "gemini",
            ),
            (
                "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount",
                "cryptodatadownload",
            ),
            (
                "Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD",
                "cryptodatadownload",
            ),
            (
                "Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT",
                "cryptodatadownload",
            ),
            (
                "id,unix,date,symbol,open,high,low,close,volto,volfrom",
                "cryptodatadownload",
            ),
            (
                "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price",
                "kaggle-legacy",
            ),
            (
                "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore",
                "binance-futures",
            ),
            ("Date,Open,High,Low,Close,Adj Close,Volume", "yahoo"),
            ("Timestamp,Open,High,Low,Close,Adj Close,Volume", "yahoo"),
            ("Date,Price,Open,High,Low,Vol.,Change %", "investing"),
            (
                "Date,Open,High,Low,Close,Volume,Market Cap",
                "coinmarketcap",
            ),
            ("Timestamp,Open,High,Low,Close,Volume,,", "kaggle"),
            ("timestamp,open,high,low,close,volume", "bitstamp"),
            ("time,low,high,open,close,volume", "coinbase"),
            ("time,open,high,low,close,volume", "ohlcv"),
            (
                "timestamp,open,close,volume,unix_timestamp,high,low",
                "ohlcv",
            ),
        ] {
            let header: Vec<String> = header.split(',').map(str::to_owned).collect();
            assert!(candle_columns(&header).is_some(), "{header:?}");
            let found = FORMATS
                .iter()
                .find(|format| format.header.is_some_and(|known| known.fits(&header)));
            assert_eq!(found.map(|format| format.name), Some(name), "{header:?}");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut all = names();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), FORMATS.len());
    }
}
