//! Gold after a change of silver: only the buckets that changed, and the bars whose windows reach back to them.

use app::model::{GOLD_STEPS, GoldBar, Pipeline, bucket_start};

use super::ranges::Ranges;
use crate::{
    refine::rollup::{TAIL_CLOSES, Tail, fold, of_candle},
    store::{
        Names, SeriesKey, StoreError, Tx,
        candle::candles,
        count::{Change, count, silver_steps},
        gold::{bars, bars_before, bars_from, delete_bars, upsert_bars},
    },
};

/// Buckets worked on at once: bounds memory while a whole series is rebuilt.
const PAGE_BUCKETS: i64 = 4000;

/// Recomputes gold where candles of `step_ms` changed. `changed` holds the stretches that changed in silver.
///
/// # Errors
/// When the database fails.
pub async fn refresh(
    tx: &mut Tx,
    key: &SeriesKey,
    changed: &Ranges,
    now_ms: i64,
) -> Result<(), StoreError> {
    if changed.is_empty() {
        return Ok(());
    }
    let silver = silver_steps(tx, key).await?;
    let mut finer = 0;
    let mut change = Change::default();
    for step_ms in GOLD_STEPS {
        let sources: Vec<i64> = silver
            .iter()
            .copied()
            .filter(|step| (finer + 1..=step_ms).contains(step))
            .collect();
        let finest = silver.first().copied().unwrap_or(step_ms);
        if step_ms >= finest.min(key.step_ms) {
            let buckets = changed.map(
                |from, to| {
                    (
                        bucket_start(from, step_ms),
                        bucket_start(to - 1, step_ms) + step_ms,
                    )
                },
                TAIL_CLOSES as i64 * step_ms,
            );
            let level = Level {
                names: key.names,
                step_ms,
                finer,
                sources,
            };
            for (from, to) in buckets.iter() {
                let (added, newest) = level.rebuild(tx, from, to).await?;
                change.rows += added;
                change.newest_at = change.newest_at.max(newest);
            }
        }
        finer = step_ms;
    }
    count(tx, "gold", "candle", change, now_ms).await
}

/// One step of gold and where its children come from.
struct Level {
    names: Names,
    step_ms: i64,
    /// Next finer gold step, 0 for none.
    finer: i64,
    /// Steps of silver candles that are folded straight into this step.
    sources: Vec<i64>,
}

impl Level {
    /// Rebuilds the bars from `from` to before `to`; gives the growth in rows and the newest bar.
    async fn rebuild(
        &self,
        tx: &mut Tx,
        from: i64,
        to: i64,
    ) -> Result<(i64, Option<i64>), StoreError> {
        let mut added = 0;
        let mut newest = None;
        // one close more than the longest average: the first return needs a predecessor
        let before =
            bars_before(tx, self.names, self.step_ms, from, TAIL_CLOSES as i64 + 1).await?;
        let mut tail = Tail::of(before.iter().map(|bar| bar.bar.close));
        let mut page = from;
        while page < to {
            let end = (page + PAGE_BUCKETS * self.step_ms).min(to);
            let mut built = fold(&self.children(tx, page, end).await?, self.step_ms);
            for bar in &mut built {
                tail.derive(&mut bar.bar);
            }
            let removed = delete_bars(tx, self.names, self.step_ms, page, end).await?;
            upsert_bars(tx, self.names, self.step_ms, &built).await?;
            added += built.len() as i64 - removed;
            newest = built.last().map(|bar| bar.bar.opened_at).or(newest);
            page = end;
        }
        // the bars after the stretch keep their prices, but their windows reach back into it
        let mut after = bars_from(tx, self.names, self.step_ms, to, TAIL_CLOSES as i64).await?;
        for bar in &mut after {
            tail.derive(&mut bar.bar);
        }
        upsert_bars(tx, self.names, self.step_ms, &after).await?;
        Ok((added, newest))
    }

    /// Children in time order: finer gold bars, and candles of silver steps between that and this step.
    async fn children(&self, tx: &mut Tx, from: i64, to: i64) -> Result<Vec<GoldBar>, StoreError> {
        let mut children = match self.finer {
            0 => Vec::new(),
            finer => bars(tx, self.names, finer, from, to).await?,
        };
        for step_ms in &self.sources {
            let of = |pipeline| SeriesKey {
                names: self.names,
                pipeline,
                step_ms: *step_ms,
            };
            let batch = candles(tx, &of(Pipeline::Batch), from, to).await?;
            let live = candles(tx, &of(Pipeline::Live), from, to).await?;
            let met = crate::refine::rollup::meet(
                batch.into_iter().map(|held| held.candle).collect(),
                live.into_iter().map(|held| held.candle).collect(),
            );
            children.extend(met.iter().map(|candle| of_candle(candle, *step_ms)));
        }
        children.sort_by_key(|child| (child.bar.opened_at, child.source_step_ms));
        Ok(children)
    }
}
