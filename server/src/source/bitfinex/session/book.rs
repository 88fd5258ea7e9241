//! The book of a subscription, proven by the venue's checksums.

use app::model::GapCause;

use super::{
    super::{
        facts::STREAM_LEVELS,
        messages::{BookMessage, BookRow, ChannelFrame, Kind, parse_book},
    },
    checksum::checksum,
};
use crate::{
    refine::ladder::Ladder,
    source::{
        levels::SavedLadder,
        message::MessageError,
        session::{BookChange, StreamEvent},
    },
};

/// What [`ProvenBook`] saves.
pub type SavedBook = SavedLadder;

/// The venue takes away what falls out of its window: a side never grows far beyond what was asked for.
const MAX_LEVELS: usize = 4 * STREAM_LEVELS;

/// Follows the book; empty until the first snapshot, and again once it is lost.
#[derive(Debug, Default)]
pub struct ProvenBook(Option<Ladder>);

impl ProvenBook {
    /// The book while it can be trusted.
    pub const fn ladder(&self) -> Option<&Ladder> {
        self.0.as_ref()
    }

    /// Takes a frame of the book's channel; gives why the book cannot be trusted any more, if so.
    ///
    /// # Errors
    /// When the frame cannot be read.
    pub fn take(
        &mut self,
        frame: &ChannelFrame<'_>,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<(GapCause, String)>, MessageError> {
        let observed_at = frame.at;
        if frame.kind == Kind::Checksum {
            return self.prove(frame.payload);
        }
        if frame.kind != Kind::Data {
            return Ok(None);
        }
        match (parse_book(frame.payload)?, &mut self.0) {
            (BookMessage::Snapshot(rows), _) => {
                let mut ladder = Ladder::default();
                for BookRow { side, price, size } in rows {
                    ladder.set(side, price, size);
                }
                self.0 = Some(ladder);
                out.push(StreamEvent::Book(BookChange::Synced { observed_at }));
            }
            (BookMessage::Change(row), Some(ladder)) => {
                ladder.set(row.side, row.price, row.size);
                let levels = ladder.len();
                if levels > MAX_LEVELS {
                    let reason = format!("{levels} levels are more than were asked for");
                    return Ok(Some((GapCause::Sequence, reason)));
                }
                out.push(StreamEvent::Book(BookChange::Updated { observed_at }));
            }
            (BookMessage::Change(_), None) => {
                let reason = "a change came before the book".to_owned();
                return Ok(Some((GapCause::Sequence, reason)));
            }
        }
        Ok(None)
    }

    fn prove(&self, payload: &str) -> Result<Option<(GapCause, String)>, MessageError> {
        let theirs: i32 = payload.parse().map_err(|_| MessageError::Contract {
            what: "a checksum",
            reason: format!("{payload:.40?} is not a signed 32-bit number"),
        })?;
        let Some(ladder) = &self.0 else {
            return Ok(None);
        };
        let ours = checksum(ladder);
        Ok((ours != theirs).then(|| {
            let reason = format!("the venue's checksum is {theirs}, that of the book here {ours}");
            (GapCause::Checksum, reason)
        }))
    }

    /// The book cannot be trusted any more.
    pub fn lose(&mut self, cause: GapCause, reason: String, out: &mut Vec<StreamEvent>) {
        if self.0.take().is_some() {
            out.push(StreamEvent::Book(BookChange::Lost { cause, reason }));
        }
    }

    /// What a run of frames begins with.
    pub fn saved(&self) -> Option<SavedBook> {
        self.0.as_ref().map(SavedLadder::from)
    }

    /// The book that was saved.
    ///
    /// # Errors
    /// When a level is none.
    pub fn restored(saved: Option<&SavedBook>) -> Result<Self, String> {
        Ok(Self(saved.map(SavedLadder::ladder).transpose()?))
    }
}
