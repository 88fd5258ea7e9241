//! Request weight: what a client may ask for in a minute.

use std::sync::{Mutex, PoisonError};

use app::model::MINUTE_MS;

/// Weight a client may use in a minute.
pub(super) const LIMIT: u32 = 6_000;

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

/// Weight of a request, by its path and the book levels it asks for.
pub(super) fn weight_of(path: &str, levels: Option<usize>, all_symbols: bool) -> u32 {
    match path {
        "/api/v3/exchangeInfo" => 20,
        "/api/v3/ticker/24hr" if all_symbols => 80,
        "/api/v3/ticker/bookTicker" if all_symbols => 4,
        "/api/v3/ticker/24hr" | "/api/v3/ticker/bookTicker" | "/api/v3/klines" => 2,
        "/api/v3/depth" => match levels.unwrap_or(100) {
            0..=100 => 5,
            101..=500 => 25,
            501..=1000 => 50,
            _ => 250,
        },
        _ => 1,
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
    fn weights_are_the_documented_ones() {
        assert_eq!(weight_of("/api/v3/depth", Some(100), false), 5);
        assert_eq!(weight_of("/api/v3/depth", Some(1000), false), 50);
        assert_eq!(weight_of("/api/v3/ticker/24hr", None, true), 80);
        assert_eq!(weight_of("/api/v3/klines", None, false), 2);
        assert_eq!(weight_of("/api/v3/ping", None, false), 1);
    }
}
