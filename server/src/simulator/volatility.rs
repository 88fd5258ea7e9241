//! How restless the market is at a time: persistent regimes, the hour of the day, short bursts.

use std::f64::consts::TAU;

use super::noise::{Purpose, ease, normal, smooth};

/// Minutes a regime lasts at least.
const BLOCK: i64 = 240;
/// Blocks whose shocks a regime remembers: what makes regimes last for days.
const MEMORY: i64 = 6;
/// Standard deviation of a 1-minute log return in the normal regime, averaged over the day. With the regimes' weights
/// it gives the tails of the 2018 Bitfinex minutes (99 % within .53 %, 99.9 % within 1.03 %).
const NORMAL_SIGMA: f64 = 0.00125;
/// Minutes in a day.
const DAY: i64 = 1440;

/// A state of the market that lasts for hours to days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Regime {
    /// Small moves, little volume.
    Calm,
    /// The usual.
    Normal,
    /// Large moves, much volume.
    Wild,
}

impl Regime {
    /// Volatility as a multiple of the normal regime's.
    const fn factor(self) -> f64 {
        match self {
            Self::Calm => 0.55,
            Self::Normal => 1.0,
            Self::Wild => 1.9,
        }
    }
}

/// The regime of a block (blocks since the epoch).
fn regime_of_block(seed: u64, block: i64) -> Regime {
    let sum: f64 = (0..MEMORY)
        .map(|back| normal(seed, Purpose::Regime, block - back))
        .sum();
    match sum / (MEMORY as f64).sqrt() {
        score if score < -0.55 => Regime::Calm,
        score if score < 1.15 => Regime::Normal,
        _ => Regime::Wild,
    }
}

/// Multiples of the usual volatility for every minute of a day; regimes flow into each other.
pub(super) fn of_day(seed: u64, day: i64) -> Vec<f64> {
    let first_block = (day * DAY).div_euclid(BLOCK);
    let factors: Vec<f64> = (0..=DAY / BLOCK)
        .map(|block| regime_of_block(seed, first_block + block).factor().ln())
        .collect();
    (0..DAY)
        .map(|minute| {
            let block = (minute / BLOCK) as usize;
            let share = (minute % BLOCK) as f64 / BLOCK as f64;
            ease(factors[block], factors[block + 1], share).exp()
        })
        .collect()
}

/// Standard deviation of the log return of a minute, given its regime's multiple.
pub(super) fn sigma(seed: u64, minute: i64, regime_factor: f64) -> f64 {
    let burst = (0.22 * smooth(seed, Purpose::Burst, minute, 20)).exp();
    NORMAL_SIGMA * regime_factor * burst * (1.0 + 0.22 * daily_wave(minute)) * weekend(minute, 0.85)
}

/// Volume as a multiple of the average, by hour of day and day of week.
pub(super) fn volume_season(minute: i64) -> f64 {
    (1.0 + 0.42 * daily_wave(minute)) * weekend(minute, 0.7)
}

/// −1 to 1 with the top at 15:00 UTC, when Europe and America both trade.
fn daily_wave(minute: i64) -> f64 {
    ((minute.rem_euclid(DAY) - 900) as f64 / DAY as f64 * TAU).cos()
}

/// `factor` on Saturdays and Sundays, else 1. Day 0 of the epoch was a Thursday.
fn weekend(minute: i64, factor: f64) -> f64 {
    match minute.div_euclid(DAY).rem_euclid(7) {
        2 | 3 => factor,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_regime_comes_and_stays_for_a_while() {
        let regimes: Vec<Regime> = (100_000..102_000)
            .map(|block| regime_of_block(1, block))
            .collect();
        let share = |regime: Regime| {
            regimes.iter().filter(|other| **other == regime).count() as f64 / regimes.len() as f64
        };
        assert!((0.15..0.45).contains(&share(Regime::Calm)));
        assert!((0.40..0.75).contains(&share(Regime::Normal)));
        assert!((0.05..0.25).contains(&share(Regime::Wild)));
        let kept = regimes.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!(kept > 1_400, "{kept} of 1999 blocks keep the regime before");
    }
}
