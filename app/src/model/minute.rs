//! What Assay computes of a venue's trades and books in a minute.

use serde::{Deserialize, Serialize};

/// A minute of a venue (a row of `gold_minute` without its keys).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    /// Its begin.
    pub minute_at: i64,
    /// Prices of its trades; `None` without any.
    pub prices: Option<MinutePrices>,
    /// Σ size, base currency.
    pub volume: f64,
    /// Σ price × size, quote currency.
    pub quote_volume: f64,
    /// Number of trades.
    pub trades: i64,
    /// Σ size of trades whose taker bought, base currency.
    pub buy_volume: f64,
    /// Σ size of trades whose taker sold, base currency.
    pub sell_volume: f64,
    /// Books seen in it, about one a second.
    pub books: i64,
    /// Means over the books; `None` without any.
    pub book: Option<MinuteBook>,
    /// Trades that came too late to count.
    pub late: i64,
    /// False while trades may still correct it.
    pub is_final: bool,
}

/// Prices of the trades of a minute, in the quote currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MinutePrices {
    /// Of the first trade, by the venue's time and number.
    pub open: f64,
    /// Highest.
    pub high: f64,
    /// Lowest.
    pub low: f64,
    /// Of the last trade.
    pub close: f64,
    /// Σ price × size / Σ size.
    pub vwap: f64,
    /// √ Σ (ln pᵢ/pᵢ₋₁)², from the open over the last price of each second with trades (realised volatility of
    /// Andersen and Bollerslev 1998).
    pub realised_volatility: f64,
}

/// Means over the books of a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MinuteBook {
    /// (ask − bid) / mid, basis points.
    pub spread_bps: f64,
    /// (bids − asks) / (bids + asks) of the depth within 50 basis points.
    pub imbalance: f64,
    /// Base size of bids within 10 basis points.
    pub bid_depth_10bps: f64,
    /// Base size of asks within 10 basis points.
    pub ask_depth_10bps: f64,
    /// Base size of bids within 50 basis points.
    pub bid_depth_50bps: f64,
    /// Base size of asks within 50 basis points.
    pub ask_depth_50bps: f64,
    /// Cost of buying for 100,000 in quote currency, basis points; `None` if every book was too thin.
    pub buy_cost_bps: Option<f64>,
    /// Cost of selling for 100,000 in quote currency, basis points; `None` if every book was too thin.
    pub sell_cost_bps: Option<f64>,
}
