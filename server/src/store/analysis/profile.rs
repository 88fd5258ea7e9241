//! Hour of day × day of week, by 13 weeks.
//!
//! Sums are taken in the order of time, by one statement for a whole series or by one for each of a few cells, so that
//! both give the same bits.

use std::collections::BTreeSet;

use app::model::{HOUR_MS, WEEK_MS};

use crate::store::{Names, StoreError, Tx};

/// 13 weeks, and the first Monday after the epoch.
const QUARTER_MS: i64 = 13 * WEEK_MS;
const FIRST_MONDAY_MS: i64 = 4 * 24 * HOUR_MS;

/// Computes the cells of these hours anew, and of those right after them, whose returns begin there; `None`: all.
///
/// # Errors
/// When the database fails.
pub async fn refresh_profile(
    tx: &mut Tx,
    names: Names,
    hours: Option<&BTreeSet<i64>>,
) -> Result<(), StoreError> {
    let Some(hours) = hours else {
        return refresh_all(tx, names).await;
    };
    let cells: BTreeSet<i64> = hours
        .iter()
        .flat_map(|at| [*at, at + HOUR_MS])
        .map(|at| {
            let since = at - FIRST_MONDAY_MS;
            let quarter = since.div_euclid(QUARTER_MS) * QUARTER_MS;
            FIRST_MONDAY_MS + quarter + (since - quarter).rem_euclid(WEEK_MS)
        })
        .collect();
    for first_at in cells {
        refresh_cell(tx, names, first_at).await?;
    }
    Ok(())
}

async fn refresh_all(tx: &mut Tx, names: Names) -> Result<(), StoreError> {
    sqlx::query("delete from gold_profile where instrument_id = $1 and venue_id = $2")
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .execute(&mut **tx)
        .await?;
    // 7862400000: 13 weeks; the first Monday after the epoch was day 4
    sqlx::query(
        "insert into gold_profile (instrument_id, venue_id, opened_at, weekday, hour, hours, n, sum_return, sum_square,
            sum_abs, volume)
         select $1, $2, (opened_at - 345600000) / 7862400000 * 7862400000 + 345600000,
            (opened_at / 86400000 + 3) % 7, (opened_at / 3600000) % 24, count(*), count(r),
            coalesce(sum(r), 0.0), coalesce(sum(r * r), 0.0), coalesce(sum(abs(r)), 0.0), coalesce(sum(volume), 0.0)
         from (
            select opened_at, volume, case when opened_at - before_at = 3600000 then return_1 end as r
            from (
                select opened_at, volume, return_1, lag(opened_at) over (order by opened_at) as before_at
                from gold_candle
                where instrument_id = $1 and venue_id = $2 and step_ms = 3600000
            ) hours
         ) returns
         group by (opened_at - 345600000) / 7862400000, (opened_at / 86400000 + 3) % 7, (opened_at / 3600000) % 24",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One hour of the week in the 13 weeks that its first one, `first_at`, is in: the hours are looked up one by one.
async fn refresh_cell(tx: &mut Tx, names: Names, first_at: i64) -> Result<(), StoreError> {
    let since = first_at - FIRST_MONDAY_MS;
    let quarter_at = FIRST_MONDAY_MS + since.div_euclid(QUARTER_MS) * QUARTER_MS;
    let weekday = (first_at - quarter_at) / (24 * HOUR_MS);
    let hour = (first_at / HOUR_MS).rem_euclid(24);
    sqlx::query(
        "delete from gold_profile
         where instrument_id = $1 and venue_id = $2 and opened_at = $3 and weekday = $4 and hour = $5",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(quarter_at)
    .bind(weekday)
    .bind(hour)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "with recursive week(at) as (
            select $6 union all select at + 604800000 from week where at + 604800000 < $3 + 7862400000
         )
         insert into gold_profile (instrument_id, venue_id, opened_at, weekday, hour, hours, n, sum_return, sum_square,
            sum_abs, volume)
         select $1, $2, $3, $4, $5, count(*), count(r), coalesce(sum(r), 0.0), coalesce(sum(r * r), 0.0),
            coalesce(sum(abs(r)), 0.0), coalesce(sum(volume), 0.0)
         from (
            select c.volume as volume, case when b.opened_at is not null then c.return_1 end as r
            from week w
            join gold_candle c on c.instrument_id = $1 and c.venue_id = $2 and c.step_ms = 3600000 and c.opened_at = w.at
            left join gold_candle b on b.instrument_id = $1 and b.venue_id = $2 and b.step_ms = 3600000
                and b.opened_at = w.at - 3600000
         ) returns
         having count(*) > 0",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(quarter_at)
    .bind(weekday)
    .bind(hour)
    .bind(first_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
