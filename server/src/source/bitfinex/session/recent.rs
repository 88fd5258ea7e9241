//! Numbers of the newest trades: each comes as `te` and as `tu`, and again at the beginning of a new subscription.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Numbers that are remembered: more than any burst between `te` and `tu`.
const REMEMBERED: usize = 512;

/// Newest numbers, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    ids: VecDeque<i64>,
    highest: i64,
}

impl Recent {
    /// True the first time a number is seen.
    pub fn is_new(&mut self, id: i64) -> bool {
        // most are higher than all before
        if id <= self.highest && self.ids.iter().rev().any(|known| *known == id) {
            return false;
        }
        self.highest = self.highest.max(id);
        self.ids.push_back(id);
        if self.ids.len() > REMEMBERED {
            self.ids.pop_front();
        }
        true
    }
}
