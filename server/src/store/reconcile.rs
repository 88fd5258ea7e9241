//! Live against batch: what is compared, and what came of it.

use std::sync::LazyLock;

use app::model::{
    Cover, DAY_MS, DifferenceVm, MINUTE_MS, MinuteSide, Pipeline, ReconcileDayVm, bucket_start,
};

use super::{
    Names, StoreError, Tx,
    bulk::{Insert, values},
    view::{DayRow, DifferenceRow},
};

/// Rows of one statement.
const ROWS: usize = 100;
/// Differences of one stretch that are kept; more than a day has minutes, so that whole days are.
const MOST: usize = 20_000;

fn side((opened_at, close, volume): (i64, f64, f64)) -> MinuteSide {
    MinuteSide {
        opened_at,
        close,
        volume,
    }
}

/// Final minutes of one pipeline from `from` to before `to`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn sides(
    tx: &mut Tx,
    names: Names,
    pipeline: Pipeline,
    (from, to): (i64, i64),
) -> Result<Vec<MinuteSide>, StoreError> {
    let rows: Vec<(i64, f64, f64)> = sqlx::query_as(
        "select opened_at, close, volume from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3
            and step_ms = $4 and opened_at >= $5 and opened_at < $6 and is_final = 1 order by opened_at",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(pipeline.as_str())
    .bind(MINUTE_MS)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(side).collect())
}

/// What the live pipeline covers: from its first to its last minute, but for the time in which it did not run.
///
/// # Errors
/// When the database fails.
pub async fn live_cover(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
) -> Result<Cover, StoreError> {
    let key = super::SeriesKey {
        names,
        pipeline: Pipeline::Live,
        step_ms: MINUTE_MS,
    };
    let there = super::candle::ends(tx, &key)
        .await?
        .map(|(first, last)| (first, last + MINUTE_MS));
    let away = sqlx::query_as(
        "select from_at, coalesce(to_at, $4) from gap where instrument_id = $1 and venue_id = $2
            and dataset in ('candle', 'trade') and cause = 'not_running' and from_at < $4
            and (to_at is null or to_at > $3)",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?;
    Ok(Cover {
        there: there.into_iter().collect(),
        away,
    })
}

/// What the batch pipeline covers: from the first to the last minute of each of its landings.
///
/// # Errors
/// When the database fails.
pub async fn batch_cover(
    tx: &mut Tx,
    names: Names,
    (instrument, venue): (&str, &str),
    (from, to): (i64, i64),
) -> Result<Cover, StoreError> {
    // a landing of another step has none of its rows among the minutes
    let there = sqlx::query_as(
        "select l.first_at, l.last_at + $6 from bronze_landing l
         where l.pipeline = 'batch' and l.dataset = 'candle' and l.instrument = $1 and l.venue = $2 and l.first_at < $4
            and l.last_at >= $3 and exists (
                select 1 from silver_candle c where c.instrument_id = $5 and c.venue_id = $7 and c.pipeline = 'batch'
                    and c.step_ms = $6 and c.opened_at in (l.first_at, l.last_at) and c.landing_id = l.id)",
    )
    .bind(instrument)
    .bind(venue)
    .bind(from)
    .bind(to)
    .bind(names.instrument_id)
    .bind(MINUTE_MS)
    .bind(names.venue_id)
    .fetch_all(&mut **tx)
    .await?;
    Ok(Cover {
        there,
        away: Vec::new(),
    })
}

/// Final minutes that were changed later, `(before, now)`, of either pipeline.
///
/// # Errors
/// When the database fails.
pub async fn restated_sides(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
) -> Result<Vec<(MinuteSide, MinuteSide)>, StoreError> {
    let mut all = Vec::new();
    for pipeline in [Pipeline::Batch, Pipeline::Live] {
        let rows: Vec<(i64, f64, f64, f64, f64)> = sqlx::query_as(
            "select r.opened_at, r.close, r.volume, c.close, c.volume
             from silver_candle_restated r join silver_candle c on c.instrument_id = r.instrument_id
                and c.venue_id = r.venue_id and c.pipeline = r.pipeline and c.step_ms = r.step_ms
                and c.opened_at = r.opened_at
             where r.instrument_id = $1 and r.venue_id = $2 and r.pipeline = $3 and r.step_ms = $4 and r.opened_at >= $5
                and r.opened_at < $6 and r.is_final = 1
             order by r.opened_at, r.landing_id desc",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(pipeline.as_str())
        .bind(MINUTE_MS)
        .bind(from)
        .bind(to)
        .fetch_all(&mut **tx)
        .await?;
        all.extend(
            rows.into_iter()
                .map(|(at, old_close, old_volume, close, volume)| {
                    (side((at, old_close, old_volume)), side((at, close, volume)))
                }),
        );
    }
    // of several versions the last one before now
    all.sort_by_key(|(before, _)| before.opened_at);
    all.dedup_by_key(|(before, _)| before.opened_at);
    Ok(all)
}

fn days_text(rows: usize) -> String {
    let mut columns = vec!["$1", "$2"];
    columns.resize(10, "?");
    format!(
        "insert into reconcile_day (instrument_id, venue_id, day_at, compared, matched, price, volume, missing_live,
            missing_batch, restated) values {}",
        values(rows, &columns)
    )
}

fn minutes_text(rows: usize) -> String {
    let mut columns = vec!["$1", "$2"];
    columns.resize(10, "?");
    format!(
        "insert into reconcile_minute (instrument_id, venue_id, opened_at, kind, live_close, live_volume, batch_close,
            batch_volume, price_bps, volume_share) values {}",
        values(rows, &columns)
    )
}

