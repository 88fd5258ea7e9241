//! What Assay computes of a venue's trades and books by the minute.

use serde::Serialize;

use super::{SeriesKey, Window};
use crate::store::{Store, StoreError};

/// A row of `gold_minute` without its keys.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct MinuteRow {
    /// First millisecond of the minute.
    pub minute_at: i64,
    /// Price of the first trade; null without any.
    pub open: Option<f64>,
    /// Highest price.
    pub high: Option<f64>,
    /// Lowest price.
    pub low: Option<f64>,
    /// Price of the last trade.
    pub close: Option<f64>,
    /// Quote volume / volume.
    pub vwap: Option<f64>,
    /// Σ size of the trades, base currency.
    pub volume: f64,
    /// Σ price × size of the trades.
    pub quote_volume: f64,
    /// Number of trades.
    pub trades: i64,
    /// Σ size of the trades whose taker bought.
    pub buy_volume: f64,
    /// Σ size of the trades whose taker sold.
    pub sell_volume: f64,
    /// Square root of the sum of squared log returns from second to second.
    pub realised_volatility: Option<f64>,
    /// Books that the figures below are means of.
    pub books: i64,
    /// (ask − bid) / mid, in basis points.
    pub spread_bps: Option<f64>,
    /// (bids − asks) / (bids + asks) within 50 basis points.
    pub imbalance: Option<f64>,
    /// Base size of bids within 10 basis points.
    pub bid_depth_10bps: Option<f64>,
    /// Base size of asks within 10 basis points.
    pub ask_depth_10bps: Option<f64>,
    /// Base size of bids within 50 basis points.
    pub bid_depth_50bps: Option<f64>,
    /// Base size of asks within 50 basis points.
    pub ask_depth_50bps: Option<f64>,
    /// Cost of buying for 100,000 in quote currency, in basis points.
    pub buy_cost_bps: Option<f64>,
    /// Cost of selling for 100,000 in quote currency, in basis points.
    pub sell_cost_bps: Option<f64>,
    /// Trades that came too late to count.
    pub late: i64,
    /// Nothing more is expected to change it.
    pub is_final: bool,
}

pub(super) const WINDOW: &str = "
select m.minute_at, m.open, m.high, m.low, m.close, m.vwap, m.volume, m.quote_volume, m.trades, m.buy_volume,
    m.sell_volume, m.realised_volatility, m.books, m.spread_bps, m.imbalance, m.bid_depth_10bps, m.ask_depth_10bps,
    m.bid_depth_50bps, m.ask_depth_50bps, m.buy_cost_bps, m.sell_cost_bps, m.late, m.is_final <> 0 as is_final
from gold_minute m
where m.instrument_id = $1 and m.venue_id = $2 and m.minute_at >= $3 and m.minute_at < $4
order by m.minute_at desc
limit $5";

impl Store {
    /// The newest minutes of a window, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn minutes(
        &self,
        key: SeriesKey,
        window: Window,
    ) -> Result<Vec<MinuteRow>, StoreError> {
        let mut rows: Vec<MinuteRow> = sqlx::query_as(WINDOW)
            .bind(key.instrument_id)
            .bind(key.venue_id)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        rows.reverse();
        Ok(rows)
    }
}
