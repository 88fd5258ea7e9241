//! A sliding window of the newest values.

use std::collections::VecDeque;

/// The newest values and their bounds. The median lies between the bounds, so that most candles are judged without
/// knowing it.
#[derive(Debug, Default)]
pub(super) struct Window {
    pub(super) values: VecDeque<f64>,
    /// Smallest and largest value, if they are known.
    bounds: Option<(f64, f64)>,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn push(&mut self, value: f64, size: usize) {
        if self.values.len() == size {
            self.pop_oldest();
        }
        self.values.push_back(value);
        self.bounds = self
            .bounds
            .map(|(low, high)| (low.min(value), high.max(value)));
    }

    pub(super) fn pop_oldest(&mut self) {
        let gone = self.values.pop_front();
        if self
            .bounds
            .zip(gone)
            .is_some_and(|((low, high), gone)| gone <= low || gone >= high)
        {
            self.bounds = None;
        }
    }

    /// Smallest and largest value; infinities the wrong way round in an empty window.
    pub(super) fn bounds(&mut self) -> (f64, f64) {
        *self.bounds.get_or_insert_with(|| {
            let (front, back) = self.values.as_slices();
            front
                .iter()
                .chain(back)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(*value), high.max(*value))
                })
        })
    }

    /// True if fewer than half of the values are below `low` and fewer than half above `high`: then the median is
    /// between them.
    pub(super) fn median_is_within(&self, low: f64, high: f64) -> bool {
        let (mut below, mut above) = (0, 0);
        let (front, back) = self.values.as_slices();
        for value in front.iter().chain(back) {
            below += usize::from(*value < low);
            above += usize::from(*value > high);
        }
        below.max(above) * 2 < self.values.len()
    }

    pub(super) fn median(&self) -> f64 {
        middle(self.values.iter().copied().collect())
    }

    /// Median distance from `centre`.
    pub(super) fn median_distance(&self, centre: f64) -> f64 {
        middle(
            self.values
                .iter()
                .map(|value| (value - centre).abs())
                .collect(),
        )
    }
}

fn middle(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let at = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    let (below, middle, _) = values.select_nth_unstable_by(at, f64::total_cmp);
    if is_odd {
        return *middle;
    }
    let before = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(before, *middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_median_follow_the_window() {
        let mut window = Window::default();
        let values: Vec<f64> = (0..500).map(|n| f64::from(n * 7919 % 101)).collect();
        for (end, value) in values.iter().enumerate() {
            window.push(*value, 60);
            let mut newest = values[(end + 1).saturating_sub(60)..=end].to_vec();
            newest.sort_by(f64::total_cmp);
            let middle = f64::midpoint(newest[(newest.len() - 1) / 2], newest[newest.len() / 2]);
            assert_eq!(window.median(), middle, "after {end}");
            for (low, high) in [(20.0, 40.0), (40.0, 60.0), (50.0, 50.0), (60.0, 90.0)] {
                if window.median_is_within(low, high) {
                    assert!(
                        (low..=high).contains(&middle),
                        "after {end}: {low} to {high}"
                    );
                }
            }
            assert!(window.median_is_within(newest[0], newest[newest.len() - 1]));
            assert_eq!(window.bounds(), (newest[0], newest[newest.len() - 1]));
        }
        while window.len() > 1 {
            window.pop_oldest();
        }
        assert_eq!(window.bounds(), (values[499], values[499]));
    }
}