static DAYS: LazyLock<Insert> = LazyLock::new(|| Insert::new(ROWS, days_text));
static MINUTES: LazyLock<Insert> = LazyLock::new(|| Insert::new(ROWS, minutes_text));

/// Replaces what is known of whole days.
///
/// # Errors
/// When the database fails.
pub async fn replace_days(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    days: &[ReconcileDayVm],
    differences: &[DifferenceVm],
) -> Result<(), StoreError> {
    let mut removed = 0;
    for text in [
        "delete from reconcile_day where instrument_id = $1 and venue_id = $2 and day_at >= $3 and day_at < $4",
        "delete from reconcile_minute where instrument_id = $1 and venue_id = $2 and opened_at >= $3 and opened_at < $4",
    ] {
        removed = sqlx::query(text)
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(from)
            .bind(to)
            .execute(&mut **tx)
            .await?
            .rows_affected();
    }
    if removed > 0 || !differences.is_empty() {
        // browsers keep tiles of the chart, which marks these minutes
        sqlx::query(
            "update series set version = version + 1 where instrument_id = $1 and venue_id = $2 and step_ms = $3",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(MINUTE_MS)
        .execute(&mut **tx)
        .await?;
    }
    for (text, now) in DAYS.pieces(days) {
        let mut query = sqlx::query(text);
        for day in now {
            query = query
                .bind(day.day_at)
                .bind(day.compared)
                .bind(day.matched)
                .bind(day.price)
                .bind(day.volume)
                .bind(day.missing_live)
                .bind(day.missing_batch)
                .bind(day.restated);
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .execute(&mut **tx)
            .await?;
    }
    for (text, now) in MINUTES.pieces(&differences[..differences.len().min(MOST)]) {
        let mut query = sqlx::query(text);
        for minute in now {
            query = query
                .bind(minute.opened_at)
                .bind(minute.kind.as_str())
                .bind(minute.live.map(|live| live.0))
                .bind(minute.live.map(|live| live.1))
                .bind(minute.batch.map(|batch| batch.0))
                .bind(minute.batch.map(|batch| batch.1))
                .bind(minute.price_bps)
                .bind(minute.volume_share);
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Days of a series from `from` to before `to`, and the first minutes that differ in them, both ascending.
///
/// # Errors
/// When the database fails or holds a word this build does not know.
pub async fn compared_days(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<(Vec<ReconcileDayVm>, Vec<DifferenceVm>), StoreError> {
    let from = bucket_start(from, DAY_MS);
    let days: Vec<DayRow> = sqlx::query_as(
        "select '' as instrument, '' as venue, day_at, compared, matched, price, volume, missing_live, missing_batch,
            restated
         from reconcile_day where instrument_id = $1 and venue_id = $2 and day_at >= $3 and day_at < $4 order by day_at",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?;
    let minutes: Vec<DifferenceRow> = sqlx::query_as(
        "select '' as instrument, '' as venue, opened_at, kind, live_close, live_volume, batch_close, batch_volume,
            price_bps, volume_share
         from reconcile_minute where instrument_id = $1 and venue_id = $2 and opened_at >= $3 and opened_at < $4
            and kind <> 'restated'
         order by opened_at limit $5",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    let minutes: Result<_, StoreError> = minutes.into_iter().map(DifferenceRow::into_vm).collect();
    Ok((days.into_iter().map(DayRow::into_vm).collect(), minutes?))
}
