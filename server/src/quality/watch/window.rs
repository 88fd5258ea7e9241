//! A sliding window over the newest candles.

use std::collections::VecDeque;

/// The newest values and their bounds. The median lies between the bounds, so that most candles are judged without
/// knowing it.
///
/// It reaches over so many candles, not values: one that is left out still takes a place. What a candle is judged by
/// then depends on as many candles before it as the window is long, wherever the look began.
#[derive(Debug, Default)]
pub(super) struct Window {
    pub(super) values: VecDeque<f64>,
    /// Time and place of each value.
    marks: VecDeque<(i64, u64)>,
    /// Candles so far.
    places: u64,
    /// Smallest and largest value, if they are known.
    bounds: Option<(f64, f64)>,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The candle of that time has this value.
    pub(super) fn push(&mut self, at: i64, value: f64, size: usize) {
        self.leave_out(size);
        self.values.push_back(value);
        self.marks.push_back((at, self.places));
        self.bounds = self
            .bounds
            .map(|(low, high)| (low.min(value), high.max(value)));
    }

    /// The next candle has no value, or none to go by.
    pub(super) fn leave_out(&mut self, size: usize) {
        self.places += 1;
        let oldest = self.places.saturating_sub(size as u64);
        while self
            .marks
            .front()
            .is_some_and(|(_, place)| *place <= oldest)
        {
            self.pop_oldest();
        }
    }

    /// Values before a time say nothing any more.
    pub(super) fn forget_before(&mut self, at: i64) {
        while self.marks.front().is_some_and(|(time, _)| *time < at) {
            self.pop_oldest();
        }
    }

    fn pop_oldest(&mut self) {
        self.marks.pop_front();
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

    /// Times and values, oldest first, each multiplied.
    pub(super) fn points(&self, factor: f64) -> Vec<(i64, f64)> {
        let times = self.marks.iter().map(|(at, _)| *at);
        let values = self.values.iter().map(|value| value * factor);
        times.zip(values).collect()
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
            window.push(end as i64, *value, 60);
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
        window.forget_before(499);
        assert_eq!(window.bounds(), (values[499], values[499]));
        assert_eq!(window.points(2.0), [(499, 2.0 * values[499])]);
    }

    #[test]
    fn what_is_left_out_takes_a_place() {
        let mut window = Window::default();
        for at in 0..10 {
            if at % 2 == 0 {
                window.push(at, at as f64, 4);
            } else {
                window.leave_out(4);
            }
        }
        assert_eq!(window.values, [6.0, 8.0]);
        for _ in 0..3 {
            window.leave_out(4);
        }
        assert_eq!(window.len(), 0);
    }
}
