//! Which step to draw.

use crate::model::Step;

/// Narrowest candle that is still drawn, in CSS pixels; below, a coarser step is drawn.
pub const MIN_CANDLE_PX: f64 = 3.0;
/// Width of a candle when the reader has not zoomed, in CSS pixels.
pub const USUAL_CANDLE_PX: f64 = 7.0;

/// Candles that fit a plot at their usual width: how many the first picture shows.
#[must_use]
pub fn usual_candles(plot_width_px: f64) -> usize {
    if plot_width_px.is_finite() {
        (plot_width_px / USUAL_CANDLE_PX).clamp(20.0, 600.0) as usize
    } else {
        20
    }
}

/// The finest step, but not below `finest_ms`, whose candles are at least `min_px` wide.
#[must_use]
pub fn auto_step(span_ms: f64, plot_width_px: f64, min_px: f64, finest_ms: i64) -> i64 {
    let wide_enough = |step_ms: i64| step_ms as f64 / span_ms * plot_width_px >= min_px;
    Step::ALL
        .into_iter()
        .map(|step| step.step_ms)
        .filter(|step_ms| *step_ms >= finest_ms)
        .find(|step_ms| wide_enough(*step_ms))
        .unwrap_or(Step::ALL[Step::ALL.len() - 1].step_ms)
}

/// The step that is drawn when the reader chose `chosen_ms`: that one, or a coarser one while its candles would be
/// too narrow to see (and too many to load).
#[must_use]
pub fn drawn_step(chosen_ms: i64, span_ms: f64, plot_width_px: f64, finest_ms: i64) -> i64 {
    auto_step(
        span_ms,
        plot_width_px,
        MIN_CANDLE_PX,
        finest_ms.max(chosen_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS};

    #[test]
    fn the_finest_step_that_can_be_seen_is_chosen() {
        let cases = [
            ("an hour", HOUR_MS, MINUTE_MS),
            ("six hours", 6 * HOUR_MS, 5 * MINUTE_MS),
            ("a day", DAY_MS, 15 * MINUTE_MS),
            ("a week", 7 * DAY_MS, HOUR_MS),
            ("a month", 30 * DAY_MS, 4 * HOUR_MS),
            ("a year", 365 * DAY_MS, WEEK_MS),
            ("a century", 36_500 * DAY_MS, WEEK_MS),
        ];
        for (name, span, expected) in cases {
            assert_eq!(
                auto_step(span as f64, 1000.0, 4.0, MINUTE_MS),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_chosen_step_is_kept_while_its_candles_can_be_seen() {
        let month = 30.0 * DAY_MS as f64;
        assert_eq!(drawn_step(DAY_MS, month, 1000.0, MINUTE_MS), DAY_MS);
        assert_eq!(drawn_step(MINUTE_MS, month, 1000.0, MINUTE_MS), 4 * HOUR_MS);
        assert_eq!(
            drawn_step(MINUTE_MS, HOUR_MS as f64, 1000.0, HOUR_MS),
            HOUR_MS,
            "nothing finer than the series has"
        );
    }

    #[test]
    fn odd_numbers_choose_some_step() {
        for span in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Step::of(auto_step(span, 1000.0, 4.0, 0)).is_some());
        }
        assert_eq!(usual_candles(f64::NAN), 20);
        assert_eq!(usual_candles(892.0), 127);
    }
}
