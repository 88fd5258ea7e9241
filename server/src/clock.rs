//! The one source of the current time, so that tests can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Tells the time in milliseconds since the epoch, UTC. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    /// `None`: the system's clock.
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self { fixed: None }
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn fixed(at_ms: i64) -> Self {
        Self {
            fixed: Some(Arc::new(AtomicI64::new(at_ms))),
        }
    }

    /// The current time in milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.fixed {
            Some(at) => at.load(Ordering::SeqCst),
            None => system_now_ms(),
        }
    }

    /// Sets a fixed clock and all its clones; the system's clock cannot be set and stays as it is.
    pub fn set(&self, at_ms: i64) {
        if let Some(at) = &self.fixed {
            at.store(at_ms, Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock and all its clones forward; the system's clock stays as it is.
    pub fn advance(&self, by_ms: i64) {
        if let Some(at) = &self.fixed {
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
    use super::Clock;

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
