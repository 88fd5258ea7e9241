//! Newest trades of a series by number: one that comes again is known.

use std::collections::{HashMap, VecDeque};

/// Numbers kept: some seconds at 20,000 a second, and more than any venue repeats after a reconnect.
pub(super) const KEPT: usize = 100_000;
/// The same number this far apart in time is another trade: the venue numbers anew. REST may tell times in whole
/// seconds where the stream tells milliseconds.
const SAME_MS: i64 = 60_000;

/// A bounded set of numbers, and the times of their trades.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    times: HashMap<i64, i64>,
    order: VecDeque<i64>,
}

impl Recent {
    /// Notes a trade; false if it is known.
    pub(super) fn add(&mut self, trade_id: i64, traded_at: i64) -> bool {
        if self.knows(trade_id, traded_at) {
            return false;
        }
        if self.times.insert(trade_id, traded_at).is_none() {
            self.order.push_back(trade_id);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.times.remove(&oldest);
        }
        true
    }

    pub(super) fn knows(&self, trade_id: i64, traded_at: i64) -> bool {
        self.times
            .get(&trade_id)
            .is_some_and(|at| traded_at.abs_diff(*at) < SAME_MS.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_near_its_time() {
        let mut recent = Recent::default();
        assert!(recent.add(7, 1_000_123));
        assert!(!recent.add(7, 1_000_000), "whole seconds");
        assert!(recent.add(7, 9_000_000), "another trade");
        assert!(!recent.knows(8, 1_000_123));
    }

    #[test]
    fn the_set_is_bounded() {
        let mut recent = Recent::default();
        for id in 0..KEPT as i64 + 10 {
            assert!(recent.add(id, 0));
        }
        assert_eq!((recent.times.len(), recent.order.len()), (KEPT, KEPT));
        assert!(!recent.knows(9, 0) && recent.knows(10, 0));
    }
}
