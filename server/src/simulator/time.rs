//! The simulated time: starts somewhere and runs at a multiple of the clock's speed.

use std::time::Duration;

use crate::clock::Clock;

/// Translates between the clock and the simulated time, both in milliseconds since the epoch.
#[derive(Debug, Clone)]
pub(super) struct SimTime {
    clock: Clock,
    clock_start: i64,
    start: i64,
    speed: f64,
}

impl SimTime {
    /// Simulated time is `start` now and passes `speed` times as fast as the clock's.
    pub(super) fn new(clock: Clock, start: Option<i64>, speed: f64) -> Self {
        let clock_start = clock.now_ms();
        Self {
            clock,
            clock_start,
            start: start.unwrap_or(clock_start),
            speed,
        }
    }

    /// Current simulated time.
    pub(super) fn now(&self) -> i64 {
        self.of_clock(self.clock_now())
    }

    /// Current time of the clock.
    pub(super) fn clock_now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// How long so many simulated milliseconds take in real time.
    pub(super) fn real(&self, simulated_ms: i64) -> Duration {
        let ms = simulated_ms.max(0) as f64 / self.speed;
        Duration::try_from_secs_f64(ms / 1_000.0 / self.clock.speed()).unwrap_or(Duration::MAX)
    }

    /// Simulated time at a time of the clock.
    pub(super) fn of_clock(&self, clock_ms: i64) -> i64 {
        let elapsed = clock_ms.saturating_sub(self.clock_start) as f64;
        self.start.saturating_add((elapsed * self.speed) as i64)
    }

    /// Time of the clock at a simulated time.
    pub(super) fn to_clock(&self, simulated_ms: i64) -> i64 {
        let elapsed = simulated_ms.saturating_sub(self.start) as f64;
        self.clock_start
            .saturating_add((elapsed / self.speed).round() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_time_runs_at_its_speed() {
        let clock = Clock::fixed(10_000);
        let time = SimTime::new(clock.clone(), Some(1_000_000), 60.0);
        assert_eq!(time.now(), 1_000_000);
        clock.advance(1_000);
        assert_eq!(time.now(), 1_060_000);
        assert_eq!(time.to_clock(1_060_000), 11_000);
    }
}
