//! Latencies of one stretch of the way.

use hdrhistogram::Histogram;

/// Longer latencies count as this one.
const MOST_MS: u64 = 600_000;
/// Digits that quantiles are good for.
const DIGITS: u8 = 2;
/// Quantiles are those of the last one to two of these stretches.
const STRETCH_MS: i64 = 60_000;

/// Upper bounds of the buckets of a [`Distribution`], in milliseconds.
pub const BUCKETS_MS: [i64; 14] = [
    0, 1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/// Latencies since the start, for Prometheus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Latencies up to each of [`BUCKETS_MS`], those of smaller buckets included.
    pub buckets: [u64; BUCKETS_MS.len()],
    /// All of them.
    pub count: u64,
    /// Their sum in milliseconds.
    pub sum_ms: i64,
}

/// Latencies that may be below 0.
#[derive(Debug)]
struct Signed {
    ahead: Histogram<u64>,
    behind: Histogram<u64>,
}

impl Signed {
    fn new() -> Option<Self> {
        let histogram = || Histogram::new_with_max(MOST_MS, DIGITS).ok();
        Some(Self {
            ahead: histogram()?,
            behind: histogram()?,
        })
    }

    fn record(&mut self, ms: i64) {
        let histogram = if ms < 0 {
            &mut self.ahead
        } else {
            &mut self.behind
        };
        histogram.saturating_record(ms.unsigned_abs());
    }
}

/// Latencies of one stretch of the way: the newest for quantiles, all for Prometheus.
#[derive(Debug, Default)]
pub struct Track {
    now: Option<Signed>,
    before: Option<Signed>,
    since: i64,
    all: Distribution,
}

impl Track {
    /// Adds a latency that was measured at this time.
    pub fn record(&mut self, ms: i64, at: i64) {
        if self.now.is_none() || at - self.since >= STRETCH_MS {
            self.before = self.now.take();
            self.now = Signed::new();
            self.since = at;
        }
        if let Some(now) = &mut self.now {
            now.record(ms);
        }
        for (bucket, most_ms) in self.all.buckets.iter_mut().zip(BUCKETS_MS) {
            *bucket += u64::from(ms <= most_ms);
        }
        self.all.count += 1;
        self.all.sum_ms = self.all.sum_ms.saturating_add(ms);
    }

    /// Median and 99th percentile of the newest; `None` without any.
    pub fn quantiles(&self) -> Option<(f64, f64)> {
        let mut all = Signed::new()?;
        for signed in [&self.before, &self.now].into_iter().flatten() {
            // of the same range: it fits
            all.ahead.add(&signed.ahead).ok()?;
            all.behind.add(&signed.behind).ok()?;
        }
        (all.ahead.len() + all.behind.len() > 0)
            .then(|| (quantile(&all, 0.5), quantile(&all, 0.99)))
    }

    pub const fn distribution(&self) -> Distribution {
        self.all
    }
}

fn quantile(all: &Signed, share: f64) -> f64 {
    let (ahead, behind) = (all.ahead.len() as f64, all.behind.len() as f64);
    let rank = share * (ahead + behind);
    if rank <= ahead {
        // the smallest are those furthest ahead
        return -(all.ahead.value_at_quantile(1.0 - rank / ahead) as f64);
    }
    all.behind.value_at_quantile((rank - ahead) / behind) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(told: f64, expected: f64) {
        assert!(
            (told - expected).abs() <= expected.abs() / 50.0 + 1.0,
            "{told} for {expected}"
        );
    }

    #[test]
    fn quantiles_run_through_zero() {
        let mut track = Track::default();
        assert_eq!(track.quantiles(), None);
        for ms in -50..=149 {
            track.record(ms, 0);
        }
        let (median, most) = track.quantiles().unwrap();
        about(median, 49.0);
        about(most, 147.0);
        let mut ahead = Track::default();
        for ms in -200..0 {
            ahead.record(ms, 0);
        }
        let (median, most) = ahead.quantiles().unwrap();
        about(median, -100.0);
        about(most, -2.0);
    }

    #[test]
    fn what_is_long_ago_is_forgotten_but_stays_in_the_distribution() {
        let mut track = Track::default();
        for (ms, at) in [(1_000, 0), (10, 60_000), (20, 120_000)] {
            track.record(ms, at);
        }
        about(track.quantiles().unwrap().1, 20.0);
        let all = track.distribution();
        assert_eq!((all.count, all.sum_ms), (3, 1_030));
        assert_eq!(all.buckets[3..8], [0, 1, 2, 2, 2]);
        track.record(i64::MAX, 130_000);
        track.record(i64::MIN, 130_000);
        assert!(track.quantiles().unwrap().1 >= 590_000.0);
    }
}
