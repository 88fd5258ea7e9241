//! Older versions of candles that a later landing restated, and taking a landing out again.

use app::model::Held;

use super::SeriesKey;
use crate::store::{StoreError, Tx};

/// Keeps the old version of final candles that `landing_id` restates.
///
/// # Errors
/// When the database fails.
pub async fn keep_restated(
    tx: &mut Tx,
    key: &SeriesKey,
    landing_id: i64,
    old: &[Held],
) -> Result<(), StoreError> {
    for held in old.iter().filter(|held| held.candle.is_final) {
        sqlx::query(
            "insert into silver_candle_restated (instrument_id, venue_id, pipeline, step_ms, opened_at, landing_id,
                superseded_by, open, high, low, close, volume, quote_volume, trades, is_final, flags)
             select instrument_id, venue_id, pipeline, step_ms, opened_at, landing_id, $6, open, high, low, close, volume,
                quote_volume, trades, is_final, flags
             from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4
                and opened_at = $5
             on conflict (instrument_id, venue_id, pipeline, step_ms, opened_at, landing_id) do update set
                superseded_by = excluded.superseded_by",
        )
        .bind(key.names.instrument_id)
        .bind(key.names.venue_id)
        .bind(key.pipeline.as_str())
        .bind(key.step_ms)
        .bind(held.candle.opened_at)
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Puts back the versions that `landing_id` had restated at these times, and forgets them as older versions. Gives
/// their number.
///
/// # Errors
/// When the database fails.
pub async fn restore_restated(
    tx: &mut Tx,
    key: &SeriesKey,
    landing_id: i64,
    times: &[i64],
) -> Result<i64, StoreError> {
    let mut restored = 0;
    for at in times {
        let done = sqlx::query(
            "insert into silver_candle (instrument_id, venue_id, pipeline, step_ms, opened_at, open, high, low, close,
                volume, quote_volume, trades, is_final, flags, landing_id)
             select instrument_id, venue_id, pipeline, step_ms, opened_at, open, high, low, close, volume, quote_volume,
                trades, is_final, flags, landing_id
             from silver_candle_restated
             where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4 and opened_at = $5
                and superseded_by = $6
             on conflict (instrument_id, venue_id, pipeline, step_ms, opened_at) do nothing",
        )
        .bind(key.names.instrument_id)
        .bind(key.names.venue_id)
        .bind(key.pipeline.as_str())
        .bind(key.step_ms)
        .bind(at)
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
        restored += done.rows_affected() as i64;
        if done.rows_affected() > 0 {
            sqlx::query(
                "delete from silver_candle_restated where instrument_id = $1 and venue_id = $2 and pipeline = $3
                 and step_ms = $4 and opened_at = $5 and superseded_by = $6",
            )
            .bind(key.names.instrument_id)
            .bind(key.names.venue_id)
            .bind(key.pipeline.as_str())
            .bind(key.step_ms)
            .bind(at)
            .bind(landing_id)
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(restored)
}

/// Takes the candles of a landing out of silver and puts back the versions it had restated. Gives the range of time
/// that changed and the rows that silver lost, or `None` if there were none.
///
/// # Errors
/// When the database fails.
pub async fn take_out(
    tx: &mut Tx,
    key: &SeriesKey,
    landing_id: i64,
) -> Result<Option<(i64, i64, i64)>, StoreError> {
    let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
        "select min(opened_at), max(opened_at) from silver_candle where instrument_id = $1 and venue_id = $2
         and pipeline = $3 and step_ms = $4 and landing_id = $5",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.pipeline.as_str())
    .bind(key.step_ms)
    .bind(landing_id)
    .fetch_one(&mut **tx)
    .await?;
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(None);
    };
    let removed = sqlx::query(
        "delete from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4
         and opened_at between $5 and $6 and landing_id = $7",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.pipeline.as_str())
    .bind(key.step_ms)
    .bind(first)
    .bind(last)
    .bind(landing_id)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    let restored = sqlx::query(
        "insert into silver_candle (instrument_id, venue_id, pipeline, step_ms, opened_at, open, high, low, close, volume,
            quote_volume, trades, is_final, flags, landing_id)
         select instrument_id, venue_id, pipeline, step_ms, opened_at, open, high, low, close, volume, quote_volume, trades,
            is_final, flags, landing_id from silver_candle_restated where superseded_by = $1
         on conflict (instrument_id, venue_id, pipeline, step_ms, opened_at) do nothing",
    )
    .bind(landing_id)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    sqlx::query("delete from silver_candle_restated where superseded_by = $1")
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    Ok(Some((first, last, removed as i64 - restored as i64)))
}
