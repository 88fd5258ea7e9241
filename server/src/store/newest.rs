//! The newest live rows of one source, for a look back on them.

use app::model::{Book, Quote, Side, Trade};

use super::{Names, Store, StoreError};

/// A row and when it was received, in milliseconds.
pub type Received<T> = (T, i64);

impl Store {
    /// Trades from `from` on, oldest first; of more than `limit` the newest.
    ///
    /// # Errors
    /// When the database fails or a side is unknown.
    pub async fn last_trades(
        &self,
        names: Names,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Received<Trade>>, StoreError> {
        let rows: Vec<(i64, i64, i64, f64, f64, String)> = sqlx::query_as(
            "select trade_id, traded_at, received_at, price, size, side from silver_trade
             where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and traded_at >= $3
             order by traded_at desc, trade_id desc limit $4",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(from)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let rows = rows.into_iter().rev();
        rows.map(|(trade_id, traded_at, received_at, price, size, side)| {
            let side =
                Side::parse(&side).ok_or_else(|| StoreError::Value(format!("side {side:?}")))?;
            let trade = Trade {
                trade_id,
                traded_at,
                price,
                size,
                side,
            };
            Ok((trade, received_at))
        })
        .collect()
    }

    /// Quotes from `from` on, oldest first; of more than `limit` the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_quotes(
        &self,
        names: Names,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Received<Quote>>, StoreError> {
        type Figure = Option<f64>;
        type Columns = (
            i64,
            i64,
            f64,
            Figure,
            Figure,
            Figure,
            Figure,
            Figure,
            Figure,
            Figure,
        );
        let rows: Vec<Columns> = sqlx::query_as(
            "select observed_at, received_at, last, bid, ask, open_24h, high_24h, low_24h, volume_24h, quote_volume_24h
             from silver_quote where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and observed_at >= $3
             order by observed_at desc limit $4",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(from)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let quote = |row: Columns| {
            let quote = Quote {
                observed_at: row.0,
                last: row.2,
                bid: row.3,
                ask: row.4,
                open_24h: row.5,
                high_24h: row.6,
                low_24h: row.7,
                volume_24h: row.8,
                quote_volume_24h: row.9,
            };
            (quote, row.1)
        };
        Ok(rows.into_iter().rev().map(quote).collect())
    }

    /// The figures of books from `from` on, without their levels, oldest first; of more than `limit` the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_books(
        &self,
        names: Names,
        from: i64,
        limit: i64,
    ) -> Result<Vec<Received<Book>>, StoreError> {
        type Columns = (
            i64,
            i64,
            f64,
            f64,
            f64,
            f64,
            f64,
            f64,
            f64,
            f64,
            Option<f64>,
            Option<f64>,
        );
        let rows: Vec<Columns> = sqlx::query_as(
            "select observed_at, received_at, best_bid, best_ask, spread_bps, bid_depth_10bps, ask_depth_10bps,
                bid_depth_50bps, ask_depth_50bps, imbalance, buy_cost_bps, sell_cost_bps
             from silver_book where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and observed_at >= $3
             order by observed_at desc limit $4",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(from)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let book = |row: Columns| {
            let book = Book {
                observed_at: row.0,
                best_bid: row.2,
                best_ask: row.3,
                spread_bps: row.4,
                bid_depth_10bps: row.5,
                ask_depth_10bps: row.6,
                bid_depth_50bps: row.7,
                ask_depth_50bps: row.8,
                imbalance: row.9,
                buy_cost_bps: row.10,
                sell_cost_bps: row.11,
                bids: Vec::new(),
                asks: Vec::new(),
            };
            (book, row.1)
        };
        Ok(rows.into_iter().rev().map(book).collect())
    }
}
