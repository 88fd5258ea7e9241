//! How long a source is left alone after a failure.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::error::FetchError;

/// A ban without a Retry-After lasts at least this long: the shortest that Binance documents.
const BAN_MS: i64 = 120_000;

/// Pauses of a [`Backoff`], in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffConfig {
    /// No pause is shorter: full jitter alone may give 0.
    pub min_ms: i64,
    /// Upper bound of the first pause; it doubles with every failure.
    pub base_ms: i64,
    /// No drawn pause is longer. A pause that the venue asks for may be.
    pub cap_ms: i64,
    /// Pause after a firewall's refusal; six times as long where the region or a missing key is the reason.
    pub blocked_ms: i64,
}

impl Default for BackoffConfig {
    /// Up to 1 s, doubling to 5 minutes; an hour when blocked.
    fn default() -> Self {
        Self {
            min_ms: 250,
            base_ms: 1_000,
            cap_ms: 300_000,
            blocked_ms: 3_600_000,
        }
    }
}

impl BackoffConfig {
    /// How long a venue that answers with this status is left alone at least.
    ///
    /// A region or a missing key (451, 401) does not change by itself; a firewall (403) may think better of it; a ban
    /// (418) lasts minutes even where the venue does not say how many.
    #[must_use]
    pub fn floor_ms(&self, status: u16, retry_after_ms: Option<i64>) -> Option<i64> {
        let floor = match status {
            401 | 451 => self.blocked_ms.saturating_mul(6),
            403 => self.blocked_ms,
            418 => BAN_MS,
            _ => return retry_after_ms,
        };
        Some(match retry_after_ms {
            // it knows when its own ban ends
            Some(asked) if status == 418 => asked,
            asked => floor.max(asked.unwrap_or(0)),
        })
    }
}

/// Exponential pauses with full jitter. Only valid data resets them: a source that connects and then sends rubbish
/// is not asked in a tight loop.
#[derive(Debug, Clone)]
pub struct Backoff {
    config: BackoffConfig,
    failures: u32,
    rng: ChaCha8Rng,
}

impl Backoff {
    /// No failure yet. The same seed draws the same pauses; sources of one process need different ones.
    #[must_use]
    pub fn new(config: BackoffConfig, seed: u64) -> Self {
        Self {
            config,
            failures: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Failures since the last valid data.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Longest pause the next failure draws, in milliseconds.
    #[must_use]
    pub fn ceiling_ms(&self) -> i64 {
        // 2^40 seconds are beyond any cap.
        let doubled = 1_i64 << self.failures.min(40);
        self.config
            .base_ms
            .saturating_mul(doubled)
            .min(self.config.cap_ms)
            .max(self.config.min_ms)
    }

    /// Counts a failure and draws the pause after it, in milliseconds: not shorter than `floor_ms`, what the venue
    /// asked for, and then a little longer, so that clients do not all come back at once.
    pub fn failed(&mut self, floor_ms: Option<i64>) -> i64 {
        let ceiling = self.ceiling_ms();
        self.failures = self.failures.saturating_add(1);
        let drawn = self.rng.random_range(self.config.min_ms..=ceiling);
        match floor_ms {
            Some(floor) if floor >= drawn => {
                floor.saturating_add(self.rng.random_range(0..=self.config.base_ms))
            }
            _ => drawn,
        }
    }

    /// As [`Self::failed`], with the floor that the error gives: Retry-After, or a long quarantine when blocked.
    pub fn failed_with(&mut self, error: &FetchError) -> i64 {
        self.turned_away(error.status(), error.retry_after_ms())
    }

    /// As [`Self::failed`], with the floor that an HTTP status and its Retry-After give.
    pub fn turned_away(&mut self, status: Option<u16>, retry_after_ms: Option<i64>) -> i64 {
        let floor = status.map_or(retry_after_ms, |status| {
            self.config.floor_ms(status, retry_after_ms)
        });
        self.failed(floor)
    }

    /// Valid data came: the next failure is the first again.
    pub const fn valid_data(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: BackoffConfig = BackoffConfig {
        min_ms: 100,
        base_ms: 1_000,
        cap_ms: 20_000,
        blocked_ms: 3_600_000,
    };

    #[test]
    fn ceilings_double_up_to_the_cap() {
        let mut backoff = Backoff::new(CONFIG, 1);
        for expected in [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000] {
            assert_eq!(backoff.ceiling_ms(), expected);
            let pause = backoff.failed(None);
            assert!((CONFIG.min_ms..=expected).contains(&pause), "{pause}");
        }
        for _ in 0..100 {
            assert!(backoff.failed(None) <= CONFIG.cap_ms);
        }
    }

    #[test]
    fn pauses_use_the_whole_range() {
        let mut backoff = Backoff::new(CONFIG, 2);
        for _ in 0..10 {
            backoff.failed(None);
        }
        let pauses: Vec<i64> = (0..400).map(|_| backoff.failed(None)).collect();
        let below = |limit| pauses.iter().filter(|pause| **pause < limit).count();
        assert!((60..140).contains(&below(5_000)), "{}", below(5_000));
        assert!((150..250).contains(&below(10_000)), "{}", below(10_000));
    }

    #[test]
    fn only_valid_data_resets() {
        let mut backoff = Backoff::new(CONFIG, 3);
        backoff.failed(None);
        backoff.failed(Some(50));
        assert_eq!(backoff.failures(), 2);
        assert_eq!(backoff.ceiling_ms(), 4_000);
        backoff.valid_data();
        assert_eq!((backoff.failures(), backoff.ceiling_ms()), (0, 1_000));
    }

    #[test]
    fn what_the_venue_asks_for_is_a_floor_even_above_the_cap() {
        for (floor, least, most) in [
            (0, 100, 1_000),
            (30_000, 30_000, 31_000),
            (86_400_000, 86_400_000, 86_401_000),
            (i64::MAX, i64::MAX, i64::MAX),
        ] {
            let pause = Backoff::new(CONFIG, 4).failed(Some(floor));
            assert!((least..=most).contains(&pause), "floor {floor}: {pause}");
        }
    }

    #[test]
    fn each_refusal_has_its_own_pause() {
        let floor = |status, asked| CONFIG.floor_ms(status, asked);
        for (status, asked, expected) in [
            (429, Some(7_000), Some(7_000)),
            (429, None, None),
            (418, None, Some(120_000)),
            (418, Some(30_000), Some(30_000)),
            (403, None, Some(3_600_000)),
            (401, None, Some(21_600_000)),
            (451, Some(10), Some(21_600_000)),
            (451, Some(86_400_000), Some(86_400_000)),
            (503, Some(60_000), Some(60_000)),
            (500, None, None),
        ] {
            assert_eq!(floor(status, asked), expected, "{status} {asked:?}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_pauses() {
        let pauses = |seed| -> Vec<i64> {
            let mut backoff = Backoff::new(CONFIG, seed);
            (0..10).map(|_| backoff.failed(None)).collect()
        };
        assert_eq!(pauses(5), pauses(5));
        assert_ne!(pauses(5), pauses(6));
    }
}
