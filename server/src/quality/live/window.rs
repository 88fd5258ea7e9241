//! Counts over the last stretch of time, in slots: the memory does not grow with the number of events.

use std::collections::VecDeque;

/// Slots of a window: a count reaches back at most a sixtieth of the stretch too far.
const SLOTS: i64 = 60;

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Rows or moments tested.
    pub tested: i64,
    /// Those that broke the rule.
    pub failed: i64,
}

impl Seen {
    /// Share of those that broke it; 0 of none.
    pub fn share(self) -> f64 {
        if self.tested == 0 {
            0.0
        } else {
            self.failed as f64 / self.tested as f64
        }
    }
}

/// Counts of the last stretch of time.
#[derive(Debug, Clone, Default)]
pub struct Window {
    width_ms: i64,
    /// Number of the slot and its counts, the newest last.
    slots: VecDeque<(i64, Seen)>,
}

impl Window {
    /// Adds counts of a moment, for a stretch of `within_ms`. With another stretch than before it begins anew.
    pub fn add(&mut self, within_ms: i64, at: i64, tested: i64, failed: i64) {
        let width_ms = (within_ms / SLOTS).max(1);
        if width_ms != self.width_ms {
            self.slots.clear();
            self.width_ms = width_ms;
        }
        let slot = at.div_euclid(width_ms);
        if self
            .slots
            .back()
            .is_some_and(|(newest, _)| newest - slot > SLOTS)
        {
            // the clock was set back: what was counted would never end
            self.slots.clear();
        }
        match self.slots.back_mut() {
            Some((newest, seen)) if *newest >= slot => {
                seen.tested += tested;
                seen.failed += failed;
            }
            _ => self.slots.push_back((slot, Seen { tested, failed })),
        }
        while self.slots.len() > SLOTS as usize + 1 {
            self.slots.pop_front();
        }
    }

    /// The counts of the stretch before `now_ms`.
    pub fn sum(&self, now_ms: i64) -> Seen {
        if self.width_ms == 0 {
            return Seen::default();
        }
        let from = now_ms.div_euclid(self.width_ms) - SLOTS;
        let counted = self.slots.iter().filter(|(slot, _)| *slot >= from);
        counted.fold(Seen::default(), |sum, (_, seen)| Seen {
            tested: sum.tested + seen.tested,
            failed: sum.failed + seen.failed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_long_ago_are_forgotten_and_memory_is_bounded() {
        let mut window = Window::default();
        assert_eq!(window.sum(0), Seen::default());
        for at in 0..200_000 {
            window.add(60_000, at, 1, i64::from(at % 100 == 0));
        }
        let seen = window.sum(200_000);
        assert!((60_000..=61_000).contains(&seen.tested), "{seen:?}");
        assert!((600..=610).contains(&seen.failed), "{seen:?}");
        assert_eq!(window.slots.len() as i64, SLOTS + 1);
        assert_eq!(window.sum(300_000), Seen::default());
    }

    #[test]
    fn a_clock_that_is_set_back_and_another_stretch_begin_anew() {
        let mut window = Window::default();
        window.add(60_000, 10_000_000, 1, 1);
        window.add(60_000, 0, 1, 0);
        assert_eq!(window.sum(1_000).failed, 0);
        window.add(1_000, 2_000, 1, 1);
        assert_eq!(
            window.sum(2_000),
            Seen {
                tested: 1,
                failed: 1
            }
        );
    }
}
