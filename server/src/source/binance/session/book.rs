//! The order book: a snapshot, and the numbered changes that follow it.
//!
//! The procedure is the venue's: changes are kept until a snapshot that is not older than the first of them has come;
//! those that it already has are left out; the first that is applied must join it: `U` ≤ `L`+1 ≤ `u`, where `U` and `u`
//! are the numbers of its first and last change and `L` is the last change of the snapshot. (The documentation's own
//! words, `L` within `U` and `u`, would refuse sound streams whose first change is `L`+1.) Every later one must follow
//! the one before it without a hole.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    super::messages::{DepthUpdate, parse_depth_update, parse_snapshot},
    lost,
};
use crate::{
    refine::ladder::{Ladder, Rung},
    source::{
        levels::SavedLadder,
        message::MessageError,
        session::{BookChange, StreamEvent},
    },
};
use app::model::Side;

/// Changes kept while a snapshot is waited for: more than three minutes of them.
const MAX_KEPT: usize = 2_000;
/// Bytes of them.
const MAX_KEPT_BYTES: usize = 8 << 20;
/// Levels a side: what lies behind the snapshot's is only known where it changes, and is not kept for ever.
const MAX_DEPTH: usize = 10_000;

/// The book of one connection.
#[derive(Debug)]
pub(super) enum DepthBook {
    /// A snapshot is waited for.
    Waiting(Kept),
    /// It can be trusted.
    Synced {
        /// Number of the last change in it.
        last_id: i64,
        /// Its levels.
        ladder: Ladder,
    },
}

/// Changes that wait for a snapshot, without a hole between them.
#[derive(Debug, Default)]
pub(super) struct Kept {
    updates: VecDeque<(DepthUpdate, Box<RawValue>)>,
    bytes: usize,
    /// A snapshot was asked for and has not come.
    asked: bool,
}

/// What is saved of it. Changes are kept as they came.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum SavedBook {
    Waiting {
        updates: Vec<Box<RawValue>>,
        asked: bool,
    },
    Synced {
        last_id: i64,
        ladder: SavedLadder,
    },
}

impl Default for DepthBook {
    fn default() -> Self {
        Self::Waiting(Kept::default())
    }
}

impl DepthBook {
    pub(super) const fn ladder(&self) -> Option<&Ladder> {
        match self {
            Self::Synced { ladder, .. } => Some(ladder),
            Self::Waiting(_) => None,
        }
    }

    /// Takes changes; gives their time.
    pub(super) fn update(
        &mut self,
        text: &str,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<i64>, MessageError> {
        let update = parse_depth_update(text).map_err(|reason| {
            self.lose(format!("changes of the book cannot be read: {reason}"), out);
            MessageError::Contract {
                what: "a change of an order book",
                reason,
            }
        })?;
        let observed_at = update.observed_at;
        match self {
            Self::Synced { last_id, .. } if update.last_id <= *last_id => {}
            Self::Synced { last_id, ladder } if update.first_id <= *last_id + 1 => {
                apply(ladder, &update);
                *last_id = update.last_id;
                out.push(StreamEvent::Book(BookChange::Updated { observed_at }));
            }
            Self::Synced { last_id, .. } => {
                let reason = format!(
                    "changes {} to {} are missing",
                    *last_id + 1,
                    update.first_id - 1
                );
                self.lose(reason, out);
                self.keep(update, text, out);
            }
            Self::Waiting(_) => self.keep(update, text, out),
        }
        Ok(observed_at)
    }

    /// The book cannot be trusted any more; the next change begins anew.
    pub(super) fn lose(&mut self, reason: String, out: &mut Vec<StreamEvent>) {
        match self {
            Self::Synced { .. } => {
                *self = Self::default();
                out.push(lost(reason));
            }
            // a hole among those that wait: an answer that is under way may still be new enough
            Self::Waiting(kept) => kept.clear(),
        }
    }

    fn keep(&mut self, update: DepthUpdate, text: &str, out: &mut Vec<StreamEvent>) {
        let Self::Waiting(kept) = self else { return };
        let last = kept.updates.back().map(|(last, _)| last.last_id);
        if last.is_some_and(|last| update.last_id <= last) {
            return;
        }
        if kept.updates.len() >= MAX_KEPT || kept.bytes + text.len() > MAX_KEPT_BYTES {
            // the answer has not come for so long that it will not: ask again
            kept.clear();
            kept.asked = false;
        } else if last.is_some_and(|last| update.first_id > last + 1) {
            kept.clear();
        }
        let Ok(raw) = RawValue::from_string(text.to_owned()) else {
            return;
        };
        kept.bytes += text.len();
        kept.updates.push_back((update, raw));
        kept.ask(out);
    }

    /// Takes a snapshot.
    pub(super) fn snapshot(
        &mut self,
        body: &[u8],
        out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        let mut snapshot = parse_snapshot(body)?;
        let Self::Waiting(kept) = self else {
            return Ok(());
        };
        kept.asked = false;
        let mut last_id = snapshot.last_update_id;
        kept.updates.retain(|(update, _)| update.last_id > last_id);
        let first = kept.updates.front().map(|(update, _)| update.first_id);
        if first.is_some_and(|first| first - 1 > last_id) {
            // older than the first of them: what lies between is nowhere
            kept.ask(out);
            return Ok(());
        }
        let mut observed_at = None;
        for (update, _) in &kept.updates {
            apply(&mut snapshot.ladder, update);
            last_id = update.last_id;
            observed_at = update.observed_at;
        }
        *self = Self::Synced {
            last_id,
            ladder: snapshot.ladder,
        };
        out.push(StreamEvent::Book(BookChange::Synced { observed_at }));
        Ok(())
    }

    pub(super) fn save(&self) -> SavedBook {
        match self {
            Self::Waiting(kept) => SavedBook::Waiting {
                updates: kept.updates.iter().map(|(_, raw)| raw.clone()).collect(),
                asked: kept.asked,
            },
            Self::Synced { last_id, ladder } => SavedBook::Synced {
                last_id: *last_id,
                ladder: SavedLadder::from(ladder),
            },
        }
    }

    pub(super) fn restore(saved: SavedBook) -> Result<Self, String> {
        Ok(match saved {
            SavedBook::Waiting { updates, asked } => {
                let mut kept = Kept {
                    asked,
                    ..Kept::default()
                };
                for raw in updates.into_iter().take(MAX_KEPT) {
                    let update = parse_depth_update(raw.get())?;
                    kept.bytes += raw.get().len();
                    kept.updates.push_back((update, raw));
                }
                Self::Waiting(kept)
            }
            SavedBook::Synced { last_id, ladder } => Self::Synced {
                last_id,
                ladder: ladder.ladder()?,
            },
        })
    }
}

impl Kept {
    fn clear(&mut self) {
        self.updates.clear();
        self.bytes = 0;
    }

    fn ask(&mut self, out: &mut Vec<StreamEvent>) {
        if !self.asked {
            self.asked = true;
            out.push(StreamEvent::WantSnapshot);
        }
    }
}

fn apply(ladder: &mut Ladder, update: &DepthUpdate) {
    let sides: [(Side, &[Rung]); 2] = [(Side::Buy, &update.bids), (Side::Sell, &update.asks)];
    for (side, rungs) in sides {
        for (price, size) in rungs {
            ladder.set(side, *price, *size);
        }
    }
    ladder.truncate(MAX_DEPTH);
}
