//! The one source of the current time, so that tests can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time in milliseconds since the epoch, UTC. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Fixed(Arc<AtomicI64>),
    Scaled(Arc<Scaled>),
}

/// Time that passes at a multiple of another clock's speed.
#[derive(Debug)]
struct Scaled {
    base: Clock,
    base_start_ms: i64,
    start_ms: i64,
    speed: f64,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn fixed(at_ms: i64) -> Self {
        Self(Kind::Fixed(Arc::new(AtomicI64::new(at_ms))))
    }

    /// A clock that says `start_ms` now and runs `speed` times as fast as `base`; `speed` must be above 0.
    #[must_use]
    pub fn scaled(base: Self, start_ms: i64, speed: f64) -> Self {
        Self(Kind::Scaled(Arc::new(Scaled {
            base_start_ms: base.now_ms(),
            base,
            start_ms,
            speed,
        })))
    }

    /// The current time in milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::System => system_now_ms(),
            Kind::Fixed(at) => at.load(Ordering::SeqCst),
            Kind::Scaled(scaled) => {
                let passed = scaled.base.now_ms().saturating_sub(scaled.base_start_ms);
                let passed = passed as f64 * scaled.speed;
                scaled.start_ms.saturating_add(passed as i64)
            }
        }
    }

    /// Milliseconds of this clock in one of real time; 1 for a fixed clock.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match &self.0 {
            Kind::System | Kind::Fixed(_) => 1.0,
            Kind::Scaled(scaled) => scaled.speed * scaled.base.speed(),
        }
    }

    /// How long to wait in real time until so many milliseconds of this clock have passed.
    #[must_use]
    pub fn wait_of(&self, ms: i64) -> Duration {
        let wait = Duration::from_millis(ms.max(0).unsigned_abs());
        Duration::try_from_secs_f64(wait.as_secs_f64() / self.speed()).unwrap_or(wait)
    }

    /// Milliseconds of this clock that pass in a real time.
    #[must_use]
    pub fn ms_of(&self, real: Duration) -> i64 {
        (real.as_secs_f64() * 1000.0 * self.speed()) as i64
    }

    /// Sets a fixed clock and all its clones; other clocks cannot be set and stay as they are.
    pub fn set(&self, at_ms: i64) {
        if let Kind::Fixed(at) = &self.0 {
            at.store(at_ms, Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock and all its clones forward; other clocks stay as they are.
    pub fn advance(&self, by_ms: i64) {
        if let Kind::Fixed(at) = &self.0 {
            at.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

fn system_now_ms() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Clock;

    #[test]
    fn a_scaled_clock_runs_at_its_speed() {
        let base = Clock::fixed(10_000);
        let clock = Clock::scaled(base.clone(), 1_000_000, 60.0);
        assert_eq!(clock.now_ms(), 1_000_000);
        base.advance(500);
        assert_eq!(clock.now_ms(), 1_030_000);
        assert_eq!(clock.wait_of(30_000), Duration::from_millis(500));
        assert_eq!(clock.ms_of(Duration::from_millis(500)), 30_000);
    }

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(1_000);
        let clone = clock.clone();
        clock.advance(500);
        assert_eq!(clone.now_ms(), 1_500);
        clone.set(7);
        assert_eq!(clock.now_ms(), 7);
    }

    #[test]
    fn the_system_clock_is_not_set() {
        let clock = Clock::system();
        clock.set(7);
        assert!(clock.now_ms() > 1_600_000_000_000);
    }
}
