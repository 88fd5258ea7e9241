//! Candles of one landing into silver, quarantine and gold, chunk by chunk.
//!
//! A series that is new and comes in time order is judged and rolled up as it passes. Everything else (late rows, live
//! answers, files in another order) is written first; then only the stretches that changed are read back, judged and
//! rolled up. Both ways use the same [`Watch`] and the same folds, and end in the same rows.

mod look;

use std::collections::HashSet;

use app::model::{Candle, Counts, Dataset, GOLD_STEPS, Held, Pipeline, Reject, flag, format_utc};

use look::watch_of;
pub use look::{CountWhich, count_own, count_recent};

use super::{gold::refresh, ranges::Ranges};
use crate::{
    quality::{
        outcome::RejectTally,
        tally::Tally,
        watch::{WINDOW, Watch},
    },
    refine::{
        clean::{CandleChunk, CandleRow, clean},
        format::Dropped,
        merge::merge,
        rollup::Cascade,
    },
    store::{
        SeriesKey, StoreError, Tx,
        candle::{
            delete_candles, has_candles, held, keep_restated, range_of_landing, restore_restated,
            set_flags, upsert_candles,
        },
        count::{Change, count, count_series, fit_series},
        gold::upsert_bars,
        quarantine::insert_rejects,
    },
};

/// More times than this cannot conflict in one series: the file is not what it seems.
const MAX_CONFLICTS: usize = 1_000_000;

/// Why the candles of a landing cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CandleError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file mixes several series.
    #[error(
        "more than {MAX_CONFLICTS} times have conflicting rows: the file holds more than one series"
    )]
    TooManyConflicts,
}

/// The candles of one landing on their way.
#[derive(Debug)]
pub struct CandleWork {
    key: SeriesKey,
    landing_id: i64,
    received_at: i64,
    passing: Option<Passing>,
    conflicted: HashSet<i64>,
    changed: Ranges,
    /// True once all rows were judged while they passed: what changes afterwards is judged again, but not counted twice.
    judged: bool,
    /// Provisional candles that rows of the landing replaced: only a live answer, which is short, can.
    provisional: Vec<Held>,
    /// Rows so far.
    pub counts: Counts,
    /// Rejects so far.
    pub rejects: RejectTally,
    /// Findings so far.
    pub watch: Watch,
    /// First and last time of the landing's accepted rows.
    pub range: Option<(i64, i64)>,
    /// Rows earlier than the one before them.
    pub out_of_order: i64,
    /// Restated candles.
    pub restated: Tally,
    /// Lines that were no rows.
    pub dropped: Dropped,
    /// Rows whose date says another time than their Unix time.
    pub dates: Tally,
}

/// A new series passing by in time order.
#[derive(Debug)]
struct Passing {
    cascade: Cascade,
    /// Last candle: it waits until the next one has shown whether its jump comes back.
    last: Option<Candle>,
}

