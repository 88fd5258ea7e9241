//! A score over time as a line of steps: it holds until it is told anew.

use std::fmt::Write as _;

use crate::{
    format,
    fragment::Text,
    model::{DAY_MS, WEEK_MS},
};

/// What a reader looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its end: now.
    pub to: i64,
    /// True: seven days; else 24 hours.
    pub is_week: bool,
}

impl Stretch {
    /// Its beginning.
    pub const fn from(self) -> i64 {
        self.to - if self.is_week { WEEK_MS } else { DAY_MS }
    }

    /// `last 24 h`
    pub const fn words(self) -> &'static str {
        if self.is_week {
            "last 7 days"
        } else {
            "last 24 h"
        }
    }

    /// Place of a moment in a picture so wide.
    pub fn x(self, at: i64, width: f64) -> f64 {
        let share = (at - self.from()) as f64 / (self.to - self.from()) as f64;
        (share.clamp(0.0, 1.0) * width * 10.0).round() / 10.0
    }
}

/// The scores that held in the stretch, oldest first; the first from before it, if any is known.
fn within(history: &[(i64, f64)], stretch: Stretch) -> Vec<(i64, f64)> {
    let known = history
        .iter()
        .filter(|(at, score)| *at <= stretch.to && score.is_finite());
    let mut points: Vec<(i64, f64)> = known.copied().collect();
    points.sort_by_key(|(at, _)| *at);
    let before = points.partition_point(|(at, _)| *at <= stretch.from());
    points.drain(..before.saturating_sub(1));
    points
}

/// How the score differs from that at the beginning of the stretch; `None` where there was none.
pub fn change(history: &[(i64, f64)], stretch: Stretch) -> Option<f64> {
    let points = within(history, stretch);
    let (first, last) = (points.first()?, points.last()?);
    (points.len() > 1).then_some(last.1 - first.1)
}

/// The line as SVG, from 0 at its foot to 100; empty where nothing is known. `class` gives it its size.
pub fn line(name: &str, history: &[(i64, f64)], stretch: Stretch, class: &str) -> String {
    let points = within(history, stretch);
    let Some((_, newest)) = points.last() else {
        return String::new();
    };
    let y = |score: f64| format!("{:.1}", 25.0 - score.clamp(0.0, 100.0) / 100.0 * 24.0);
    let mut path = String::new();
    let mut last = String::new();
    for (at, score) in &points {
        let (x, y) = (stretch.x(*at, 160.0), y(*score));
        if y == last {
            continue;
        }
        // writing into a String cannot fail
        let _ = if path.is_empty() {
            write!(path, "M{x} {y}")
        } else {
            write!(path, "H{x}V{y}")
        };
        last = y;
    }
    path.push_str("H160");
    let low = points
        .iter()
        .map(|(_, score)| *score)
        .fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|(_, score)| *score).fold(0.0, f64::max);
    format!(
        "<svg class=\"{class}\" viewBox=\"0 0 160 26\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}, {}: lowest {}, \
         highest {}, now {}\"><path class=\"history-base\" d=\"M0 25.5H160\"/><path class=\"history-line\" d=\"{path}\"/></svg>",
        Text(name),
        stretch.words(),
        format::decimal(low, 1),
        format::decimal(high, 1),
        format::decimal(*newest, 1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRETCH: Stretch = Stretch {
        to: DAY_MS,
        is_week: false,
    };

    #[test]
    fn a_score_holds_until_the_next() {
        let html = line("x", &[(-5, 100.0), (DAY_MS / 2, 50.0)], STRETCH, "spark");
        assert!(html.contains("d=\"M0 1.0H80V13.0H160\""), "{html}");
        assert!(
            html.contains("lowest 50.0, highest 100.0, now 50.0"),
            "{html}"
        );
        assert_eq!(
            change(&[(-5, 100.0), (DAY_MS / 2, 50.0)], STRETCH),
            Some(-50.0)
        );
    }

    #[test]
    fn odd_histories_draw_nothing_odd() {
        assert_eq!(line("x", &[], STRETCH, "spark"), "");
        assert_eq!(line("x", &[(5, f64::NAN)], STRETCH, "spark"), "");
        assert_eq!(change(&[(5, 80.0)], STRETCH), None);
        let wild = line(
            "<b>",
            &[(5, 400.0), (6, -3.0), (DAY_MS * 9, 5.0)],
            STRETCH,
            "spark",
        );
        assert!(
            !wild.contains("<b>") && !wild.contains("NaN") && wild.contains("V25.0"),
            "{wild}"
        );
        assert!(!wild.contains("now 5.0"), "the future is not known: {wild}");
    }
}
