//! From values to places in a chart, and where its axes are marked.

use crate::{
    chart::ticks::{price_ticks, time_ticks},
    format::decimal,
};

/// Width of every chart in its own units; the page stretches it to the room there is.
pub(super) const WIDTH: f64 = 1000.0;
/// Marks on an axis of time, and of these where they are numbers of days.
const MARKS: usize = 8;
const SHORT_MARKS: usize = 14;
/// A range this wide (highest over lowest) is drawn on a logarithmic scale.
const WIDE: f64 = 8.0;

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Place in the chart's units.
    pub at: f64,
    /// What to write.
    pub label: String,
    /// Begins a year, a month or a day.
    pub bold: bool,
}

/// A vertical axis: low values at the bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    lo: f64,
    hi: f64,
    height: f64,
    /// Equal distances are equal ratios.
    pub log: bool,
}

impl Scale {
    /// An axis from `lo` to `hi`; a range that is empty or no range is widened.
    pub fn linear(lo: f64, hi: f64, height: f64) -> Self {
        let (lo, hi) = if lo.is_finite() && hi.is_finite() && hi > lo {
            (lo, hi)
        } else if lo.is_finite() {
            (lo - lo.abs() * 0.05 - 1e-9, lo + lo.abs() * 0.05 + 1e-9)
        } else {
            (0.0, 1.0)
        };
        Self {
            lo,
            hi,
            height,
            log: false,
        }
    }

    /// An axis that holds all values with a little room, logarithmic where their range is wide.
    pub fn around(values: impl Iterator<Item = f64>, height: f64) -> Self {
        let (lo, hi) = ends(values);
        if lo > 0.0 && hi.is_finite() && hi / lo >= WIDE {
            let room = (hi / lo).powf(0.04);
            return Self {
                lo: lo / room,
                hi: hi * room,
                height,
                log: true,
            };
        }
        let room = (hi - lo) * 0.05;
        Self::linear(lo - room, hi + room, height)
    }

    /// Place of a value, from the top; kept within the chart.
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.lo) / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        if share.is_finite() {
            self.height * (1.0 - share.clamp(0.0, 1.0))
        } else {
            self.height
        }
    }

    /// At most about `most` marks; `write` makes a label of a value and the decimals that tell the marks apart.
    pub fn ticks(&self, most: usize, write: impl Fn(f64, usize) -> String) -> Vec<Tick> {
        let tick = |value: f64, decimals| Tick {
            at: self.at(value),
            label: write(value, decimals),
            bold: false,
        };
        if !self.log {
            let ticks = price_ticks(self.lo, self.hi, most);
            return ticks
                .at
                .iter()
                .map(|value| tick(*value, ticks.decimals))
                .collect();
        }
        log_ticks(self.lo, self.hi, most)
            .into_iter()
            .map(|value| tick(value, (-value.log10().floor()).clamp(0.0, 8.0) as usize))
            .collect()
    }
}

/// Powers of ten; with 2 and 5 times them, or 3 times, where there is room.
fn log_ticks(lo: f64, hi: f64, most: usize) -> Vec<f64> {
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let of = |factors: &[f64]| -> Vec<f64> {
        (first..=last)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)))
            .filter(|value| (lo..=hi).contains(value))
            .collect()
    };
    let [dense, middle, sparse] = [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]].map(of);
    if dense.len() <= most {
        dense
    } else if middle.len() <= most {
        middle
    } else {
        let every = sparse.len().div_ceil(most.max(1)).max(1);
        sparse.into_iter().step_by(every).collect()
    }
}

/// Smallest and largest finite value; NaN twice without any.
pub(super) fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|value| value.is_finite())
        .fold((f64::NAN, f64::NAN), |(lo, hi), value| {
            (lo.min(value), hi.max(value))
        })
}

/// A horizontal axis of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    from: f64,
    to: f64,
}

impl Time {
    /// From the start of the first bucket to the end of the last, milliseconds.
    pub fn new(from: i64, to: i64) -> Self {
        Self {
            from: from as f64,
            to: (to as f64).max(from as f64 + 1.0),
        }
    }

