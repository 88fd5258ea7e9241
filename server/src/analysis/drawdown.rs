//! Falls from a peak of closes and the way back.

use app::model::{
    DAY_MS,
    analysis::{DrawdownVm, GoldDay},
};

/// Every drawdown of a series, oldest first: from a highest close to the first day that reaches it again. One that has
/// not recovered lasts to the last day.
#[must_use]
pub fn drawdowns(days: &[GoldDay]) -> Vec<DrawdownVm> {
    let mut found = Vec::new();
    let mut peak: Option<(i64, f64)> = None;
    let mut open: Option<DrawdownVm> = None;
    for day in days {
        let (at, close) = (day.opened_at, day.close);
        match peak {
            Some((_, top)) if close < top => {
                let fall = open.get_or_insert_with(|| begin(peak, day));
                if close < fall.trough {
                    fall.trough_at = at;
                    fall.trough = close;
                }
                fall.days = (at - fall.peak_at) / DAY_MS;
            }
            _ => {
                if let Some(mut fall) = open.take() {
                    fall.recovered_at = Some(at);
                    fall.days = (at - fall.peak_at) / DAY_MS;
                    found.push(finish(fall));
                }
                peak = Some((at, close));
            }
        }
    }
    found.extend(open.map(finish));
    found
}

fn begin(peak: Option<(i64, f64)>, day: &GoldDay) -> DrawdownVm {
    let (peak_at, peak) = peak.unwrap_or((day.opened_at, day.close));
    DrawdownVm {
        peak_at,
        peak,
        trough_at: day.opened_at,
        trough: day.close,
        recovered_at: None,
        depth: 0.0,
        days: 0,
        days_down: 0,
    }
}

fn finish(mut fall: DrawdownVm) -> DrawdownVm {
    fall.depth = fall.trough / fall.peak - 1.0;
    fall.days_down = (fall.trough_at - fall.peak_at) / DAY_MS;
    fall
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::day::{day, tests::bar};

    #[test]
    fn peak_trough_and_recovery() {
        let closes = [
            100.0, 120.0, 90.0, 60.0, 100.0, 120.0, 119.0, 130.0, 110.0, 115.0,
        ];
        let days: Vec<GoldDay> = (0..)
            .zip(closes)
            .map(|(at, close)| day(&bar(at, close), None, &[]))
            .collect();
        let falls = drawdowns(&days);
        let plain: Vec<_> = falls
            .iter()
            .map(|fall| {
                (
                    fall.peak_at / DAY_MS,
                    fall.trough_at / DAY_MS,
                    fall.recovered_at.map(|at| at / DAY_MS),
                    fall.days,
                    fall.days_down,
                )
            })
            .collect();
        assert_eq!(
            plain,
            [
                (1, 3, Some(5), 4, 2),
                (5, 6, Some(7), 2, 1),
                (7, 8, None, 2, 1)
            ]
        );
        assert!((falls[0].depth - -0.5).abs() < 1e-15);
        assert!((falls[2].depth - (110.0 / 130.0 - 1.0)).abs() < 1e-15);
        assert!(drawdowns(&[]).is_empty());
    }
}
