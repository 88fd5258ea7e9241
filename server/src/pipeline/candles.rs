//! Candles of one landing into silver, quarantine and gold, chunk by chunk.
//!
//! A file of a new series in time order is judged and rolled up as it passes ([`Pass`]). Everything else (late rows,
//! live answers, files in another order) is written first; then only the stretches that changed are read back, judged
//! and rolled up. Both ways use the same [`Watch`] and the same folds, and end in the same rows.

mod elsewhere;
mod judging;
mod look;
mod pass;

use std::collections::HashSet;

use app::model::{Candle, Counts, Dataset, Held, Pipeline, Reject, flag, format_utc};

pub use elsewhere::hold_against_others;
pub use judging::Judging;
pub use look::{CountWhich, Refused, count_own, count_recent};
pub use pass::{OutOfOrder, Pass, Passed};

use super::{gold::refresh, ranges::Ranges};
use crate::{
    quality::{outcome::RejectTally, rule::RuleBook, tally::Tally, watch::Watch},
    refine::{
        clean::{CandleChunk, CandleRow, Cleaned, clean},
        format::Dropped,
        merge::merge,
    },
    store::{
        SeriesKey, StoreError, Tx,
        candle::{
            delete_candles, ends, has_candles, held, keep_restated, range_of_landing,
            restore_restated, upsert_candles,
        },
        count::{Change, count, count_series, fit_series},
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
    judging: Judging,
    landing_id: i64,
    received_at: i64,
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

impl CandleWork {
    /// Begins with a landing.
    #[must_use]
    pub fn begin(key: SeriesKey, judging: Judging, landing_id: i64, received_at: i64) -> Self {
        Self {
            key,
            landing_id,
            received_at,
            conflicted: HashSet::new(),
            changed: Ranges::default(),
            judged: false,
            counts: Counts::default(),
            rejects: RejectTally::default(),
            provisional: Vec::new(),
            watch: judging.watch(key.step_ms),
            judging,
            range: None,
            out_of_order: 0,
            restated: Tally::default(),
            dropped: Dropped::default(),
            dates: Tally::default(),
        }
    }

    /// The rules it judges by.
    #[must_use]
    pub fn book(&self) -> &RuleBook {
        &self.judging.book
    }

    /// Takes back what is no finding because other venues stood still too; once all is judged.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_against_others(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        hold_against_others(tx, &self.key, &mut self.watch).await
    }

    /// A pass for the rows of the landing, if it is a file and its series is new. A live answer reports only what is
    /// wrong now and may not pass.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_pass(&self, tx: &mut Tx) -> Result<Option<Pass>, StoreError> {
        let is_new = self.key.pipeline == Pipeline::Batch && !has_candles(tx, &self.key).await?;
        Ok(is_new.then(|| Pass::new(self.key, self.judging.clone(), self.received_at)))
    }

    /// Takes note of rows that have passed and are written.
    ///
    /// # Errors
    /// When the database fails or the landing is not one series.
    pub async fn note_passed(
        &mut self,
        tx: &mut Tx,
        passed: Passed,
        now_ms: i64,
    ) -> Result<(), CandleError> {
        if passed.conflicts > MAX_CONFLICTS {
            return Err(CandleError::TooManyConflicts);
        }
        let Counts {
            rows,
            accepted,
            deduplicated,
            flagged,
            ..
        } = passed.counts;
        self.counts.rows += rows;
        self.counts.accepted += accepted;
        self.counts.deduplicated += deduplicated;
        self.counts.flagged += flagged;
        self.out_of_order += passed.out_of_order;
        let bars = Change {
            rows: passed.bars.iter().map(|(_, bars)| bars.len() as i64).sum(),
            rejects: 0,
            newest_at: passed
                .bars
                .iter()
                .filter_map(|(_, bars)| Some(bars.last()?.bar.opened_at))
                .max(),
        };
        if bars.rows > 0 {
            count(tx, "gold", "candle", bars, now_ms).await?;
        }
        self.note_written(tx, &passed.candles, accepted, now_ms)
            .await?;
        self.reject(tx, passed.rejects, now_ms).await
    }

    /// Takes over from a pass that has ended, at the end of the landing or because rows came out of order: then all of
    /// it is looked at again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_over(
        &mut self,
        tx: &mut Tx,
        pass: Pass,
        at_end: bool,
    ) -> Result<(), StoreError> {
        self.conflicted = pass.conflicted;
        self.watch = pass.watch;
        self.dropped = pass.dropped;
        self.dates = pass.dates;
        self.judged = at_end;
        if let Some((first, last)) = self.range.filter(|_| !at_end) {
            self.changed.add([first], self.key.step_ms, 0);
            self.changed.add([last], self.key.step_ms, last - first);
        }
        // a live series that began while the file passed has not met it yet
        let live = SeriesKey {
            pipeline: Pipeline::Live,
            ..self.key
        };
        if let Some((first, last)) = ends(tx, &live).await? {
            self.changed.add([first], self.key.step_ms, 0);
            self.changed.add([last], self.key.step_ms, last - first);
        }
        Ok(())
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
        let mut chunk = chunk;
        self.counts.rows += chunk.count();
        self.dropped.add(chunk.dropped);
        note_dates(&mut self.dates, &chunk);
        let cleaned = clean(
            &mut chunk,
            self.judging.hard(self.key.step_ms, self.received_at),
            &mut self.conflicted,
        );
        self.apply_cleaned(tx, &chunk, cleaned, now_ms).await
    }

    /// The same for the chunk that ended a pass.
    ///
    /// # Errors
    /// When the database fails or the landing is not one series.
    pub async fn apply_out_of_order(
        &mut self,
        tx: &mut Tx,
        rows: OutOfOrder,
        now_ms: i64,
    ) -> Result<(), CandleError> {
        self.counts.rows += rows.rows;
        self.apply_cleaned(tx, &rows.chunk, rows.cleaned, now_ms)
            .await
    }

    async fn apply_cleaned(
        &mut self,
        tx: &mut Tx,
        raw: &CandleChunk,
        cleaned: Cleaned,
        now_ms: i64,
    ) -> Result<(), CandleError> {
        let mut rejects = cleaned.rejects;
        self.counts.deduplicated += cleaned.deduplicated;
        self.out_of_order += cleaned.out_of_order;
        let times: Vec<i64> = cleaned
            .rows
            .iter()
            .map(|row| row.candle.opened_at)
            .collect();
        let there = held(tx, &self.key, &times).await?;
        let merged = merge(cleaned.rows, &there, self.landing_id);
        self.counts.deduplicated += merged.deduplicated;
        for row in &merged.conflicts {
            self.conflicted.insert(row.candle.opened_at);
            let reason = "another row of this landing gives other values for the same time; neither is taken".to_owned();
            rejects.push(raw.reject(row, vec!["candle.dup_conflict"], reason));
        }
        if self.conflicted.len() > MAX_CONFLICTS {
            return Err(CandleError::TooManyConflicts);
        }
        self.note_restated(&merged.replaced);
        keep_restated(tx, &self.key, self.landing_id, &merged.replaced).await?;
        let provisional = merged.replaced.iter().filter(|held| !held.candle.is_final);
        self.provisional.extend(provisional.copied());
        let candles: Vec<Candle> = merged.write.iter().map(|row| row.candle).collect();
        upsert_candles(tx, &self.key, self.landing_id, &candles).await?;
        self.changed.add(
            candles.iter().map(|candle| candle.opened_at),
            self.key.step_ms,
            self.margin_ms(),
        );
        self.counts.accepted += candles.len() as i64;
        let added = candles.len() as i64 - merged.replaced.len() as i64;
        self.note_written(tx, &candles, added, now_ms).await?;
        self.reject(tx, rejects, now_ms).await
    }

    /// Candles on either side of a change that may be judged differently because of it.
    fn margin_ms(&self) -> i64 {
        (self.watch.rules().reach() as i64 + 1) * self.key.step_ms
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
    pub async fn roll_up(&self, tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
        refresh(tx, &self.key, &self.changed, now_ms).await
    }
}

/// Notes the rows whose date says another time than their Unix time.
fn note_dates(dates: &mut Tally, chunk: &CandleChunk) {
    if !chunk.has_dates {
        return;
    }
    dates.tested += chunk.rows.len() as i64;
    let is_off = |row: &&CandleRow| row.candle.flags & flag::DATE_DISAGREES != 0;
    for row in chunk.rows.iter().filter(is_off) {
        dates.warn += 1;
        dates.sample(&["line", "Unix time", "row"], || {
            vec![
                row.line_no.to_string(),
                format_utc(row.candle.opened_at),
                chunk.raw_of(row),
            ]
        });
    }
}
