//! Judging the candles of each series in time order.

use app::model::{CheckState, MINUTE_MS, Outcome, Pipeline, Step};

use std::sync::Arc;

use super::Wanted;
use crate::{
    pipeline::{
        Engine,
        candles::{Judging, hold_against_others},
    },
    quality::{
        outcome::watched,
        rule::RuleBook,
        watch::{Counting, Watch},
    },
    store::{
        SeriesKey, StoreError,
        candle::{candles_before, candles_from, ends},
    },
};

/// Candles read at once.
const PAGE: i64 = 10_000;

/// Judges the stored candles of every series.
pub(super) async fn candles(
    engine: &Engine,
    book: &Arc<RuleBook>,
    wanted: &Wanted,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    if wanted.rules(book).all(|rule| rule.dataset != "candle") {
        return Ok(outcomes);
    }
    for (instrument, venue, step_ms) in engine.store.candle_series().await? {
        let names = engine.store.names(&instrument, &venue).await?;
        for pipeline in [Pipeline::Live, Pipeline::Batch] {
            let key = SeriesKey {
                names,
                pipeline,
                step_ms,
            };
            let entity = entity(&instrument, &venue, &key);
            let excluded = engine.store.confirmed_ranges(&instrument, &venue).await?;
            let judging = Judging::new(book.clone(), &venue, pipeline).without(excluded);
            let watch = judging.watch(step_ms);
            let judged = series(engine, &key, watch, wanted, &entity).await;
            let broken = |error| broken(&key, &judging.watch(step_ms), &entity, &error);
            outcomes.extend(judged.unwrap_or_else(broken));
        }
    }
    Ok(outcomes)
}

/// What could not be judged did not pass.
fn broken(key: &SeriesKey, watch: &Watch, entity: &str, error: &StoreError) -> Vec<Outcome> {
    watched(entity, key.pipeline, watch)
        .into_iter()
        .map(|outcome| Outcome {
            state: CheckState::Failed,
            summary: format!("the check broke: {error}"),
            ..outcome
        })
        .collect()
}

/// `BTC-USD/bitfinex/batch`; of other candles than minutes `BTC-USD/bitfinex/batch-1d`.
fn entity(instrument: &str, venue: &str, key: &SeriesKey) -> String {
    let step = match Step::ALL.iter().find(|step| step.step_ms == key.step_ms) {
        Some(step) if step.step_ms == MINUTE_MS => String::new(),
        Some(step) => format!("-{}", step.name),
        None => format!("-{}ms", key.step_ms),
    };
    format!("{instrument}/{venue}/{}{step}", key.pipeline)
}

/// Judges the candles of one series; nothing if it has none in that time.
async fn series(
    engine: &Engine,
    key: &SeriesKey,
    mut watch: Watch,
    wanted: &Wanted,
    entity: &str,
) -> Result<Vec<Outcome>, StoreError> {
    let mut tx = engine.store.snapshot().await?;
    let Some((first, last)) = ends(&mut tx, key).await? else {
        return Ok(Vec::new());
    };
    let (from, to) = wanted.range(first, last);
    if from >= to {
        return Ok(Vec::new());
    }
    let reach = watch.rules().reach() as i64;
    for before in candles_before(&mut tx, key, from, reach + 1).await? {
        watch.remember(&before.candle);
    }
    let mut next = from;
    loop {
        let page = candles_from(&mut tx, key, next, PAGE).await?;
        let inside = page.iter().take_while(|held| held.candle.opened_at < to);
        for held in inside.filter(|held| held.candle.is_final) {
            let _ = watch.look(&held.candle, Counting::All);
        }
        match page.last() {
            Some(last) if page.len() as i64 == PAGE && last.candle.opened_at < to => {
                next = last.candle.opened_at + 1;
            }
            _ => break,
        }
    }
    hold_against_others(&mut tx, key, &mut watch).await?;
    Ok(watched(entity, key.pipeline, &watch))
}
