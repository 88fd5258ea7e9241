//! Quotes: what a venue says of its market right now.

use serde::{Deserialize, Serialize};

/// A clean ticker (a row of `silver_quote` without its keys).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// The venue's own time of the figures.
    pub observed_at: i64,
    /// Last traded price.
    pub last: f64,
    /// Best bid, where given.
    pub bid: Option<f64>,
    /// Best ask, where given.
    pub ask: Option<f64>,
    /// Price 24 hours ago.
    pub open_24h: Option<f64>,
    /// Highest price of 24 hours.
    pub high_24h: Option<f64>,
    /// Lowest price of 24 hours.
    pub low_24h: Option<f64>,
    /// Base volume of 24 hours.
    pub volume_24h: Option<f64>,
    /// Quote volume of 24 hours.
    pub quote_volume_24h: Option<f64>,
}

/// A quote as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuoteVm {
    /// `BTC-USDT`
    pub instrument: String,
    /// `binance`
    pub venue: String,
    /// Never real prices.
    pub simulated: bool,
    /// When it reached us.
    pub received_at: i64,
    /// The figures.
    pub quote: Quote,
}
