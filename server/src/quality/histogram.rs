//! A histogram with logarithmic buckets: any range of values in bounded memory, in one pass.
//!
//! A bucket is the exponent of the number and the first 5 bits of its mantissa: 32 buckets for each doubling, at most 3 %
//! wide. It is read off the bits of the number, so that a value costs a few nanoseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Mantissa bits that stay.
const BITS: u32 = 5;
/// Buckets of one doubling.
pub const PER_DOUBLING: i32 = 1 << BITS;
const SHIFT: u32 = 52 - BITS;
/// Smallest and largest exponent told apart: 2^−64 … 2^64. What is beyond falls into the outermost bucket.
const MIN_EXPONENT: i64 = 1023 - 64;
const BUCKETS: usize = 128 << BITS;
const FIRST: i64 = MIN_EXPONENT << BITS;

/// Counts of values by their logarithm; negative, zero and positive values apart.
#[derive(Debug, Clone)]
pub struct Histogram {
    positive: Vec<u32>,
    negative: Vec<u32>,
    zero: u64,
    count: u64,
    min: f64,
    max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            positive: Vec::new(),
            negative: Vec::new(),
            zero: 0,
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Histogram {
    /// Counts a value; what is no finite number is passed over.
    #[inline]
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value == 0.0 {
            self.zero += 1;
            return;
        }
        let side = if value > 0.0 {
            &mut self.positive
        } else {
            &mut self.negative
        };
        if side.is_empty() {
            side.resize(BUCKETS, 0);
        }
        let bucket = bucket(value);
        side[bucket] = side[bucket].saturating_add(1);
    }

    /// What is kept of it; `None` if nothing was counted.
    #[must_use]
    pub fn finish(&self) -> Option<Distribution> {
        (self.count > 0).then(|| Distribution {
            count: self.count,
            min: self.min,
            max: self.max,
            zero: self.zero,
            positive: sparse(&self.positive),
            negative: sparse(&self.negative),
        })
    }
}

/// Position of the bucket of a value that is not zero.
#[inline]
fn bucket(value: f64) -> usize {
    let bits = (value.abs().to_bits() >> SHIFT).cast_signed() - FIRST;
    usize::try_from(bits.clamp(0, BUCKETS as i64 - 1)).unwrap_or(0)
}

fn sparse(counts: &[u32]) -> Vec<(i32, u32)> {
    (0..)
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(bucket, count)| (bucket, *count))
        .collect()
}

/// A finished histogram: buckets that hold anything, ascending, and their counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Values in all.
    pub count: u64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Zeros.
    pub zero: u64,
    /// Buckets of positive values, by size.
    pub positive: Vec<(i32, u32)>,
    /// Buckets of negative values, by size.
    pub negative: Vec<(i32, u32)>,
}

