//! The venues that are spoken for, and how each trades the common market.

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Binance spot, `BTCUSDT`.
    Binance,
    /// Coinbase Exchange, `BTC-USD`.
    Coinbase,
    /// Kraken spot, `XBTUSD` over REST and `BTC/USD` on the stream.
    Kraken,
    /// Bitstamp, `btcusd`.
    Bitstamp,
    /// Bitfinex, `tBTCUSD`.
    Bitfinex,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Binance,
        Self::Coinbase,
        Self::Kraken,
        Self::Bitstamp,
        Self::Bitfinex,
    ];

    /// Its name in paths, scripts and lists.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::Bitstamp => "bitstamp",
            Self::Bitfinex => "bitfinex",
        }
    }

    /// The protocol of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.as_str() == name)
    }

    /// How it trades.
    pub(super) const fn nature(self) -> Nature {
        match self {
            Self::Binance => Nature {
                price_step: 1,
                size_step: 1_000,
                share: 1.0,
                activity: 1.0,
                quiet: 0.0,
                basis_bps: 0.0,
                noise_bps: 0.0,
                id_step: 1,
            },
            Self::Coinbase => Nature {
                price_step: 1,
                size_step: 1,
                share: 0.35,
                activity: 0.8,
                quiet: 0.03,
                basis_bps: 1.5,
                noise_bps: 0.5,
                id_step: 1,
            },
            Self::Kraken => Nature {
                price_step: 10,
                size_step: 1,
                share: 0.15,
                activity: 0.4,
                quiet: 0.05,
                basis_bps: 2.0,
                noise_bps: 0.7,
                id_step: 1,
            },
            Self::Bitstamp => Nature {
                price_step: 100,
                size_step: 1,
                share: 0.06,
                activity: 0.15,
                quiet: 0.12,
                basis_bps: 2.5,
                noise_bps: 1.0,
                id_step: 3,
            },
            Self::Bitfinex => Nature {
                price_step: 100,
                size_step: 1,
                share: 0.08,
                activity: 0.2,
                quiet: 0.12,
                basis_bps: 3.5,
                noise_bps: 1.0,
                id_step: 4,
            },
        }
    }

    /// Its own part of a seed.
    pub(super) const fn seed(self, seed: u64) -> u64 {
        super::hash::mix(seed, 1_000 + self as i64)
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a venue trades the common market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nature {
    /// Its prices are multiples of this, in hundredths of the quote currency.
    pub(super) price_step: i64,
    /// Its sizes are multiples of this, in units of 10⁻⁸ of the base currency.
    pub(super) size_step: i64,
    /// Its volume as a share of the market's.
    pub(super) share: f64,
    /// Its trades a second as a multiple of the configured rate.
    pub(super) activity: f64,
    /// Share of stretches of eight minutes in which nothing is traded for one to four minutes.
    pub(super) quiet: f64,
    /// How far its price lies from the market's over hours, in basis points.
    pub(super) basis_bps: f64,
    /// How far it swings within minutes, in basis points.
    pub(super) noise_bps: f64,
    /// Its trades are numbered this far apart on average; 1: without a hole.
    pub(super) id_step: i64,
}
