//! A new series that comes in time order is judged and rolled up as it passes, before it is written, on the thread
//! that parses it.

use std::collections::HashSet;

use app::model::{Candle, Counts, GOLD_STEPS, GoldBar, Reject, flag};

use super::{Judging, note_dates};
use crate::{
    quality::{tally::Tally, watch::Watch},
    refine::{
        clean::{CandleChunk, CandleRow, Cleaned, clean},
        format::Dropped,
        rollup::Cascade,
    },
    store::{LoadRows, SeriesKey},
};

/// A series passing by.
#[derive(Debug)]
pub struct Pass {
    key: SeriesKey,
    judging: Judging,
    received_at: i64,
    cascade: Cascade,
    /// Last candle: it waits until the next one has shown whether its jump comes back.
    last: Option<Candle>,
    last_at: i64,
    pub(super) conflicted: HashSet<i64>,
    pub(super) watch: Watch,
    pub(super) flagged: i64,
    pub(super) dropped: Dropped,
    pub(super) dates: Tally,
}

/// Rows that have passed and wait to be written.
#[derive(Debug, Default)]
pub struct Passed {
    /// Candles in time order.
    pub candles: Vec<Candle>,
    /// Steps and bars that are complete.
    pub bars: Vec<(i64, Vec<GoldBar>)>,
    /// New flags of the last candle of the chunk before: its jump came back.
    pub flags: Option<(i64, i64)>,
    /// Rows that were set apart.
    pub rejects: Vec<Reject>,
    /// Rows of the chunk.
    pub counts: Counts,
    /// Rows earlier than the one before them.
    pub out_of_order: i64,
    /// Times with conflicting rows so far.
    pub conflicts: usize,
    /// Bytes of the landing read so far.
    pub bytes_done: i64,
}

impl Passed {
    /// What is to be written.
    #[must_use]
    pub fn rows(&self) -> LoadRows<'_> {
        LoadRows {
            candles: &self.candles,
            bars: &self.bars,
            flags: self.flags,
        }
    }
}

/// A chunk that is not later than all before: it is cleaned, but has to be merged.
#[derive(Debug)]
pub struct OutOfOrder {
    /// The chunk with its raw text, without rows.
    pub chunk: CandleChunk,
    /// Its rows.
    pub cleaned: Cleaned,
    /// Rows of the chunk, with those that are left out already.
    pub rows: i64,
}

impl Pass {
    /// Begins with an empty series.
    #[must_use]
    pub fn new(key: SeriesKey, judging: Judging, received_at: i64) -> Self {
        Self {
            key,
            received_at,
            cascade: Cascade::new(key.step_ms, &GOLD_STEPS),
            last: None,
            last_at: i64::MIN,
            conflicted: HashSet::new(),
            watch: judging.watch(key.step_ms),
            judging,
            flagged: 0,
            dropped: Dropped::default(),
            dates: Tally::default(),
        }
    }

    /// Lets a chunk pass.
    ///
    /// # Errors
    /// When rows are not later than those before: the pass has ended.
    pub fn take(&mut self, mut chunk: CandleChunk) -> Result<Passed, Box<OutOfOrder>> {
        let rows = chunk.count();
        self.dropped.add(chunk.dropped);
        note_dates(&mut self.dates, &chunk);
        let cleaned = clean(
            &mut chunk,
            self.judging.hard(self.key.step_ms, self.received_at),
            &mut self.conflicted,
        );
        let first = cleaned.rows.first();
        if first.is_some_and(|row| row.candle.opened_at <= self.last_at) {
            return Err(Box::new(OutOfOrder {
                chunk,
                cleaned,
                rows,
            }));
        }
        let flagged_before = self.flagged;
        let mut passed = Passed {
            candles: Vec::with_capacity(cleaned.rows.len()),
            rejects: cleaned.rejects,
            out_of_order: cleaned.out_of_order,
            bytes_done: chunk.bytes_done,
            ..Passed::default()
        };
        for row in &cleaned.rows {
            self.push(row, &chunk, &mut passed);
        }
        passed.bars = self.cascade.take();
        passed.conflicts = self.conflicted.len();
        passed.counts = Counts {
            rows,
            accepted: passed.candles.len() as i64,
            deduplicated: cleaned.deduplicated,
            quarantined: passed.rejects.len() as i64,
            flagged: self.flagged - flagged_before,
        };
        Ok(passed)
    }

    fn push(&mut self, row: &CandleRow, chunk: &CandleChunk, passed: &mut Passed) {
        let mut candle = row.candle;
        self.last_at = candle.opened_at;
        let judgement = self.watch.push(&candle);
        if let Some(at) = judgement.refused {
            let (rule, reason) = self.watch.refusal(at);
            passed.rejects.push(chunk.reject(row, vec![rule], reason));
            return;
        }
        candle.flags |= judgement.flags;
        if let Some(mut last) = self.last.replace(candle) {
            if judgement.previous != 0 {
                last.flags |= judgement.previous;
                match passed.candles.last_mut() {
                    Some(previous) => previous.flags = last.flags,
                    // it was handed on with the chunk before
                    None => passed.flags = Some((last.opened_at, last.flags)),
                }
            }
            self.roll_up(&last);
        }
        passed.candles.push(candle);
    }

    fn roll_up(&mut self, candle: &Candle) {
        self.flagged += i64::from(candle.flags & flag::FINDINGS != 0);
        self.cascade.push(candle);
    }

    /// The bars that are still open, once nothing more passes.
    #[must_use]
    pub fn end(&mut self) -> Passed {
        let flagged_before = self.flagged;
        if let Some(last) = self.last.take() {
            self.roll_up(&last);
        }
        self.cascade.finish();
        Passed {
            bars: self.cascade.take(),
            counts: Counts {
                flagged: self.flagged - flagged_before,
                ..Counts::default()
            },
            conflicts: self.conflicted.len(),
            ..Passed::default()
        }
    }
}
