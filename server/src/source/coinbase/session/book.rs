//! The order book: a snapshot by stream, and changes without numbers.
//!
//! Nothing in the channel tells that a change is missing. What guards the book: a connection delivers everything or
//! breaks; a frame that cannot be read loses it; and a book that stays crossed has missed something.

use app::model::GapCause;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::super::{
    facts::MAX_LEVELS,
    messages::{parse_l2update, parse_snapshot},
};
use crate::{
    refine::ladder::Ladder,
    source::{
        levels::SavedLadder,
        message::MessageError,
        resubscribe::Resubscribe,
        session::{BookChange, StreamEvent},
    },
};

/// A change that cannot be read breaks this.
const RULE: &str = "book.contract";
/// A book may be crossed between two frames, but not for longer than this, in milliseconds.
const MAX_CROSSED_MS: i64 = 5_000;

/// The book of one connection.
#[derive(Debug, Default)]
pub(super) struct BatchedBook {
    /// `None` until a snapshot has come.
    ladder: Option<Ladder>,
    /// Since when the best bid is above the best ask.
    crossed_at: Option<i64>,
    again: Resubscribe,
}

/// What is saved of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedBook {
    ladder: Option<SavedLadder>,
    crossed_at: Option<i64>,
    again: Resubscribe,
}

impl BatchedBook {
    pub(super) const fn ladder(&self) -> Option<&Ladder> {
        self.ladder.as_ref()
    }

    /// True once when the book was lost and it is time to subscribe it again.
    pub(super) fn wants_subscription(&mut self, now_ms: i64) -> bool {
        self.again.is_due(now_ms)
    }

    /// Takes a snapshot or changes; gives their time.
    pub(super) fn take(
        &mut self,
        kind: &str,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<i64>, MessageError> {
        let taken = if kind == "snapshot" {
            self.snapshot(text, out)
        } else {
            self.update(text, received_at, out)
        };
        taken.map_err(|reason| {
            let words = format!("changes of the book cannot be read: {reason}");
            self.lose(words, received_at, out);
            let what = "a change of an order book";
            MessageError::Contract { what, reason }
        })
    }

    fn snapshot(&mut self, text: &str, out: &mut Vec<StreamEvent>) -> Result<Option<i64>, String> {
        let snapshot = parse_snapshot(text)?;
        let observed_at = snapshot.observed_at;
        (self.ladder, self.crossed_at) = (Some(snapshot.ladder), None);
        out.push(StreamEvent::Book(BookChange::Synced { observed_at }));
        Ok(observed_at)
    }

    fn update(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<i64>, String> {
        let update = parse_l2update(text)?;
        let observed_at = update.observed_at;
        // changes that were under way when the book was lost belong to none
        let Some(ladder) = &mut self.ladder else {
            return Ok(observed_at);
        };
        for change in &update.changes {
            match change.read() {
                Ok((side, (price, size))) => ladder.set(side, price, size),
                Err(reason) => {
                    // real dirt, such as the size "0.-10000": what lies at that price is not known any more
                    if let Some((side, price)) = change.level() {
                        ladder.set(side, price, Decimal::ZERO);
                    }
                    out.push(StreamEvent::Reject {
                        rule: RULE,
                        raw: change.raw(),
                        reason,
                    });
                }
            }
        }
        if ladder.len() > 2 * MAX_LEVELS {
            return Err(format!(
                "{} levels, more than {}",
                ladder.len(),
                2 * MAX_LEVELS
            ));
        }
        let is_crossed = ladder.best().is_some_and(|(bid, ask)| bid > ask);
        self.crossed_at = is_crossed.then(|| self.crossed_at.unwrap_or(received_at));
        let crossed_ms = self
            .crossed_at
            .map_or(0, |at| received_at.saturating_sub(at));
        if crossed_ms > MAX_CROSSED_MS {
            let reason =
                format!("the book has been crossed for {crossed_ms} ms: changes are missing");
            self.lose(reason, received_at, out);
        } else {
            out.push(StreamEvent::Book(BookChange::Updated { observed_at }));
        }
        Ok(observed_at)
    }

    /// Changes are missing: the book cannot be trusted any more.
    pub(super) fn lose(&mut self, reason: String, received_at: i64, out: &mut Vec<StreamEvent>) {
        self.again.lost(received_at);
        self.crossed_at = None;
        if self.ladder.take().is_some() {
            out.push(StreamEvent::Book(BookChange::Lost {
                cause: GapCause::Sequence,
                reason,
            }));
        }
    }

    pub(super) fn save(&self) -> SavedBook {
        SavedBook {
            ladder: self.ladder.as_ref().map(SavedLadder::from),
            crossed_at: self.crossed_at,
            again: self.again,
        }
    }

    pub(super) fn restore(saved: &SavedBook) -> Result<Self, String> {
        Ok(Self {
            ladder: saved.ladder.as_ref().map(SavedLadder::ladder).transpose()?,
            crossed_at: saved.crossed_at,
            again: saved.again,
        })
    }
}
