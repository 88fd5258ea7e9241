//! At most one value in a pause: the first at once, then the newest when the pause is over.

/// Lets values through. Time comes with the values, so that the same values give the same result again.
#[derive(Debug, Clone)]
pub(super) struct Throttle<T> {
    pub(super) pause_ms: i64,
    /// When a value went through.
    pub(super) last_at: Option<i64>,
    waiting: Option<T>,
}

impl<T> Throttle<T> {
    pub(super) const fn new(pause_ms: i64, last_at: Option<i64>) -> Self {
        Self {
            pause_ms,
            last_at,
            waiting: None,
        }
    }

    /// True if a value may go through; a clock that was set back ends the pause.
    fn is_due(&self, at: i64) -> bool {
        self.last_at
            .is_none_or(|last| at < last || at - last >= self.pause_ms)
    }

    /// The value whose pause is over.
    pub(super) fn due(&mut self, at: i64) -> Option<T> {
        if self.waiting.is_none() || !self.is_due(at) {
            return None;
        }
        self.flush(at)
    }

    /// Takes a value: through, or waiting. True in second place if it took the place of one that waited.
    pub(super) fn offer(&mut self, value: T, at: i64) -> (Option<T>, bool) {
        if self.is_due(at) {
            let superseded = self.waiting.take().is_some();
            self.last_at = Some(at);
            return (Some(value), superseded);
        }
        (None, self.waiting.replace(value).is_some())
    }

    /// The value that waits, pause or not.
    pub(super) fn flush(&mut self, at: i64) -> Option<T> {
        let value = self.waiting.take()?;
        self.last_at = Some(at);
        Some(value)
    }

    /// Drops what waits; true if there was something.
    pub(super) fn drop_waiting(&mut self) -> bool {
        self.waiting.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_goes_at_once_and_the_newest_after_the_pause() {
        let mut throttle = Throttle::new(100, None);
        assert_eq!(throttle.offer('a', 0), (Some('a'), false));
        assert_eq!(throttle.offer('b', 40), (None, false));
        assert_eq!(throttle.due(60), None);
        assert_eq!(throttle.offer('c', 80), (None, true), "b is superseded");
        assert_eq!(throttle.due(100), Some('c'));
        assert_eq!(throttle.offer('d', 150), (None, false));
        assert_eq!(throttle.flush(160), Some('d'));
        assert_eq!(throttle.offer('e', 300), (Some('e'), false));
        assert_eq!(throttle.offer('f', 10), (Some('f'), false), "set back");
    }
}
