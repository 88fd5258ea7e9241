//! Random numbers of a place, cheap enough for millions of them: the same seed and index give the same number.

use super::noise::ease;

/// Mixes a seed and an index into 64 random bits (the finaliser of `SplitMix64`, Steele et al. 2014).
pub(super) const fn mix(seed: u64, index: i64) -> u64 {
    let mut bits = seed
        .wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Uniform in `[0, 1)`.
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// About standard normal, never beyond 3.5: the sum of four uniform numbers, scaled.
pub(super) fn bell(bits: u64) -> f64 {
    let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xffff).sum();
    (sum as f64 / 65_536.0 - 2.0) * 3.0_f64.sqrt()
}

/// Smooth noise: bell-shaped numbers `knot` apart, eased into each other.
pub(super) fn drift(seed: u64, at: i64, knot: i64) -> f64 {
    let index = at.div_euclid(knot);
    let share = at.rem_euclid(knot) as f64 / knot as f64;
    ease(bell(mix(seed, index)), bell(mix(seed, index + 1)), share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_as_they_should_be() {
        let values: Vec<f64> = (0..20_000).map(|at| bell(mix(7, at))).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((0.95..1.05).contains(&variance), "{variance}");
        let low = (0..20_000).filter(|at| unit(mix(8, *at)) < 0.25).count();
        assert!((4_700..5_300).contains(&low), "{low}");
        assert!((drift(1, 599, 600) - drift(1, 600, 600)).abs() < 0.01);
    }
}
