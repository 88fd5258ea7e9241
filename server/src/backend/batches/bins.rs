//! Shapes of stored distributions: shares of values in bins that a picture can show.

use app::model::batch::HistogramVm;

use crate::quality::histogram::Distribution;

/// Bins of a picture.
const BINS: usize = 48;
/// Beyond this ratio of its 99 % and 1 % quantiles a distribution of positive values is shown on a logarithmic scale.
const LOG_RATIO: f64 = 20.0;

/// Share of the larger end that a range must exceed to be more than a few stored buckets.
const NARROW: f64 = 0.1;

/// What a picture shows of the values: from the 1 % to the 99 % quantile, and all of them where that is a single value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    is_log: bool,
}

impl Scale {
    /// A scale that suits all of these; `None` if there is nothing to show.
    pub fn of(all: &[&Distribution]) -> Option<Self> {
        let ends = |low: f64, high: f64| {
            let from = all.iter().map(|one| one.quantile(low));
            let to = all.iter().map(|one| one.quantile(high));
            (
                from.fold(f64::INFINITY, f64::min),
                to.fold(f64::NEG_INFINITY, f64::max),
            )
        };
        let (mut from, mut to) = ends(0.01, 0.99);
        // quantiles are exact to half a bucket only: of values that lie close together they tell nothing
        if to - from <= NARROW * from.abs().max(to.abs()) {
            (from, to) = ends(0.0, 1.0);
        }
        if !(from.is_finite() && to.is_finite()) || from > to {
            return None;
        }
        if from == to {
            // a single value stands in the middle
            let margin = (from.abs() * 0.1).max(1e-9);
            (from, to) = (from - margin, to + margin);
        }
        Some(Self {
            from,
            to,
            is_log: from > 0.0 && to / from > LOG_RATIO,
        })
    }

    /// Place of a value, 0 at the left edge and [`BINS`] at the right one.
    fn place(self, value: f64) -> f64 {
        let share = if self.is_log && value <= 0.0 {
            f64::NEG_INFINITY
        } else if self.is_log {
            (value / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        share * BINS as f64
    }

    /// The shares of the values in each bin. A stored bucket that is wider than a bin is spread evenly over its range.
    pub fn histogram(self, name: &str, values: &Distribution) -> HistogramVm {
        let mut shares = vec![0.0; BINS];
        let total = values.count.max(1) as f64;
        for (from, to, count) in values.buckets() {
            let share = count as f64 / total;
            let (left, right) = (self.place(from), self.place(to));
            if right < 0.0 || left > BINS as f64 {
                continue;
            }
            if right - left < 1e-9 {
                let at = (left as usize).min(BINS - 1);
                shares[at] += share;
                continue;
            }
            let width = right - left;
            let (first, last) = (
                left.max(0.0) as usize,
                right.min(BINS as f64).ceil() as usize,
            );
            for (bin, total) in shares.iter_mut().enumerate().take(last).skip(first) {
                let overlap = right.min((bin + 1) as f64) - left.max(bin as f64);
                *total += share * (overlap / width).clamp(0.0, 1.0);
            }
        }
        HistogramVm {
            name: name.to_owned(),
            from: self.from,
            to: self.to,
            is_log: self.is_log,
            shares,
        }
    }
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
    fn even_values_give_an_even_picture() {
        let even = of((1_000..3_000).map(f64::from));
        let scale = Scale::of(&[&even]).unwrap();
        assert!(!scale.is_log);
        let shares = scale.histogram("close", &even).shares;
        let sum: f64 = shares.iter().sum();
        assert!((0.94..=1.0).contains(&sum), "{sum}");
        for share in &shares[1..BINS - 1] {
            assert!((share * BINS as f64 - 1.0).abs() < 0.15, "{shares:?}");
        }
    }

    #[test]
    fn wide_distributions_are_logarithmic_and_signs_have_their_side() {
        let wide = of((0..1_000).map(|index| 1.01f64.powi(index)));
        let scale = Scale::of(&[&wide]).unwrap();
        assert!(scale.is_log);
        let shares = scale.histogram("volume", &wide).shares;
        assert!(
            shares.iter().all(|share| *share > 0.5 / BINS as f64),
            "{shares:?}"
        );

        let returns = of((-500..=500).map(|index| f64::from(index) / 1e5));
        let scale = Scale::of(&[&returns]).unwrap();
        let shares = scale.histogram("return", &returns).shares;
        let (left, right) = shares.split_at(BINS / 2);
        let difference = left.iter().sum::<f64>() - right.iter().sum::<f64>();
        assert!(difference.abs() < 0.01, "{difference}");
    }

    #[test]
    fn values_close_together_are_all_shown() {
        let (a, b) = (
            of((0..700).map(|index| 4310.0 + f64::from(index % 7))),
            of((0..700).map(|index| 4312.0 + f64::from(index % 7))),
        );
        let scale = Scale::of(&[&a, &b]).unwrap();
        for one in [&a, &b] {
            let sum: f64 = scale.histogram("close", one).shares.iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
    }

    #[test]
    fn a_single_value_and_zeros_can_be_shown() {
        for values in [vec![5.0; 10], vec![0.0; 10], vec![-1.0]] {
            let single = of(values);
            let scale = Scale::of(&[&single]).unwrap();
            let sum: f64 = scale.histogram("x", &single).shares.iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
        assert_eq!(Scale::of(&[]), None);
    }
}
