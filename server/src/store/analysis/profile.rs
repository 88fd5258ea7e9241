//! Hour of day × day of week.
//!
//! Sums are taken in the order of time, by one statement for all hours of the week or by one for each of a few, so that
//! both give the same bits.

use app::model::{HOUR_MS, WEEK_MS, bucket_start};

use crate::store::{Names, StoreError, Tx};

/// Hours of a week: more than so many changed ones are quicker done all at once.
const FEW_HOURS: i64 = 12;

/// Computes the profile anew, for the hours that begin from `from` to before `to` and the one after them, whose return
/// begins in the last; `None`: for all.
///
/// # Errors
/// When the database fails.
pub async fn refresh_profile(
    tx: &mut Tx,
    names: Names,
    changed: Option<(i64, i64)>,
) -> Result<(), StoreError> {
    if let Some((from, to)) = changed {
        let first = bucket_start(from, HOUR_MS);
        let end = bucket_start(to - 1, HOUR_MS) + 2 * HOUR_MS;
        if (end - first) / HOUR_MS <= FEW_HOURS {
            let mut at = first;
            while at < end {
                one_hour(tx, names, at).await?;
                at += HOUR_MS;
            }
            return Ok(());
        }
    }
    sqlx::query("delete from gold_profile where instrument_id = $1 and venue_id = $2")
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .execute(&mut **tx)
        .await?;
    // the epoch was a Thursday, day 3 of its week
    sqlx::query(
        "insert into gold_profile (instrument_id, venue_id, weekday, hour, hours, n, sum_return, sum_square, sum_abs, volume)
         select $1, $2, (opened_at / 86400000 + 3) % 7, (opened_at / 3600000) % 24, count(*), count(r),
            coalesce(sum(r), 0.0), coalesce(sum(r * r), 0.0), coalesce(sum(abs(r)), 0.0), coalesce(sum(volume), 0.0)
         from (
            select opened_at, volume, case when opened_at - before_at = 3600000 then return_1 end as r
            from (
                select opened_at, volume, return_1, lag(opened_at) over (order by opened_at) as before_at
                from gold_candle
                where instrument_id = $1 and venue_id = $2 and step_ms = 3600000
            ) hours
         ) returns
         group by (opened_at / 86400000 + 3) % 7, (opened_at / 3600000) % 24",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The cell of one hour of the week: its hours are looked up one by one.
async fn one_hour(tx: &mut Tx, names: Names, at: i64) -> Result<(), StoreError> {
    let weekday = (at / (24 * HOUR_MS) + 3).rem_euclid(7);
    let hour = (at / HOUR_MS).rem_euclid(24);
    sqlx::query(
        "delete from gold_profile where instrument_id = $1 and venue_id = $2 and weekday = $3 and hour = $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(weekday)
    .bind(hour)
    .execute(&mut **tx)
    .await?;
    let ends: (Option<i64>,) = sqlx::query_as(
        "select min(opened_at) from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = 3600000",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .fetch_one(&mut **tx)
    .await?;
    let newest: (Option<i64>,) = sqlx::query_as(
        "select max(opened_at) from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = 3600000",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .fetch_one(&mut **tx)
    .await?;
    let (Some(oldest), Some(newest)) = (ends.0, newest.0) else {
        return Ok(());
    };
    let first = oldest + (at - oldest).rem_euclid(WEEK_MS);
    sqlx::query(
        "with recursive week(at) as (
            select $5 union all select at + 604800000 from week where at + 604800000 <= $6
         )
         insert into gold_profile (instrument_id, venue_id, weekday, hour, hours, n, sum_return, sum_square, sum_abs, volume)
         select $1, $2, $3, $4, count(*), count(r), coalesce(sum(r), 0.0), coalesce(sum(r * r), 0.0),
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
    .bind(weekday)
    .bind(hour)
    .bind(first)
    .bind(newest)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
