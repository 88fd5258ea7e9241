//! What the range holds now, and what is missing from it.

use app::model::{Outcome, Pipeline};

use super::BackfillReport;
use crate::{
    pipeline::Engine,
    quality::{
        outcome::watched,
        watch::{CandleRules, Counting, Watch},
    },
    source::history::History,
    store::{SeriesKey, candle::candles_from},
};

/// Candles read at once.
const PAGE: i64 = 10_000;

/// Number of candles in the range, and the result of `candle.gap` over it: by the stricter limits where the venue lists
/// every interval, by those of sparse files elsewhere.
pub(super) async fn look(
    engine: &Engine,
    history: &dyn History,
    report: &BackfillReport,
    entity: &str,
) -> anyhow::Result<(i64, Option<Outcome>)> {
    let step_ms = history.step_ms();
    let key = SeriesKey {
        names: engine
            .store
            .names(&report.instrument, &report.venue)
            .await?,
        pipeline: Pipeline::Batch,
        step_ms,
    };
    let rules = CandleRules::of(&engine.hub.rules().now());
    let mut watch = Watch::new(rules, step_ms, history.lists_all());
    let (mut observed, mut next, mut newest) = (0, report.from, None);
    let mut tx = engine.store.snapshot().await?;
    loop {
        let page = candles_from(&mut tx, &key, next, PAGE).await?;
        let inside = page
            .iter()
            .take_while(|held| held.candle.opened_at < report.to);
        for held in inside {
            let _ = watch.look(&held.candle, Counting::Gaps);
            observed += 1;
            newest = Some(held.candle.opened_at);
        }
        match newest {
            Some(newest) if page.len() as i64 == PAGE && newest + step_ms < report.to => {
                next = newest + step_ms;
            }
            _ => break,
        }
    }
    if let Some(newest) = newest {
        watch.look_at_end(newest, report.to);
    }
    let gap = watched(entity, Pipeline::Batch, &watch)
        .into_iter()
        .find(|outcome| outcome.check_id == "candle.gap");
    Ok((observed, gap))
}
