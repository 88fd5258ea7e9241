//! A sliding window whose median is at hand.

use std::collections::VecDeque;

/// The newest values, also kept in order, so that the median is at hand.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    arrived: VecDeque<f64>,
    pub(super) sorted: Vec<f64>,
}

impl Sorted {
    pub(super) fn len(&self) -> usize {
        self.arrived.len()
    }

    pub(super) fn push(&mut self, value: f64, window: usize) {
        if self.arrived.len() == window {
            self.pop_oldest();
        }
        self.arrived.push_back(value);
        let at = self.sorted.partition_point(|have| *have < value);
        self.sorted.insert(at, value);
    }

    pub(super) fn pop_oldest(&mut self) {
        if let Some(oldest) = self.arrived.pop_front() {
            let at = self.sorted.partition_point(|have| *have < oldest);
            self.sorted.remove(at);
        }
    }

    pub(super) fn median(&self) -> f64 {
        middle(&self.sorted)
    }

    /// Median distance from `centre`.
    pub(super) fn median_distance(&self, centre: f64) -> f64 {
        let mut distances: Vec<f64> = self
            .sorted
            .iter()
            .map(|value| (value - centre).abs())
            .collect();
        distances.sort_by(f64::total_cmp);
        middle(&distances)
    }
}

fn middle(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