impl CandleWork {
    /// Begins with a landing. A file may pass by judged and rolled up at once if its series is new; a live answer, which
    /// reports only what is wrong now, may not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        tx: &mut Tx,
        key: SeriesKey,
        landing_id: i64,
        received_at: i64,
    ) -> Result<Self, StoreError> {
        let is_new = key.pipeline == Pipeline::Batch && !has_candles(tx, &key).await?;
        let passing = is_new.then(|| Passing {
            cascade: Cascade::new(key.step_ms, &GOLD_STEPS),
            last: None,
        });
        Ok(Self {
            key,
            landing_id,
            received_at,
            passing,
            conflicted: HashSet::new(),
            changed: Ranges::default(),
            judged: false,
            counts: Counts::default(),
            rejects: RejectTally::default(),
            provisional: Vec::new(),
            watch: watch_of(&key),
            range: None,
            out_of_order: 0,
            restated: Tally::default(),
            dropped: Dropped::default(),
            dates: Tally::default(),
        })
    }

    /// Writes the next rows of the landing.
    ///
    /// # Errors
    /// When the database fails or the landing is not one series.
    pub async fn apply(
        &mut self,
        tx: &mut Tx,
        chunk: CandleChunk,
        now_ms: i64,
    ) -> Result<(), CandleError> {
        self.counts.rows += chunk.count();
        self.dropped.add(chunk.dropped);
        self.note_dates(&chunk);
        let raw = CandleChunk {
            raw: chunk.raw.clone(),
            ..CandleChunk::default()
        };
        let cleaned = clean(
            chunk,
            self.key.step_ms,
            self.received_at,
            &mut self.conflicted,
        );
        let mut rejects = cleaned.rejects;
        self.counts.deduplicated += cleaned.deduplicated;
        self.out_of_order += cleaned.out_of_order;
        let times: Vec<i64> = cleaned
            .rows
            .iter()
            .map(|row| row.candle.opened_at)
            .collect();
        let in_order = self.in_order(&times);
        // a new series in time order cannot meet anything
        let there = if in_order {
            Default::default()
        } else {
            held(tx, &self.key, &times).await?
        };
        let mut merged = merge(cleaned.rows, &there, self.landing_id);
        self.counts.deduplicated += merged.deduplicated;
        for row in &merged.conflicts {
            self.conflicted.insert(row.candle.opened_at);
            let reason = "another row of this landing gives other values for the same time; neither is taken".to_owned();
            rejects.push(raw.reject(row, vec!["candle.dup_conflict"], reason));
        }
        if self.conflicted.len() > MAX_CONFLICTS {
            return Err(CandleError::TooManyConflicts);
        }
        if in_order {
            self.pass_by(tx, &mut merged.write, &raw, &mut rejects)
                .await?;
        } else if self.passing.is_some() {
            self.stop_passing(tx, now_ms).await?;
        }
        self.note_restated(&merged.replaced);
        keep_restated(tx, &self.key, self.landing_id, &merged.replaced).await?;
        let provisional = merged.replaced.iter().filter(|held| !held.candle.is_final);
        self.provisional.extend(provisional.copied());
        let candles: Vec<Candle> = merged.write.iter().map(|row| row.candle).collect();
        upsert_candles(tx, &self.key, self.landing_id, &candles).await?;
        if self.passing.is_none() {
            self.changed.add(
                candles.iter().map(|candle| candle.opened_at),
                self.key.step_ms,
                self.margin_ms(),
            );
        }
        self.counts.accepted += candles.len() as i64;
        let added = candles.len() as i64 - merged.replaced.len() as i64;
        self.note_written(tx, &candles, added, now_ms).await?;
        self.reject(tx, rejects, now_ms).await
    }

    /// True while every row is later than all before, in a series that was empty.
    fn in_order(&self, times: &[i64]) -> bool {
        let last = self.range.map_or(i64::MIN, |(_, last)| last);
        self.passing.is_some() && times.first().is_none_or(|first| *first > last)
    }

    /// Judges and rolls up rows as they pass.
    async fn pass_by(
        &mut self,
        tx: &mut Tx,
        rows: &mut Vec<CandleRow>,
        raw: &CandleChunk,
        rejects: &mut Vec<Reject>,
    ) -> Result<(), StoreError> {
        let Some(passing) = &mut self.passing else {
            return Ok(());
        };
        let mut kept: Vec<CandleRow> = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            let judgement = self.watch.push(&row.candle);
            if judgement.insane {
                let reason =
                    "the price is more than 30 % away from the median of the last 60 closes"
                        .to_owned();
                rejects.push(raw.reject(&row, vec!["candle.price_sanity"], reason));
                continue;
            }
            let mut row = row;
            row.candle.flags |= judgement.flags;
            if let Some(mut last) = passing.last.replace(row.candle) {
                if judgement.previous != 0 {
                    last.flags |= judgement.previous;
                    match kept.last_mut() {
                        Some(previous) => previous.candle.flags = last.flags,
                        // it was written with the chunk before
                        None => set_flags(tx, &self.key, &[(last.opened_at, last.flags)]).await?,
                    }
                }
                self.counts.flagged += i64::from(last.flags & flag::FINDINGS != 0);
                passing.cascade.push(&last);
            }
            kept.push(row);
        }
        *rows = kept;
        write_bars(tx, &self.key, &mut passing.cascade, self.received_at).await
    }

    /// The series is not in time order after all: what has passed is complete up to here, and is looked at again.
    async fn stop_passing(&mut self, tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
        self.end_passing(tx, now_ms).await?;
        if let Some((first, last)) = self.range {
            self.changed.add([first], self.key.step_ms, 0);
            self.changed.add([last], self.key.step_ms, last - first);
        }
        Ok(())
    }

    /// Writes the bars that are still open.
    async fn end_passing(&mut self, tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
        let Some(mut passing) = self.passing.take() else {
            return Ok(());
        };
        if let Some(last) = passing.last.take() {
            self.counts.flagged += i64::from(last.flags & flag::FINDINGS != 0);
            passing.cascade.push(&last);
        }
        passing.cascade.finish();
        write_bars(tx, &self.key, &mut passing.cascade, now_ms).await
    }

    /// Candles on either side of a change that may be judged differently because of it.
    const fn margin_ms(&self) -> i64 {
        (WINDOW as i64 + 1) * self.key.step_ms
    }

    fn note_dates(&mut self, chunk: &CandleChunk) {
        if !chunk.has_dates {
            return;
        }
        self.dates.tested += chunk.rows.len() as i64;
        let is_off = |row: &&CandleRow| row.candle.flags & flag::DATE_DISAGREES != 0;
        for row in chunk.rows.iter().filter(is_off) {
            self.dates.warn += 1;
            self.dates.sample(&["line", "Unix time", "row"], || {
                vec![
                    row.line_no.to_string(),
                    format_utc(row.candle.opened_at),
                    chunk.raw_of(row),
                ]
            });
        }
    }

    fn note_restated(&mut self, replaced: &[Held]) {
        for held in replaced.iter().filter(|held| held.candle.is_final) {
            self.restated.warn += 1;
            self.restated.sample(
                &["time", "close before", "volume before", "landing before"],
                || {
                    vec![
                        format_utc(held.candle.opened_at),
                        held.candle.close.to_string(),
                        held.candle.volume.to_string(),
                        held.landing_id.to_string(),
                    ]
                },
            );
        }
    }

    async fn note_written(
        &mut self,
        tx: &mut Tx,
        candles: &[Candle],
        added: i64,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (candles.first(), candles.last()) else {
            return Ok(());
        };
        let (first, last) = (first.opened_at, last.opened_at);
        self.range = Some(
            self.range
                .map_or((first, last), |(from, to)| (from.min(first), to.max(last))),
        );
        count(
            tx,
            "silver",
            "candle",
            Change {
                rows: added,
                rejects: 0,
                newest_at: Some(last),
            },
            now_ms,
        )
        .await?;
        count_series(tx, &self.key, added, first, last).await
    }

    async fn reject(
        &mut self,
        tx: &mut Tx,
        rejects: Vec<Reject>,
        now_ms: i64,
    ) -> Result<(), CandleError> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.counts.quarantined += rejects.len() as i64;
        for reject in &rejects {
            self.rejects.add(reject);
        }
        insert_rejects(tx, self.landing_id, Dataset::Candle, &rejects, now_ms).await?;
        let change = Change {
            rows: rejects.len() as i64,
            rejects: rejects.len() as i64,
            newest_at: None,
        };
        count(tx, "silver", "quarantine", change, now_ms).await?;
        Ok(())
    }

    /// Accepted candles that turned out to conflict with a later row of the same landing. All rows must be in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn conflicting(&self, tx: &mut Tx) -> Result<Vec<Held>, StoreError> {
        let mut times: Vec<i64> = self.conflicted.iter().copied().collect();
        times.sort_unstable();
        let there = held(tx, &self.key, &times).await?;
        let own = |at: i64| {
            there
                .get(&at)
                .filter(|held| held.landing_id == self.landing_id)
                .copied()
        };
        Ok(times.into_iter().filter_map(own).collect())
    }

    /// Takes accepted candles back: their rows (as found again in the landing) go to quarantine, and what an earlier
    /// landing said of the same times counts again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_back(
        &mut self,
        tx: &mut Tx,
        taken: &[Held],
        rejects: Vec<Reject>,
        now_ms: i64,
    ) -> Result<(), CandleError> {
        if taken.is_empty() {
            return Ok(());
        }
        if self.passing.is_some() {
            self.end_passing(tx, now_ms).await?;
            self.judged = true;
        }
        if self.judged {
            self.counts.flagged -= taken
                .iter()
                .filter(|held| held.candle.flags & flag::FINDINGS != 0)
                .count() as i64;
        }
        let times: Vec<i64> = taken.iter().map(|held| held.candle.opened_at).collect();
        let removed = delete_candles(tx, &self.key, &times).await?;
        self.counts.accepted -= removed;
        let restored = self.put_back(tx, &times).await?;
        if let Some(range) = self.range {
            self.range = range_of_landing(tx, &self.key, self.landing_id, range).await?;
        }
        self.changed
            .add(times.iter().copied(), self.key.step_ms, self.margin_ms());
        count(
            tx,
            "silver",
            "candle",
            Change {
                rows: restored - removed,
                ..Change::default()
            },
            now_ms,
        )
        .await?;
        if let (Some(first), Some(last)) = (times.first(), times.last()) {
            count_series(tx, &self.key, restored - removed, *first, *last).await?;
            fit_series(tx, &self.key).await?;
        }
        self.reject(tx, rejects, now_ms).await
    }

    /// Puts back what rows of this landing had replaced, now that those are gone; gives the number of candles.
    async fn put_back(&mut self, tx: &mut Tx, times: &[i64]) -> Result<i64, StoreError> {
        let restored = restore_restated(tx, &self.key, self.landing_id, times).await?;
        if restored > 0 {
            self.restated.warn -= restored;
            let shown: HashSet<String> = times.iter().copied().map(format_utc).collect();
            let is_kept = |row: &Vec<String>| row.first().is_none_or(|at| !shown.contains(at));
            self.restated.evidence.rows.retain(is_kept);
        }
        let mut provisional = 0;
        for held in &self.provisional {
            if times.contains(&held.candle.opened_at) {
                upsert_candles(tx, &self.key, held.landing_id, &[held.candle]).await?;
                provisional += 1;
            }
        }
        Ok(restored + provisional)
    }

    /// Rolls up what changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roll_up(&mut self, tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
        match self.passing.take() {
            None => refresh(tx, &self.key, &self.changed, now_ms).await,
            passing => {
                self.passing = passing;
                self.end_passing(tx, now_ms).await
            }
        }
    }
}

async fn write_bars(
    tx: &mut Tx,
    key: &SeriesKey,
    cascade: &mut Cascade,
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut change = Change::default();
    for (step_ms, bars) in cascade.take() {
        upsert_bars(tx, key.names, step_ms, &bars).await?;
        change.rows += bars.len() as i64;
        change.newest_at = change
            .newest_at
            .max(bars.last().map(|bar| bar.bar.opened_at));
    }
    if change.rows > 0 {
        count(tx, "gold", "candle", change, now_ms).await?;
    }
    Ok(())
}
