//! Trades.

use app::model::{Side, Trade};
use serde::Serialize;

use super::{SeriesKey, Window, word};
use crate::store::{Store, StoreError};

/// A trade as the API tells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TradeRow {
    /// What was traded.
    #[serde(flatten)]
    pub trade: Trade,
    /// When it reached us.
    pub received_at: i64,
    /// It came after its minute was final and is not in that minute's prices.
    pub late: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    trade_id: i64,
    traded_at: i64,
    price: f64,
    size: f64,
    side: String,
    received_at: i64,
    late: i64,
}

pub(super) const WINDOW: &str = "
select t.trade_id, t.traded_at, t.price, t.size, t.side, t.received_at, t.late
from silver_trade t
where t.instrument_id = $1 and t.venue_id = $2 and t.pipeline = 'live' and t.traded_at >= $3 and t.traded_at < $4
order by t.traded_at desc, t.trade_id desc
limit $5";

impl Store {
    /// The newest live trades of a window, oldest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn trades(
        &self,
        key: SeriesKey,
        window: Window,
    ) -> Result<Vec<TradeRow>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(WINDOW)
            .bind(key.instrument_id)
            .bind(key.venue_id)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().rev().map(Row::into_row).collect()
    }
}

impl Row {
    fn into_row(self) -> Result<TradeRow, StoreError> {
        Ok(TradeRow {
            trade: Trade {
                trade_id: self.trade_id,
                traded_at: self.traded_at,
                price: self.price,
                size: self.size,
                side: word(Side::parse(&self.side), "side", &self.side)?,
            },
            received_at: self.received_at,
            late: self.late != 0,
        })
    }
}
