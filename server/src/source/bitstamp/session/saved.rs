//! What the next frames build upon, as JSON.

use serde::{Deserialize, Serialize};

use super::{super::messages::Diff, book::DiffBook};
use crate::{
    refine::ladder::{Ladder, Rung},
    source::{
        known::Known,
        levels::{SavedLadder, rung},
        message::{MessageError, not_restored, restored},
    },
};

/// `{"ladder":{"bids":[["3800.71","1.76200000"]],"asks":[]},"snapshot_us":…,"floor_us":…,"applied":[…],
/// "crossed_us":null,"pending":[],"known":…}`
#[derive(Debug, Serialize, Deserialize)]
pub struct Saved {
    ladder: Option<SavedLadder>,
    snapshot_us: i64,
    floor_us: i64,
    applied: Vec<i64>,
    crossed_us: Option<i64>,
    pending: Vec<SavedDiff>,
    known: Known,
}

type Levels = Vec<(String, String)>;

/// A change that waits: levels of size 0 matter.
#[derive(Debug, Serialize, Deserialize)]
struct SavedDiff(i64, Levels, Levels);

impl Saved {
    /// The state as text.
    pub fn text(book: &DiffBook, known: &Known) -> String {
        let text = |rungs: &[Rung]| {
            let text = |(price, size): &Rung| (price.to_string(), size.to_string());
            rungs.iter().map(text).collect()
        };
        let saved = Self {
            ladder: book.ladder.as_ref().map(SavedLadder::from),
            snapshot_us: book.snapshot_us,
            floor_us: book.floor_us,
            applied: book.applied.iter().copied().collect(),
            crossed_us: book.crossed_us,
            pending: (book.pending.iter())
                .map(|diff| SavedDiff(diff.at_us, text(&diff.bids), text(&diff.asks)))
                .collect(),
            known: known.clone(),
        };
        // texts and numbers only: nothing in it can fail
        serde_json::to_string(&saved).unwrap_or_default()
    }

    /// The state of that text.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<(DiffBook, Known), MessageError> {
        let saved: Self = restored(text)?;
        let book = saved.book().map_err(not_restored)?;
        Ok((book, saved.known))
    }

    fn book(&self) -> Result<DiffBook, String> {
        let side = |levels: &Levels| -> Result<Vec<Rung>, String> {
            levels
                .iter()
                .map(|(price, size)| rung(price, size))
                .collect()
        };
        let diff = |SavedDiff(at_us, bids, asks): &SavedDiff| {
            Ok(Diff {
                at_us: *at_us,
                bids: side(bids)?,
                asks: side(asks)?,
            })
        };
        let ladder: Option<Result<Ladder, String>> = self.ladder.as_ref().map(SavedLadder::ladder);
        Ok(DiffBook {
            ladder: ladder.transpose()?,
            snapshot_us: self.snapshot_us,
            floor_us: self.floor_us,
            applied: self.applied.iter().copied().collect(),
            crossed_us: self.crossed_us,
            pending: self
                .pending
                .iter()
                .map(diff)
                .collect::<Result<_, String>>()?,
        })
    }
}
