//! Order books.

use app::model::{Book, BookVm, Level};

use super::{SeriesKey, Window};
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct BookRow {
    instrument: String,
    venue: String,
    simulated: i64,
    observed_at: i64,
    received_at: i64,
    best_bid: f64,
    best_ask: f64,
    spread_bps: f64,
    bid_depth_10bps: f64,
    ask_depth_10bps: f64,
    bid_depth_50bps: f64,
    ask_depth_50bps: f64,
    imbalance: f64,
    buy_cost_bps: Option<f64>,
    sell_cost_bps: Option<f64>,
    levels: Vec<u8>,
}

#[derive(serde::Deserialize)]
struct Levels {
    bids: Vec<(f64, f64)>,
    asks: Vec<(f64, f64)>,
}

pub(super) const NEWEST: &str = "
select i.symbol as instrument, v.name as venue, cast(v.simulated as bigint) as simulated, b.observed_at,
    b.received_at, b.best_bid, b.best_ask, b.spread_bps, b.bid_depth_10bps, b.ask_depth_10bps, b.bid_depth_50bps,
    b.ask_depth_50bps, b.imbalance, b.buy_cost_bps, b.sell_cost_bps, b.levels
from instrument i cross join venue v cross join silver_book b
where b.instrument_id = i.id and b.venue_id = v.id and b.pipeline = 'live' and b.observed_at = (
    select max(m.observed_at) from silver_book m
    where m.instrument_id = i.id and m.venue_id = v.id and m.pipeline = 'live'
)
order by b.received_at desc";

pub(super) const WINDOW: &str = "
select i.symbol as instrument, v.name as venue, cast(v.simulated as bigint) as simulated, b.observed_at,
    b.received_at, b.best_bid, b.best_ask, b.spread_bps, b.bid_depth_10bps, b.ask_depth_10bps, b.bid_depth_50bps,
    b.ask_depth_50bps, b.imbalance, b.buy_cost_bps, b.sell_cost_bps, b.levels
from silver_book b
join instrument i on i.id = b.instrument_id
join venue v on v.id = b.venue_id
where b.instrument_id = $1 and b.venue_id = $2 and b.pipeline = 'live' and b.observed_at >= $3 and b.observed_at < $4
order by b.observed_at desc
limit $5";

impl Store {
    /// The newest live book of every instrument and venue, the one received last first.
    ///
    /// # Errors
    /// When the database does not answer or a book's levels cannot be read.
    pub async fn newest_books(&self) -> Result<Vec<BookVm>, StoreError> {
        let rows: Vec<BookRow> = sqlx::query_as(NEWEST).fetch_all(&self.read).await?;
        rows.into_iter().map(BookRow::into_vm).collect()
    }

    /// The newest live books of a window, oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a book's levels cannot be read.
    pub async fn books(&self, key: SeriesKey, window: Window) -> Result<Vec<BookVm>, StoreError> {
        let rows: Vec<BookRow> = sqlx::query_as(WINDOW)
            .bind(key.instrument_id)
            .bind(key.venue_id)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().rev().map(BookRow::into_vm).collect()
    }
}

fn levels(pairs: Vec<(f64, f64)>) -> Vec<Level> {
    pairs
        .into_iter()
        .map(|(price, size)| Level { price, size })
        .collect()
}

impl BookRow {
    fn into_vm(self) -> Result<BookVm, StoreError> {
        let Levels { bids, asks } = serde_json::from_slice(&self.levels)?;
        Ok(BookVm {
            instrument: self.instrument,
            venue: self.venue,
            simulated: self.simulated != 0,
            received_at: self.received_at,
            book: Book {
                observed_at: self.observed_at,
                best_bid: self.best_bid,
                best_ask: self.best_ask,
                spread_bps: self.spread_bps,
                bid_depth_10bps: self.bid_depth_10bps,
                ask_depth_10bps: self.ask_depth_10bps,
                bid_depth_50bps: self.bid_depth_50bps,
                ask_depth_50bps: self.ask_depth_50bps,
                imbalance: self.imbalance,
                buy_cost_bps: self.buy_cost_bps,
                sell_cost_bps: self.sell_cost_bps,
                bids: levels(bids),
                asks: levels(asks),
            },
        })
    }
}
