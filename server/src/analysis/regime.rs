//! Trend of a day.

use app::model::analysis::Regime;

/// The rule in words, for the report.
pub const RULE: &str = "A day is up when its close and its 50-day mean lie above its 200-day mean, down when neither does, \
    mixed when only one does, unknown before 200 days. Close against a long moving average is the timing rule of Faber (2007), \
    \"A Quantitative Approach to Tactical Asset Allocation\"; the 50/200 cross confirms it. Means are of daily closes.";

/// Trend from the close and the means of the last 50 and 200 daily closes.
#[must_use]
pub fn regime(close: f64, sma_50: Option<f64>, sma_200: Option<f64>) -> Regime {
    let (Some(short), Some(long)) = (sma_50, sma_200) else {
        return Regime::Unknown;
    };
    match (close > long, short > long) {
        (true, true) => Regime::Up,
        (false, false) => Regime::Down,
        _ => Regime::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_must_agree() {
        for (close, short, long, expected) in [
            (110.0, Some(105.0), Some(100.0), Regime::Up),
            (90.0, Some(95.0), Some(100.0), Regime::Down),
            (100.0, Some(100.0), Some(100.0), Regime::Down),
            (110.0, Some(95.0), Some(100.0), Regime::Mixed),
            (90.0, Some(105.0), Some(100.0), Regime::Mixed),
            (110.0, Some(105.0), None, Regime::Unknown),
        ] {
            assert_eq!(
                regime(close, short, long),
                expected,
                "{close} {short:?} {long:?}"
            );
        }
    }
}
