//! Row counts per layer and per series, kept in the transactions that change rows, so that no page has to count.

use app::model::Pipeline;

use super::{SeriesKey, StoreError, Tx};

/// A change of a table's counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change {
    /// Rows added, less rows removed.
    pub rows: i64,
    /// Rejects added, less rejects removed.
    pub rejects: i64,
    /// Newest data time in the change.
    pub newest_at: Option<i64>,
}

/// Adds a change to the counts of a table.
///
/// # Errors
/// When the database fails.
pub async fn count(
    tx: &mut Tx,
    layer: &str,
    name: &str,
    change: Change,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into layer_count (layer, name, rows, rejects, newest_at, written_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (layer, name) do update set rows = layer_count.rows + excluded.rows,
            rejects = layer_count.rejects + excluded.rejects,
            newest_at = case when layer_count.newest_at is null or excluded.newest_at > layer_count.newest_at
                then coalesce(excluded.newest_at, layer_count.newest_at) else layer_count.newest_at end,
            written_at = excluded.written_at",
    )
    .bind(layer)
    .bind(name)
    .bind(change.rows)
    .bind(change.rejects)
    .bind(change.newest_at)
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds rows of one series; every call raises its version.
///
/// # Errors
/// When the database fails.
pub async fn count_series(
    tx: &mut Tx,
    key: &SeriesKey,
    rows: i64,
    first_at: i64,
    last_at: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into series (instrument_id, venue_id, step_ms, rows, first_at, last_at, version)
         values ($1, $2, $3, $4, $5, $6, 1)
         on conflict (instrument_id, venue_id, step_ms) do update set rows = series.rows + excluded.rows,
            first_at = case when excluded.first_at < series.first_at then excluded.first_at else series.first_at end,
            last_at = case when excluded.last_at > series.last_at then excluded.last_at else series.last_at end,
            version = series.version + 1",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.step_ms)
    .bind(rows)
    .bind(first_at)
    .bind(last_at)
    .execute(&mut **tx)
    .await?;
    super::touched::touch(tx, key, first_at, last_at).await
}

/// Draws the ends of a series in after rows were removed; an empty one keeps its last ends.
///
/// # Errors
/// When the database fails.
pub async fn fit_series(tx: &mut Tx, key: &SeriesKey) -> Result<(), StoreError> {
    let mut ends: Option<(i64, i64)> = None;
    for pipeline in [Pipeline::Batch, Pipeline::Live] {
        let of_pipeline = SeriesKey { pipeline, ..*key };
        if let Some((first, last)) = super::candle::ends(tx, &of_pipeline).await? {
            ends = Some(ends.map_or((first, last), |(a, b): (i64, i64)| {
                (a.min(first), b.max(last))
            }));
        }
    }
    let Some((first, last)) = ends else {
        return Ok(());
    };
    sqlx::query(
        "update series set first_at = $4, last_at = $5 where instrument_id = $1 and venue_id = $2 and step_ms = $3",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.step_ms)
    .bind(first)
    .bind(last)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Data version of a series over all its steps.
///
/// # Errors
/// When the database fails.
pub async fn series_version(tx: &mut Tx, key: &SeriesKey) -> Result<i64, StoreError> {
    let (version,): (i64,) = sqlx::query_as(
        "select cast(coalesce(sum(version), 0) as bigint) from series where instrument_id = $1 and venue_id = $2",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .fetch_one(&mut **tx)
    .await?;
    Ok(version)
}

/// Steps of silver candles that the series has, finest first.
///
/// # Errors
/// When the database fails.
pub async fn silver_steps(tx: &mut Tx, key: &SeriesKey) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<(i64,)> =
        sqlx::query_as("select step_ms from series where instrument_id = $1 and venue_id = $2 and rows > 0 order by step_ms")
            .bind(key.names.instrument_id)
            .bind(key.names.venue_id)
            .fetch_all(&mut **tx)
            .await?;
    Ok(rows.into_iter().map(|(step_ms,)| step_ms).collect())
}

/// Counts a series and the layers it is in anew. The rows of a load and their counts are written one after the other:
/// a crash between the two leaves them apart.
///
/// # Errors
/// When the database fails.
pub async fn recount(tx: &mut Tx, key: &SeriesKey) -> Result<(), StoreError> {
    for text in [
        "insert into layer_count (layer, name, rows, rejects) select 'silver', 'candle', count(*), 0 from silver_candle
         where true on conflict (layer, name) do update set rows = excluded.rows",
        "insert into layer_count (layer, name, rows, rejects) select 'gold', 'candle', count(*), 0 from gold_candle
         where true on conflict (layer, name) do update set rows = excluded.rows",
    ] {
        sqlx::query(text).execute(&mut **tx).await?;
    }
    sqlx::query(
        "insert into series (instrument_id, venue_id, step_ms, rows, first_at, last_at, version)
         select $1, $2, $3, count(*), coalesce(min(opened_at), 0), coalesce(max(opened_at), 0), 1 from silver_candle
            where instrument_id = $1 and venue_id = $2 and pipeline in ('batch', 'live') and step_ms = $3 having count(*) > 0
         on conflict (instrument_id, venue_id, step_ms) do update set rows = excluded.rows, first_at = excluded.first_at,
            last_at = excluded.last_at, version = series.version + 1",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.step_ms)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "update series set rows = 0, version = version + 1 where instrument_id = $1 and venue_id = $2 and step_ms = $3
            and not exists (select 1 from silver_candle s where s.instrument_id = $1 and s.venue_id = $2
                and s.pipeline in ('batch', 'live') and s.step_ms = $3)",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.step_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
