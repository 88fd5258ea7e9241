//! Statistics of one day.

use app::model::{
    DAY_MS,
    analysis::{DayBar, Ends, GoldDay},
};

use super::{DAYS_A_YEAR, regime::regime};

/// Close and running peak of the day before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Carried {
    /// Last price.
    pub close: f64,
    /// Highest close so far.
    pub peak: f64,
}

impl From<&GoldDay> for Carried {
    fn from(day: &GoldDay) -> Self {
        Self {
            close: day.close,
            peak: day.peak,
        }
    }
}

/// The statistics of a daily bar.
///
/// Realised volatility is √ of the sum of squared returns within the day (Andersen, Bollerslev, Diebold, Labys 2003,
/// "Modeling and Forecasting Realized Volatility"). A bar with prices apart but no variance was written before the
/// variance was kept: its volatility is unknown, not zero.
#[must_use]
pub fn day(row: &DayBar, before: Option<Carried>, ends: &[Ends]) -> GoldDay {
    let bar = &row.bar;
    let peak = before.map_or(bar.close, |before| before.peak.max(bar.close));
    let ratio = before.map(|before| bar.close / before.close);
    let is_known = bar.observed > 1 && (row.realised_variance > 0.0 || bar.high <= bar.low);
    let realised_volatility = is_known.then(|| row.realised_variance.sqrt());
    let expected = expected(row, ends);
    GoldDay {
        opened_at: bar.opened_at,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        return_1: ratio.map(|ratio| ratio - 1.0),
        log_return: ratio.map(f64::ln),
        realised_volatility,
        volatility_annualised: realised_volatility
            .map(|volatility| volatility * DAYS_A_YEAR.sqrt()),
        peak,
        drawdown: bar.close / peak - 1.0,
        volume: bar.volume,
        vwap: bar.vwap,
        expected,
        observed: bar.observed,
        completeness: share(bar.observed, expected),
        source_step_ms: row.source_step_ms,
        sma_50: bar.sma_50,
        sma_200: bar.sma_200,
        volatility_20: bar.volatility_20,
        regime: regime(bar.close, bar.sma_50, bar.sma_200),
    }
}

/// Candles the day should have: those between the ends of the series, so that its first and last day are not held to
/// be incomplete for what was never asked for.
fn expected(row: &DayBar, ends: &[Ends]) -> i64 {
    let step_ms = row.source_step_ms.max(1);
    let (begin, end) = (row.bar.opened_at, row.bar.opened_at + DAY_MS);
    let inside = ends
        .iter()
        .find(|ends| ends.step_ms == row.source_step_ms)
        .map(|ends| {
            (end.min(ends.last_at.saturating_add(step_ms)) - begin.max(ends.first_at)) / step_ms
        });
    inside
        .filter(|candles| *candles >= row.bar.observed)
        .unwrap_or(row.bar.expected)
        .max(1)
}

/// Observed over expected, at most 1.
#[must_use]
pub fn share(observed: i64, expected: i64) -> f64 {
    (observed as f64 / expected.max(1) as f64).min(1.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use app::model::{Bar, MINUTE_MS};

    use super::*;

    /// A daily bar of full minutes.
    pub(crate) fn bar(day: i64, close: f64) -> DayBar {
        DayBar {
            bar: Bar {
                opened_at: day * DAY_MS,
                open: close,
                high: close * 1.1,
                low: close * 0.9,
                close,
                volume: 10.0,
                vwap: Some(close),
                trades: None,
                expected: 1440,
                observed: 1440,
                flagged: 0,
                worst: 0,
                sma_20: None,
                sma_50: None,
                sma_200: None,
                volatility_20: None,
                return_1: None,
            },
            source_step_ms: MINUTE_MS,
            realised_variance: 0.0004,
        }
    }

    #[test]
    fn returns_peak_and_drawdown_come_from_the_day_before() {
        let first = day(&bar(0, 100.0), None, &[]);
        assert_eq!((first.return_1, first.drawdown), (None, 0.0));
        let second = day(&bar(1, 80.0), Some((&first).into()), &[]);
        assert_eq!(
            (second.return_1, second.peak, second.drawdown),
            (Some(0.8 - 1.0), 100.0, 0.8 - 1.0)
        );
        assert!((second.log_return.unwrap() - (0.8_f64).ln()).abs() < 1e-15);
        // √0.0004 = 0.02; × √365 = 0.38210
        assert!((second.realised_volatility.unwrap() - 0.02).abs() < 1e-15);
        assert!((second.volatility_annualised.unwrap() - 0.382_099_463_49).abs() < 1e-9);
    }

    #[test]
    fn a_single_candle_tells_nothing_of_the_day_inside() {
        let mut one = bar(0, 100.0);
        one.bar.observed = 1;
        assert_eq!(day(&one, None, &[]).realised_volatility, None);
        let mut old = bar(0, 100.0);
        old.realised_variance = 0.0;
        assert_eq!(day(&old, None, &[]).realised_volatility, None);
        old.bar.high = 100.0;
        old.bar.low = 100.0;
        assert_eq!(day(&old, None, &[]).realised_volatility, Some(0.0));
    }

    #[test]
    fn the_ends_of_a_series_are_not_incomplete() {
        let mut half = bar(2, 100.0);
        half.bar.observed = 600;
        let ends = |first_at, last_at| Ends {
            step_ms: MINUTE_MS,
            first_at,
            last_at,
        };
        // begins at noon: 720 candles could be there
        let noon = 2 * DAY_MS + DAY_MS / 2;
        let of = |ends: &[Ends]| {
            let day = day(&half, None, ends);
            (day.expected, day.completeness)
        };
        assert_eq!(of(&[ends(noon, 9 * DAY_MS)]), (720, 600.0 / 720.0));
        assert_eq!(of(&[ends(0, 2 * DAY_MS + 599 * MINUTE_MS)]), (600, 1.0));
        assert_eq!(of(&[ends(0, 9 * DAY_MS)]), (1440, 600.0 / 1440.0));
        assert_eq!(of(&[]), (1440, 600.0 / 1440.0));
    }
}
