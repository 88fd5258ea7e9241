//! Order books and the figures taken from them.

use serde::{Deserialize, Serialize};

/// Price and size of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Price in the quote currency.
    pub price: f64,
    /// Size in the base currency.
    pub size: f64,
}

/// A clean order book and its figures (a row of `silver_book` without its keys).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// The venue's time of the book, or the time of receipt where it gives none.
    pub observed_at: i64,
    /// Best bid.
    pub best_bid: f64,
    /// Best ask.
    pub best_ask: f64,
    /// (ask − bid) / mid, in basis points.
    pub spread_bps: f64,
    /// Base size of bids within 10 basis points of the mid.
    pub bid_depth_10bps: f64,
    /// Base size of asks within 10 basis points of the mid.
    pub ask_depth_10bps: f64,
    /// Base size of bids within 50 basis points of the mid.
    pub bid_depth_50bps: f64,
    /// Base size of asks within 50 basis points of the mid.
    pub ask_depth_50bps: f64,
    /// (bids − asks) / (bids + asks) of the depth within 50 basis points, −1 to 1.
    pub imbalance: f64,
    /// Cost above the mid of buying for 100,000 in quote currency, in basis points; null if the book is too thin.
    pub buy_cost_bps: Option<f64>,
    /// Cost below the mid of selling for 100,000 in quote currency, in basis points; null if the book is too thin.
    pub sell_cost_bps: Option<f64>,
    /// Top bids, highest first.
    pub bids: Vec<Level>,
    /// Top asks, lowest first.
    pub asks: Vec<Level>,
}

/// A book as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookVm {
    /// `BTC-USDT`
    pub instrument: String,
    /// `binance`
    pub venue: String,
    /// Never real prices.
    pub simulated: bool,
    /// When it reached us.
    pub received_at: i64,
    /// The levels and figures.
    pub book: Book,
}
