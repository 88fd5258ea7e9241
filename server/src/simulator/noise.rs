//! Random numbers that belong to a place in time: the same seed, purpose and index give the same numbers, in
//! whatever order they are asked for.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// What random numbers are for; numbers of different purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Purpose {
    /// Price level at the start of a day.
    Level = 1,
    /// Volatility regime of a block of hours.
    Regime,
    /// Short swings of volatility.
    Burst,
    /// Returns, jumps and volumes of a day's minutes.
    Day,
    /// Prices within a minute.
    Path,
}

/// A generator for one place in time.
pub(super) fn rng(seed: u64, purpose: Purpose, index: i64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    key[16..24].copy_from_slice(&index.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// One standard normal number for one place in time.
pub(super) fn normal(seed: u64, purpose: Purpose, index: i64) -> f64 {
    rng(seed, purpose, index).sample(StandardNormal)
}

/// Smooth noise: standard normal numbers `knot` apart, eased into each other.
pub(super) fn smooth(seed: u64, purpose: Purpose, at: i64, knot: i64) -> f64 {
    let index = at.div_euclid(knot);
    let share = at.rem_euclid(knot) as f64 / knot as f64;
    ease(
        normal(seed, purpose, index),
        normal(seed, purpose, index + 1),
        share,
    )
}

/// From `a` to `b` with a flat start and end.
pub(super) fn ease(a: f64, b: f64, share: f64) -> f64 {
    a + (b - a) * share * share * (3.0 - 2.0 * share)
}
