//! Frames to send, at the pace the venue takes them.

use std::collections::VecDeque;

use crate::source::{budget::Bucket, venue::Allowance};

/// Frames that may wait: more of them say that something asks in a loop.
const MOST: usize = 64;

/// Frames that wait, in the order they are sent.
#[derive(Debug)]
pub struct Outbox {
    waiting: VecDeque<(i64, String)>,
    bucket: Bucket,
}

impl Outbox {
    /// Nothing waits.
    pub fn new(allowance: Allowance, now_ms: i64) -> Self {
        Self {
            waiting: VecDeque::new(),
            bucket: Bucket::new(allowance, now_ms),
        }
    }

    /// Adds a frame that is not sent before `not_before`; false if too many wait already.
    pub fn push(&mut self, not_before: i64, text: String) -> bool {
        if self.waiting.len() >= MOST {
            return false;
        }
        self.waiting.push_back((not_before, text));
        true
    }

    /// The next frame that may be sent now.
    pub fn pop(&mut self, now_ms: i64) -> Option<String> {
        let ready = self.waiting.iter().position(|(at, _)| *at <= now_ms)?;
        if self.bucket.take(1, 0, now_ms) > 0 {
            return None;
        }
        self.waiting.remove(ready).map(|(_, text)| text)
    }
}