    /// Place of a time, from the left.
    pub fn at(&self, at_ms: i64) -> f64 {
        ((at_ms as f64 - self.from) / (self.to - self.from)).clamp(0.0, 1.0) * WIDTH
    }

    /// Length of so many milliseconds.
    pub fn length(&self, ms: i64) -> f64 {
        ms as f64 / (self.to - self.from) * WIDTH
    }

    /// Few enough marks for a telephone; none at the very end, where the next year or month begins.
    pub fn ticks(&self) -> Vec<Tick> {
        // numbers of days are short: more of them fit
        let days = time_ticks(self.from, self.to, SHORT_MARKS);
        let short = days.iter().all(|tick| {
            tick.label.len() <= 4 && tick.label.parse::<u32>().map_or(tick.bold, |day| day < 32)
        });
        let ticks = if short {
            days
        } else {
            time_ticks(self.from, self.to, MARKS)
        };
        let years = ticks.iter().all(|tick| tick.label.len() == 4 && tick.bold);
        ticks
            .into_iter()
            .map(|tick| Tick {
                at: self.at(tick.at),
                bold: tick.bold && !years,
                label: tick.label,
            })
            // charts show days: hours would only be places between them
            .filter(|tick| tick.at < WIDTH - 1.0 && !tick.label.contains(':'))
            .collect()
    }
}

/// Label of a price, with as many decimals as tell the marks apart.
pub(super) fn price_label(value: f64, decimals: usize) -> String {
    decimal(value, decimals)
}

/// Label of a share.
pub(super) fn percent_label(value: f64, decimals: usize) -> String {
    format!("{} %", decimal(value * 100.0, decimals.saturating_sub(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_range_is_logarithmic() {
        let narrow = Scale::around([100.0, 200.0].into_iter(), 200.0);
        assert!(!narrow.log);
        let wide = Scale::around([2.0, 20_000.0].into_iter(), 200.0);
        assert!(wide.log);
        let middle = wide.at(200.0);
        assert!((middle - 100.0).abs() < 1e-6, "{middle}");
        let labels: Vec<String> = wide
            .ticks(6, price_label)
            .into_iter()
            .map(|tick| tick.label)
            .collect();
        assert_eq!(labels, ["10", "100", "1,000", "10,000"]);
    }

    #[test]
    fn high_is_up_and_nothing_leaves_the_chart() {
        let scale = Scale::linear(-0.5, 0.0, 100.0);
        assert_eq!(scale.at(0.0), 0.0);
        assert_eq!(scale.at(-0.5), 100.0);
        assert_eq!(scale.at(7.0), 0.0);
        assert_eq!(scale.at(f64::NAN), 100.0);
        let labels: Vec<String> = scale
            .ticks(5, percent_label)
            .into_iter()
            .map(|tick| tick.label)
            .collect();
        assert_eq!(labels, ["−50 %", "−40 %", "−30 %", "−20 %", "−10 %", "0 %"]);
    }

    #[test]
    fn marks_of_time_fit_their_span() {
        let labels = |from: i64, days: i64| -> Vec<String> {
            let time = Time::new(from, from + days * crate::model::DAY_MS);
            time.ticks().into_iter().map(|tick| tick.label).collect()
        };
        // 2012-01-01, 2026-07-01
        assert_eq!(labels(1_325_376_000_000, 5_000).len(), 7);
        assert!(labels(1_782_864_000_000, 90).len() > 8);
    }

    #[test]
    fn odd_ranges_give_finite_places() {
        for values in [
            vec![],
            vec![f64::NAN],
            vec![5.0],
            vec![0.0, 0.0],
            vec![f64::INFINITY, 1.0],
        ] {
            let scale = Scale::around(values.clone().into_iter(), 100.0);
            assert!(scale.at(5.0).is_finite(), "{values:?}");
            assert!(
                scale
                    .ticks(5, price_label)
                    .iter()
                    .all(|tick| tick.at.is_finite())
            );
        }
        let time = Time::new(5, 5);
        assert!(time.at(5).is_finite() && time.length(1).is_finite());
    }
}
