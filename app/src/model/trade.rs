//! Trades.

use serde::{Deserialize, Serialize};

super::landing::words! {
    /// Who crossed the spread.
    Side {
        /// The taker bought.
        Buy = "buy",
        /// The taker sold.
        Sell = "sell",
    }
}

/// A clean trade (a row of `silver_trade` without its keys).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// The venue's number of it: the same trade always has the same.
    pub trade_id: i64,
    /// The venue's time, in milliseconds.
    pub traded_at: i64,
    /// Price in the quote currency.
    pub price: f64,
    /// Size in the base currency.
    pub size: f64,
    /// Side of the taker.
    pub side: Side,
}

/// Newest trades of a venue as the page shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TapeVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// Never real prices.
    pub simulated: bool,
    /// Newest last.
    pub trades: Vec<Trade>,
}
