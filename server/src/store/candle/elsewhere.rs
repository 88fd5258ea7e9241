//! How prices moved at other venues.

use super::{Names, SeriesKey};
use crate::store::{StoreError, Tx};

/// Rows, lowest and highest price of each other venue of the instrument in a stretch. Simulated prices are never held
/// against real ones.
pub type Moves = Vec<(i64, f64, f64)>;

/// By the final candles of the same step from `from` to `to`, both of them too.
///
/// # Errors
/// When the database fails.
pub async fn closes_elsewhere(
    tx: &mut Tx,
    key: &SeriesKey,
    (from, to): (i64, i64),
) -> Result<Moves, StoreError> {
    // a cross join keeps the order: each venue is a look into the key
    Ok(sqlx::query_as(
        "select count(distinct c.opened_at), min(c.close), max(c.close) from venue v cross join silver_candle c
         where v.id <> $1 and v.simulated = (select simulated from venue where id = $1)
            and c.instrument_id = $2 and c.venue_id = v.id and c.pipeline in ('live', 'batch') and c.step_ms = $3
            and c.opened_at >= $4 and c.opened_at <= $5 and c.is_final = 1
         group by v.id",
    )
    .bind(key.names.venue_id)
    .bind(key.names.instrument_id)
    .bind(key.step_ms)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?)
}

/// By the last prices of the live quotes from `from` to `to`, both of them too.
///
/// # Errors
/// When the database fails.
pub async fn quotes_elsewhere(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
) -> Result<Moves, StoreError> {
    Ok(sqlx::query_as(
        "select count(*), min(q.last), max(q.last) from venue v cross join silver_quote q
         where v.id <> $1 and v.simulated = (select simulated from venue where id = $1)
            and q.instrument_id = $2 and q.venue_id = v.id and q.pipeline = 'live'
            and q.observed_at >= $3 and q.observed_at <= $4
         group by v.id",
    )
    .bind(names.venue_id)
    .bind(names.instrument_id)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?)
}
