//! The book of a stream of changes that are not numbered.
//!
//! Changes are kept from the first one on; then a snapshot is asked for. One that is as new as the first change holds
//! everything before it, and the kept changes newer than the snapshot follow. Changes carry their time in microseconds:
//! one that lies before its predecessor came in the wrong order, and sizes written over each other in that order are
//! wrong. A change that never came cannot be seen, but in the end it leaves a level that others trade through: a book
//! that stays crossed is given up.

use std::collections::VecDeque;

use app::model::{GapCause, Side};

use super::super::{facts::MAX_LEVELS, messages::Diff};
use crate::{
    refine::ladder::Ladder,
    source::{
        message::MessageError,
        session::{BookChange, StreamEvent},
    },
};

/// Changes and their levels that wait for a snapshot; the oldest go when there are more.
const MAX_PENDING: usize = 2_000;
const MAX_PENDING_LEVELS: usize = 200_000;
/// Times of newest changes that are remembered, to tell a change that comes twice from one that comes late.
const REMEMBERED: usize = 16;
/// A book may be crossed for a moment while orders meet, in microseconds.
const CROSSED_US: i64 = 1_000_000;

/// Follows the book.
#[derive(Debug, Default)]
pub struct DiffBook {
    /// The book while it can be trusted.
    pub(super) ladder: Option<Ladder>,
    /// Time of the snapshot it began with.
    pub(super) snapshot_us: i64,
    /// A snapshot must be at least this new: changes up to here have been thrown away.
    pub(super) floor_us: i64,
    /// Times of the newest changes, newest last.
    pub(super) applied: VecDeque<i64>,
    /// Since when bids have been above asks.
    pub(super) crossed_us: Option<i64>,
    /// Changes that wait for a snapshot.
    pub(super) pending: VecDeque<Diff>,
}

fn levels(diff: &Diff) -> usize {
    diff.bids.len() + diff.asks.len()
}

fn apply(ladder: &mut Ladder, diff: &Diff) {
    for (price, size) in &diff.bids {
        ladder.set(Side::Buy, *price, *size);
    }
    for (price, size) in &diff.asks {
        ladder.set(Side::Sell, *price, *size);
    }
}

impl DiffBook {
    /// The book while it can be trusted.
    pub const fn ladder(&self) -> Option<&Ladder> {
        self.ladder.as_ref()
    }

    /// A new subscription: nothing of before counts.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Takes a change.
    pub fn change(&mut self, diff: Diff, out: &mut Vec<StreamEvent>) {
        let at_us = diff.at_us;
        let newest_us = self.newest_us();
        let Some(ladder) = &mut self.ladder else {
            self.wait_with(diff, out);
            return;
        };
        if at_us <= self.snapshot_us {
            // the snapshot holds it already
            return;
        }
        if at_us < newest_us {
            if !self.applied.contains(&at_us) {
                let reason = format!("the change of {at_us} µs came behind that of {newest_us} µs");
                self.lose(GapCause::Sequence, reason, out);
                self.wait_with(diff, out);
            }
            return;
        }
        apply(ladder, &diff);
        let crossed = ladder.best().is_some_and(|(bid, ask)| bid > ask);
        let total = ladder.len();
        self.note(at_us);
        self.crossed_us = crossed.then(|| self.crossed_us.unwrap_or(at_us));
        let doubt = if self
            .crossed_us
            .is_some_and(|since| at_us - since >= CROSSED_US)
        {
            Some("bids have been above asks for a second: a change is missing".to_owned())
        } else if total > 2 * MAX_LEVELS {
            Some(format!("{total} levels are more than any book has"))
        } else {
            None
        };
        if let Some(reason) = doubt {
            self.lose(GapCause::Sequence, reason, out);
            self.wait_with(diff, out);
            return;
        }
        out.push(StreamEvent::Book(BookChange::Updated {
            observed_at: Some(at_us / 1_000),
        }));
    }

    /// Takes a snapshot; gives its time in milliseconds if the book can be trusted from now on.
    pub fn snapshot(&mut self, snapshot: Diff, out: &mut Vec<StreamEvent>) -> Option<i64> {
        // nobody waits for it: the book is there, or was lost again and no change has come since
        let first_us = self.pending.iter().map(|diff| diff.at_us).min()?;
        if snapshot.at_us < first_us.max(self.floor_us) {
            // REST lags behind the stream
            out.push(StreamEvent::WantSnapshot);
            return None;
        }
        let mut ladder = Ladder::of(snapshot.bids, snapshot.asks);
        self.snapshot_us = snapshot.at_us;
        self.applied = VecDeque::from([snapshot.at_us]);
        let mut pending: Vec<Diff> = std::mem::take(&mut self.pending).into();
        pending.sort_by_key(|diff| diff.at_us);
        for diff in pending {
            if diff.at_us > snapshot.at_us {
                apply(&mut ladder, &diff);
                self.note(diff.at_us);
            }
        }
        self.ladder = Some(ladder);
        self.crossed_us = None;
        let at_ms = self.newest_us() / 1_000;
        out.push(StreamEvent::Book(BookChange::Synced {
            observed_at: Some(at_ms),
        }));
        Some(at_ms)
    }

    /// A frame could not be read and may have held a change.
    pub fn broken(&mut self, error: &MessageError, out: &mut Vec<StreamEvent>) {
        let reason = format!("a frame that may have held a change cannot be read: {error}");
        self.lose(GapCause::Sequence, reason, out);
    }

    /// Begins anew with the next change.
    fn lose(&mut self, cause: GapCause, reason: String, out: &mut Vec<StreamEvent>) {
        let newest_us = self.pending.iter().map(|diff| diff.at_us).max();
        self.floor_us = self
            .floor_us
            .max(self.newest_us())
            .max(newest_us.unwrap_or(0));
        self.pending.clear();
        self.applied.clear();
        self.crossed_us = None;
        if self.ladder.take().is_some() {
            out.push(StreamEvent::Book(BookChange::Lost { cause, reason }));
        }
    }

    fn wait_with(&mut self, diff: Diff, out: &mut Vec<StreamEvent>) {
        if self.pending.is_empty() {
            out.push(StreamEvent::WantSnapshot);
        }
        self.pending.push_back(diff);
        let mut total: usize = self.pending.iter().map(levels).sum();
        while self.pending.len() > 1
            && (self.pending.len() > MAX_PENDING || total > MAX_PENDING_LEVELS)
        {
            let Some(oldest) = self.pending.pop_front() else {
                return;
            };
            total -= levels(&oldest);
            self.floor_us = self.floor_us.max(oldest.at_us);
        }
    }

    fn newest_us(&self) -> i64 {
        self.applied.back().copied().unwrap_or(0)
    }

    fn note(&mut self, at_us: i64) {
        self.applied.push_back(at_us);
        if self.applied.len() > REMEMBERED {
            self.applied.pop_front();
        }
    }
}