impl Distribution {
    /// All values of several; `None` if there are none.
    #[must_use]
    pub fn merged<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let (mut positive, mut negative) = (BTreeMap::new(), BTreeMap::new());
        let mut whole: Option<Self> = None;
        for part in parts {
            for (into, from) in [
                (&mut positive, &part.positive),
                (&mut negative, &part.negative),
            ] {
                for (bucket, count) in from {
                    let sum: &mut u32 = into.entry(*bucket).or_default();
                    *sum = sum.saturating_add(*count);
                }
            }
            whole = Some(match whole {
                None => part.clone(),
                Some(whole) => Self {
                    count: whole.count.saturating_add(part.count),
                    min: whole.min.min(part.min),
                    max: whole.max.max(part.max),
                    zero: whole.zero.saturating_add(part.zero),
                    ..whole
                },
            });
        }
        whole.map(|whole| Self {
            positive: positive.into_iter().collect(),
            negative: negative.into_iter().collect(),
            ..whole
        })
    }

    /// The value that a share `q` of the values is not above, exact to half a bucket (1.6 %).
    #[must_use]
    pub fn quantile(&self, q: f64) -> f64 {
        if q <= 0.0 {
            return self.min;
        }
        if q >= 1.0 {
            return self.max;
        }
        let wanted = q * self.count as f64;
        let mut below = 0.0;
        for (value, count) in self.ascending() {
            below += f64::from(count);
            if below >= wanted {
                return value.clamp(self.min, self.max);
            }
        }
        self.max
    }

    /// Middle of each bucket and its count, ascending by value.
    fn ascending(&self) -> impl Iterator<Item = (f64, u32)> + '_ {
        let zero = u32::try_from(self.zero).unwrap_or(u32::MAX);
        self.negative
            .iter()
            .rev()
            .map(|(bucket, count)| (-middle(*bucket), *count))
            .chain((zero > 0).then_some((0.0, zero)))
            .chain(
                self.positive
                    .iter()
                    .map(|(bucket, count)| (middle(*bucket), *count)),
            )
    }

    /// Ends of each bucket within the smallest and the largest value, and its count, ascending; zeros are a bucket without
    /// width.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> + '_ {
        let within = |from: f64, to: f64, count: u32| {
            let (min, max) = (self.min, self.max);
            (from.clamp(min, max), to.clamp(min, max), u64::from(count))
        };
        self.negative
            .iter()
            .rev()
            .map(move |(bucket, count)| {
                let (begin, end) = edges(*bucket);
                within(-end, -begin, *count)
            })
            .chain((self.zero > 0).then_some((0.0, 0.0, self.zero)))
            .chain(self.positive.iter().map(move |(bucket, count)| {
                let (begin, end) = edges(*bucket);
                within(begin, end, *count)
            }))
    }

    /// Signed positions of the buckets on one scale, ascending, with the size of the values in units of their median size
    /// where `standardised`. Zero lies between the smallest of both signs.
    #[must_use]
    pub fn positions(&self, standardised: bool) -> Vec<(i32, u32)> {
        /// Beyond every shift of a bucket.
        const ORIGIN: i32 = 4 * BUCKETS as i32;
        let shift = if standardised { self.median_size() } else { 0 };
        let at = |bucket: i32| ORIGIN + bucket - shift;
        let zero = u32::try_from(self.zero).unwrap_or(u32::MAX);
        self.negative
            .iter()
            .rev()
            .map(|(bucket, count)| (-at(*bucket), *count))
            .chain((zero > 0).then_some((0, zero)))
            .chain(
                self.positive
                    .iter()
                    .map(|(bucket, count)| (at(*bucket), *count)),
            )
            .collect()
    }

    /// Bucket of the median absolute value among those that are not zero.
    fn median_size(&self) -> i32 {
        let mut sizes: Vec<(i32, u32)> = self
            .positive
            .iter()
            .chain(&self.negative)
            .copied()
            .collect();
        sizes.sort_unstable();
        let half = (self.count - self.zero) / 2;
        let mut below = 0;
        for (bucket, count) in sizes {
            below += u64::from(count);
            if below > half {
                return bucket;
            }
        }
        0
    }
}

/// Middle of a bucket of positive values.
fn middle(bucket: i32) -> f64 {
    let (begin, end) = edges(bucket);
    f64::midpoint(begin, end)
}

/// First value of a bucket of positive values, and the first after it.
fn edges(bucket: i32) -> (f64, f64) {
    let begin = |bucket: i64| f64::from_bits(((FIRST + bucket) << SHIFT).cast_unsigned());
    let bucket = i64::from(bucket);
    (begin(bucket), begin(bucket + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.push(value);
        }
        histogram.finish().unwrap()
    }

    #[test]
    fn quantiles_are_right_to_half_a_bucket() {
        let all = of((1..=10_000).map(f64::from));
        for (q, expected) in [(0.01, 100.0), (0.25, 2500.0), (0.5, 5000.0), (0.99, 9900.0)] {
            let got = all.quantile(q);
            assert!((got / expected - 1.0).abs() < 0.017, "{q}: {got}");
        }
        assert_eq!((all.quantile(0.0), all.quantile(1.0)), (1.0, 10_000.0));
        assert_eq!((all.min, all.max, all.count), (1.0, 10_000.0, 10_000));
    }

    #[test]
    fn signs_and_extremes_have_their_place() {
        let mixed = of([-2.0, -1.0, 0.0, 0.0, 1e-300, 3.0, 1e300, f64::NAN]);
        assert_eq!((mixed.count, mixed.zero), (7, 2));
        assert!(mixed.quantile(0.2) < -0.9);
        assert_eq!(mixed.quantile(0.5), 0.0);
        assert_eq!(mixed.quantile(1.0), 1e300);
        let positions = mixed.positions(false);
        assert!(positions.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(Histogram::default().finish(), None);
    }

    #[test]
    fn the_scale_drops_out_when_standardised() {
        let values: Vec<f64> = (1..2000).map(|index| f64::from(index - 700)).collect();
        let small = of(values.iter().copied());
        let large = of(values.iter().map(|value| value * 1024.0));
        assert_ne!(small.positions(false), large.positions(false));
        assert_eq!(small.positions(true), large.positions(true));
    }
}
