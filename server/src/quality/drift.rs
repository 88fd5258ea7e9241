//! How far two distributions lie apart.

use super::histogram::Distribution;

/// Bins of the population stability index: deciles of the reference.
const BINS: usize = 10;

/// A comparison of two samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Population stability index over deciles of the reference: Σ (a − e) ln (a / e), with half a value added to each
    /// bin.
    pub psi: f64,
    /// Largest distance of the two cumulative distributions.
    pub ks: f64,
    /// What of that distance is more than chance: D − 1.8 √((n + m) / (n m)), at least 0.
    pub ks_effect: f64,
}

/// Compares a sample with a reference. `standardised` takes the scale out: the sizes of both are measured in their own
/// median size, because the scale of returns and volumes changes with the times and is no fault of the data.
#[must_use]
pub fn drift(reference: &Distribution, sample: &Distribution, standardised: bool) -> Drift {
    let before = reference.positions(standardised);
    let now = sample.positions(standardised);
    let ks = distance(&before, &now);
    let (n, m) = (reference.count as f64, sample.count as f64);
    Drift {
        psi: stability(&before, &now),
        ks,
        ks_effect: (ks - 1.8 * ((n + m) / (n * m)).sqrt()).max(0.0),
    }
}

fn total(positions: &[(i32, u32)]) -> f64 {
    positions.iter().map(|(_, count)| f64::from(*count)).sum()
}

fn stability(reference: &[(i32, u32)], sample: &[(i32, u32)]) -> f64 {
    // last position of each bin; a position that fills several bins joins them
    let wanted = total(reference) / BINS as f64;
    let mut ends: Vec<i32> = Vec::new();
    let mut below = 0.0;
    for (position, count) in reference {
        below += f64::from(*count);
        if below >= wanted * (ends.len() + 1) as f64 {
            ends.push(*position);
            while below >= wanted * (ends.len() + 1) as f64 && ends.len() < BINS {
                ends.push(*position);
            }
        }
    }
    ends.dedup();
    ends.pop();
    let shares = |positions: &[(i32, u32)]| -> Vec<f64> {
        let mut bins = vec![0.5; ends.len() + 1];
        for (position, count) in positions {
            bins[ends.partition_point(|end| end < position)] += f64::from(*count);
        }
        let all: f64 = bins.iter().sum();
        bins.iter().map(|bin| bin / all).collect()
    };
    shares(reference)
        .iter()
        .zip(shares(sample))
        .map(|(e, a)| (a - e) * (a / e).ln())
        .sum()
}

fn distance(a: &[(i32, u32)], b: &[(i32, u32)]) -> f64 {
    let (all_a, all_b) = (total(a), total(b));
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let (mut below_a, mut below_b, mut largest) = (0.0, 0.0, 0.0_f64);
    while let Some(at) = [a.peek(), b.peek()]
        .into_iter()
        .flatten()
        .map(|(position, _)| *position)
        .min()
    {
        while let Some((_, count)) = a.next_if(|(position, _)| *position == at) {
            below_a += f64::from(*count);
        }
        while let Some((_, count)) = b.next_if(|(position, _)| *position == at) {
            below_b += f64::from(*count);
        }
        largest = largest.max((below_a / all_a - below_b / all_b).abs());
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::histogram::Histogram;

    fn of(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.push(value);
        }
        histogram.finish().unwrap()
    }

    #[test]
    fn the_same_values_do_not_drift() {
        let a = of((1..=1000).map(f64::from));
        let same = drift(&a, &a, false);
        assert_eq!((same.psi, same.ks, same.ks_effect), (0.0, 0.0, 0.0));
        let scaled = of((1..=1000).map(|value| f64::from(value) * 8.0));
        assert!(drift(&a, &scaled, false).psi > 1.0);
        assert!(drift(&a, &scaled, true).psi < 1e-12);
    }

    #[test]
    fn psi_and_distance_by_hand() {
        // ten powers of two, one each hundred times: each is a bin
        let reference = of((0..1000).map(|index| f64::from(1 << (index % 10))));
        // the lower half twice as often, the upper half gone: a = 0.2 or 0, e = 0.1
        let sample = of((0..1000).map(|index| f64::from(1 << (index % 5))));
        let found = drift(&reference, &sample, false);
        let (e, full, empty) = (100.5 / 1005.0, 200.5 / 1005.0, 0.5 / 1005.0);
        let expected =
            5.0 * (full - e) * f64::ln(full / e) + 5.0 * (empty - e) * f64::ln(empty / e);
        assert!((found.psi - expected).abs() < 1e-9, "{found:?}");
        assert!((found.ks - 0.5).abs() < 1e-12);
        assert!((found.ks_effect - (0.5 - 1.8 * (2000.0_f64 / 1e6).sqrt())).abs() < 1e-12);
    }

    #[test]
    fn a_stuck_price_is_seen_in_its_returns() {
        let returns = |stuck: bool| {
            of((0..5000).map(|index| {
                if stuck && index % 4 == 0 {
                    0.0
                } else {
                    f64::from(index % 101 - 50) / 10_000.0
                }
            }))
        };
        let quiet = drift(&returns(false), &returns(false), true);
        assert!(quiet.psi < 0.1);
        assert!(drift(&returns(false), &returns(true), true).psi > 0.25);
    }
}
