//! The order book: a snapshot by stream and changes, each with a checksum over the top of the book they lead to.

use app::model::{GapCause, Side};
use serde::{Deserialize, Serialize};

use super::{
    super::{
        facts::BOOK_DEPTH,
        messages::{BookUpdate, parse_book_rows},
    },
    checksum::checksum,
};
use crate::{
    refine::ladder::{Ladder, Rung},
    source::{
        levels::SavedLadder,
        message::MessageError,
        resubscribe::Resubscribe,
        session::{BookChange, Channel, FrameFacts, StreamEvent},
    },
};

/// The book of one connection.
#[derive(Debug, Default)]
pub(super) struct CheckedBook {
    /// `None` until a snapshot has come.
    ladder: Option<Ladder>,
    again: Resubscribe,
}

/// What is saved of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedBook {
    ladder: Option<SavedLadder>,
    again: Resubscribe,
}

impl CheckedBook {
    pub(super) const fn ladder(&self) -> Option<&Ladder> {
        self.ladder.as_ref()
    }

    /// True once when the book was lost and it is time to subscribe it again.
    pub(super) fn wants_subscription(&mut self, now_ms: i64) -> bool {
        self.again.is_due(now_ms)
    }

    /// Takes the data of a frame.
    pub(super) fn take(
        &mut self,
        data: &str,
        (symbol, is_snapshot): (&str, bool),
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let updates = parse_book_rows(data, symbol).map_err(|reason| {
            let words = format!("changes of the book cannot be read: {reason}");
            self.lose(words, received_at, out);
            let what = "a change of an order book";
            MessageError::Contract { what, reason }
        })?;
        let mut facts = FrameFacts::default();
        for update in updates {
            facts.channel = Some(Channel::Book);
            facts.exchange_at = facts.exchange_at.max(update.observed_at);
            self.apply(update, is_snapshot, received_at, out);
        }
        Ok(facts)
    }

    fn apply(
        &mut self,
        update: BookUpdate,
        is_snapshot: bool,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) {
        let BookUpdate {
            observed_at,
            bids,
            asks,
            checksum: expected,
        } = update;
        if is_snapshot {
            self.ladder = Some(Ladder::of(bids, asks));
        } else {
            // changes that were under way when the book was lost belong to none
            let Some(ladder) = &mut self.ladder else {
                return;
            };
            let sides: [(Side, Vec<Rung>); 2] = [(Side::Buy, bids), (Side::Sell, asks)];
            for (side, rungs) in sides {
                for (price, size) in rungs {
                    ladder.set(side, price, size);
                }
            }
        }
        let Some(ladder) = &mut self.ladder else {
            return;
        };
        ladder.truncate(BOOK_DEPTH);
        let found = checksum(ladder);
        if found != expected {
            let reason = format!("the checksum is {found}, the venue's is {expected}");
            self.lost(GapCause::Checksum, reason, received_at, out);
            return;
        }
        out.push(StreamEvent::Book(if is_snapshot {
            BookChange::Synced { observed_at }
        } else {
            BookChange::Updated { observed_at }
        }));
    }

    /// Changes are missing: the book cannot be trusted any more.
    pub(super) fn lose(&mut self, reason: String, received_at: i64, out: &mut Vec<StreamEvent>) {
        if self.ladder.is_some() {
            self.lost(GapCause::Sequence, reason, received_at, out);
        } else {
            // it may have been the snapshot that is waited for
            self.again.lost(received_at);
        }
    }

    fn lost(
        &mut self,
        cause: GapCause,
        reason: String,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) {
        self.ladder = None;
        self.again.lost(received_at);
        out.push(StreamEvent::Book(BookChange::Lost { cause, reason }));
    }

    pub(super) fn save(&self) -> SavedBook {
        SavedBook {
            ladder: self.ladder.as_ref().map(SavedLadder::from),
            again: self.again,
        }
    }

    pub(super) fn restore(saved: &SavedBook) -> Result<Self, String> {
        Ok(Self {
            ladder: saved.ladder.as_ref().map(SavedLadder::ladder).transpose()?,
            again: saved.again,
        })
    }
}
