//! Candles of a live series, whoever brings them: a poll, a stream, a backfill.

use app::model::{Candle, MINUTE_MS, Outcome, Pipeline, bucket_start};

use crate::{
    pipeline::{
        analyse::{Changed, refresh_days},
        candles::{CandleWork, Judging},
        gold::refresh,
        judge::restated,
        ranges::Ranges,
        refine::{Find, finish_candles},
    },
    quality::outcome::{hard_rules, watched},
    refine::{candle::same_values, clean::CandleChunk},
    store::{
        Names, SeriesKey, StoreError, Tx,
        candle::{candles_before, held, upsert_candles},
        count::{Change, count, count_series},
    },
};

/// The live minutes of an instrument at a venue.
#[must_use]
pub const fn minutes_of(names: Names) -> SeriesKey {
    SeriesKey {
        names,
        pipeline: Pipeline::Live,
        step_ms: MINUTE_MS,
    }
}

/// Takes candles into silver, quarantine and gold.
///
/// # Errors
/// When the database fails.
pub async fn take_candles(
    tx: &mut Tx,
    names: Names,
    judging: Judging,
    (landing_id, received_at): (i64, i64),
    chunk: &CandleChunk,
    find: &Find<'_>,
    now_ms: i64,
) -> anyhow::Result<CandleWork> {
    let key = minutes_of(names);
    let mut work = CandleWork::begin(key, judging, landing_id, received_at);
    work.apply(tx, chunk.clone(), now_ms).await?;
    finish_candles(tx, &mut work, find, now_ms).await?;
    if let Some(range) = work.range {
        refresh_days(tx, names, Some(&Changed::stretch(range))).await?;
    }
    Ok(work)
}

/// Looks for candles that are missing between the newest one and the minute that runs at `received_at`: for callers that
/// have everything there is. Behind one of several pages all that the next ones bring would seem to be missing.
///
/// # Errors
/// When the database fails.
pub async fn look_at_end(
    tx: &mut Tx,
    names: Names,
    work: &mut CandleWork,
    received_at: i64,
) -> Result<(), StoreError> {
    let newest = candles_before(tx, &minutes_of(names), i64::MAX, 1).await?;
    if let Some(newest) = newest.first() {
        let running_at = bucket_start(received_at, MINUTE_MS);
        work.watch.look_at_end(newest.candle.opened_at, running_at);
    }
    Ok(())
}

/// What the checks say of them. A live series repeats its newest rows: what is in quarantine is judged over these
/// candles alone.
#[must_use]
pub fn judged(entity: &str, work: &CandleWork) -> Vec<Outcome> {
    let mut outcomes = hard_rules(
        entity,
        Pipeline::Live,
        false,
        work.book(),
        &work.counts,
        &work.rejects,
    );
    outcomes.retain(|outcome| outcome.check_id != "dq.rows_conserved");
    outcomes.extend(watched(entity, Pipeline::Live, &work.watch));
    let rule = work.book().enabled("rec.restated");
    outcomes.extend(rule.map(|rule| restated(rule, entity, Pipeline::Live, work)));
    outcomes
}

/// Writes a candle that is still forming, unless the final one is there; true if that changed anything. It is not
/// judged: the final one will be.
///
/// # Errors
/// When the database fails.
pub async fn take_forming(
    tx: &mut Tx,
    names: Names,
    landing_id: i64,
    candle: &Candle,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let key = minutes_of(names);
    let at = candle.opened_at;
    let there = held(tx, &key, &[at]).await?;
    let old = there.get(&at);
    if old.is_some_and(|old| old.candle.is_final || same_values(&old.candle, candle)) {
        return Ok(false);
    }
    upsert_candles(tx, &key, landing_id, &[*candle]).await?;
    let change = Change {
        rows: i64::from(old.is_none()),
        rejects: 0,
        newest_at: Some(at),
    };
    count(tx, "silver", "candle", change, now_ms).await?;
    count_series(tx, &key, change.rows, at, at).await?;
    let mut changed = Ranges::default();
    changed.add([at], MINUTE_MS, 0);
    refresh(tx, &key, &changed, now_ms).await?;
    Ok(true)
}
