//! Request weight: what a client may ask for in a minute.

use std::sync::{Mutex, PoisonError};

use app::model::MINUTE_MS;

/// Weight used in the current minute of the clock. There is one client address, loopback, so one count.
#[derive(Debug, Default)]
pub(super) struct WeightMeter {
    /// The minute and the weight used in it.
    used: Mutex<(i64, u32)>,
}

impl WeightMeter {
    /// Adds a request's weight and gives the sum of the minute.
    pub(super) fn add(&self, clock_ms: i64, weight: u32) -> u32 {
        // Two numbers written together: whole after a panic elsewhere.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = clock_ms.div_euclid(MINUTE_MS);
        if used.0 != minute {
            *used = (minute, 0);
        }
        used.1 = used.1.saturating_add(weight);
        used.1
    }
}

/// How often a client has been told to wait and did not.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// When the last 429 was over, requests before that, end of the ban.
    state: Mutex<(i64, u32, i64)>,
}

/// Requests against a 429 that are borne with.
const BORNE: u32 = 10;
/// Length of a ban.
const BAN_MS: i64 = 120_000;

impl Patience {
    /// Milliseconds that a ban goes on.
    pub(super) fn banned_for(&self, clock_ms: i64) -> Option<i64> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Some(state.2 - clock_ms).filter(|left| *left > 0)
    }

    /// Counts a request that is answered with 429 and a time to wait; says whether the client is banned now.
    pub(super) fn told_to_wait(&self, clock_ms: i64, wait_ms: i64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let impatient = clock_ms < state.0;
        let count = if impatient { state.1 + 1 } else { 0 };
        *state = if count > BORNE {
            (0, 0, clock_ms + BAN_MS)
        } else {
            (clock_ms + wait_ms, count, 0)
        };
        state.2 > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_is_counted_by_the_minute() {
        let meter = WeightMeter::default();
        assert_eq!(meter.add(60_000, 5), 5);
        assert_eq!(meter.add(119_999, 2), 7);
        assert_eq!(meter.add(120_000, 2), 2);
    }

    #[test]
    fn who_does_not_wait_is_banned_for_a_while() {
        let patience = Patience::default();
        for _ in 0..=BORNE {
            assert!(!patience.told_to_wait(1_000, 5_000));
        }
        assert!(patience.told_to_wait(1_001, 5_000));
        assert_eq!(patience.banned_for(2_001), Some(119_000));
        assert_eq!(patience.banned_for(121_001), None);
        assert!(!patience.told_to_wait(200_000, 5_000), "who waits is not");
        for at in 1..50 {
            assert!(!patience.told_to_wait(200_000 + at * 5_000, 5_000));
        }
    }
}
