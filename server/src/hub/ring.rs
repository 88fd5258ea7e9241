//! The newest alert transitions, ready to send.

use std::collections::BTreeMap;

use app::model::{AlertEventVm, LiveEvent};
use axum::body::Bytes;

use super::frame;

/// Transitions kept ready.
const KEPT: usize = 1024;

/// Transitions by number.
#[derive(Debug, Default)]
pub struct Ring(BTreeMap<i64, Bytes>);

impl Ring {
    /// Adds transitions and forgets the oldest beyond 1024.
    pub fn extend(&mut self, events: Vec<AlertEventVm>) {
        for event in events {
            self.0.insert(event.seq, frame(&LiveEvent::Alert(event)));
        }
        while self.0.len() > KEPT {
            self.0.pop_first();
        }
    }

    /// The transitions after `seq` up to `newest`; `None` if one of those numbers is not here.
    ///
    /// Two writers may tell theirs in another order than they committed them, so a number that is missing here can be
    /// in the database.
    pub fn between(&self, seq: i64, newest: i64) -> Option<Vec<(i64, Bytes)>> {
        let mut last = seq;
        let mut frames = Vec::new();
        for (&at, frame) in self.0.range(seq.checked_add(1)?..) {
            if at != last + 1 {
                return None;
            }
            last = at;
            frames.push((at, frame.clone()));
        }
        (last >= newest).then_some(frames)
    }
}
