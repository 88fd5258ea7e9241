//! Summaries of weeks and months, from days.

use std::collections::BTreeMap;

use app::model::{
    DAY_MS, WEEK_MS,
    analysis::{GoldDay, GoldPeriod, Period},
    bucket_start,
};
use chrono::{DateTime, Datelike, NaiveDate};

use super::{DAYS_A_YEAR, day::share};

/// First day of the week or month that holds a time.
#[must_use]
pub fn start(period: Period, at_ms: i64) -> i64 {
    match period {
        Period::Week => bucket_start(at_ms, WEEK_MS),
        Period::Month => month(at_ms, 0),
    }
}

/// First day of the week or month after the one that holds a time.
#[must_use]
pub fn end(period: Period, at_ms: i64) -> i64 {
    match period {
        Period::Week => bucket_start(at_ms, WEEK_MS) + WEEK_MS,
        Period::Month => month(at_ms, 1),
    }
}

/// First of the month `after` months later; a time beyond all calendars stays as it is.
fn month(at_ms: i64, after: i32) -> i64 {
    DateTime::from_timestamp_millis(at_ms)
        .and_then(|at| {
            let month = at.year().checked_mul(12)? + at.month0().cast_signed() + after;
            let first = NaiveDate::from_ymd_opt(
                month.div_euclid(12),
                month.rem_euclid(12).cast_unsigned() + 1,
                1,
            )?;
            Some(first.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
        })
        .unwrap_or(at_ms)
}

/// Summaries of whole periods. `days` are all days of those periods in time order, `before` and `after` the nearest
/// days around them, if there are any.
#[must_use]
pub fn summarise(
    period: Period,
    days: &[GoldDay],
    before: Option<&GoldDay>,
    after: Option<&GoldDay>,
) -> Vec<GoldPeriod> {
    let missing = missing(period, before.into_iter().chain(days).chain(after));
    let mut close_before = before.map(|day| day.close);
    days.chunk_by(|a, b| start(period, a.opened_at) == start(period, b.opened_at))
        .filter_map(|days| {
            let summary = one(period, days, close_before, &missing)?;
            close_before = Some(summary.close);
            Some(summary)
        })
        .collect()
}

/// Candles that days without any should have had, by period.
fn missing<'a>(period: Period, days: impl Iterator<Item = &'a GoldDay>) -> BTreeMap<i64, i64> {
    let mut missing = BTreeMap::new();
    let mut last: Option<&GoldDay> = None;
    for day in days {
        if let Some(last) = last {
            let mut at = last.opened_at + DAY_MS;
            while at < day.opened_at {
                let bucket_end = end(period, at).min(day.opened_at).max(at + DAY_MS);
                let candles = (bucket_end - at) / last.source_step_ms.max(1);
                *missing.entry(start(period, at)).or_insert(0) += candles;
                at = bucket_end;
            }
        }
        last = Some(day);
    }
    missing
}

fn one(
    period: Period,
    days: &[GoldDay],
    close_before: Option<f64>,
    missing: &BTreeMap<i64, i64>,
) -> Option<GoldPeriod> {
    let (first, last) = (days.first()?, days.last()?);
    let opened_at = start(period, first.opened_at);
    let base = close_before.unwrap_or(first.open);
    let mut expected = missing.get(&opened_at).copied().unwrap_or(0);
    let (mut high, mut low) = (first.high, first.low);
    let (mut observed, mut volume, mut traded, mut traded_volume) = (0, 0.0, 0.0, 0.0);
    let (mut variance, mut variances) = (0.0, 0);
    let mut peak = close_before.unwrap_or(first.close);
    let mut max_drawdown = 0.0_f64;
    for day in days {
        high = high.max(day.high);
        low = low.min(day.low);
        expected += day.expected;
        observed += day.observed;
        volume += day.volume;
        if let Some(vwap) = day.vwap {
            traded += vwap * day.volume;
            traded_volume += day.volume;
        }
        // of a day that is one candle, the return to the day before is all that is known
        if let Some(volatility) = day.realised_volatility.or(day.log_return) {
            variance += volatility * volatility;
            variances += 1;
        }
        peak = peak.max(day.close);
        max_drawdown = max_drawdown.min(day.close / peak - 1.0);
    }
    Some(GoldPeriod {
        period,
        opened_at,
        days: days.len() as i64,
        open: first.open,
        high,
        low,
        close: last.close,
        return_1: last.close / base - 1.0,
        variance,
        volatility_annualised: (variances > 0)
            .then(|| (variance / f64::from(variances) * DAYS_A_YEAR).sqrt()),
        max_drawdown,
        volume,
        vwap: (traded_volume > 0.0).then(|| traded / traded_volume),
        expected,
        observed,
        completeness: share(observed, expected),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::day::{Carried, day, tests::bar};

    /// 1 January 2018, a Monday, in days since the epoch.
    const MONDAY: i64 = 17_532;

    fn days(closes: &[(i64, f64)]) -> Vec<GoldDay> {
        let mut days: Vec<GoldDay> = Vec::new();
        for (at, close) in closes {
            let before = days.last().map(Carried::from);
            days.push(day(&bar(MONDAY + at, *close), before, &[]));
        }
        days
    }

    #[test]
    fn weeks_and_months_begin_where_they_should() {
        let at = (MONDAY + 40) * DAY_MS + 5;
        assert_eq!(start(Period::Week, at), (MONDAY + 35) * DAY_MS);
        assert_eq!(end(Period::Week, at), (MONDAY + 42) * DAY_MS);
        assert_eq!(start(Period::Month, at), (MONDAY + 31) * DAY_MS);
        assert_eq!(end(Period::Month, at), (MONDAY + 59) * DAY_MS);
        let december = (MONDAY - 1) * DAY_MS;
        assert_eq!(end(Period::Month, december), MONDAY * DAY_MS);
    }

    #[test]
    fn a_week_from_its_days() {
        let all = days(&[(0, 100.0), (1, 120.0), (2, 90.0), (6, 110.0), (7, 99.0)]);
        let weeks = summarise(Period::Week, &all, None, None);
        assert_eq!(weeks.len(), 2);
        let week = &weeks[0];
        assert_eq!((week.days, week.open, week.close), (4, 100.0, 110.0));
        assert_eq!((week.high, week.low), (120.0 * 1.1, 90.0 * 0.9));
        assert!((week.return_1 - 0.1).abs() < 1e-12);
        assert!((week.max_drawdown - -0.25).abs() < 1e-12);
        // (100 + 120 + 90 + 110) × 10 / 40
        assert!((week.vwap.unwrap() - 105.0).abs() < 1e-12);
        // four days of variance 0.0004: √(0.0004 × 365)
        assert!((week.volatility_annualised.unwrap() - 0.382_099_463_49).abs() < 1e-9);
        // three days are missing
        assert_eq!((week.expected, week.observed), (7 * 1440, 4 * 1440));
        assert!((weeks[1].return_1 - (99.0 / 110.0 - 1.0)).abs() < 1e-12);
        assert!((weeks[1].max_drawdown - (99.0 / 110.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn part_of_a_series_gives_the_same_as_all_of_it() {
        let all = days(&[
            (0, 100.0),
            (5, 120.0),
            (8, 90.0),
            (31, 80.0),
            (33, 85.0),
            (70, 95.0),
        ]);
        for period in [Period::Week, Period::Month] {
            let whole = summarise(period, &all, None, None);
            let inner: Vec<GoldDay> = all[2..4].to_vec();
            let (from, to) = (
                start(period, inner[0].opened_at),
                end(period, inner[1].opened_at),
            );
            let inside: Vec<GoldDay> = all
                .iter()
                .filter(|day| (from..to).contains(&day.opened_at))
                .copied()
                .collect();
            let before = all.iter().rfind(|day| day.opened_at < from);
            let after = all.iter().find(|day| day.opened_at >= to);
            let part = summarise(period, &inside, before, after);
            let same: Vec<GoldPeriod> = whole
                .into_iter()
                .filter(|summary| (from..to).contains(&summary.opened_at))
                .collect();
            assert_eq!(part, same);
        }
    }
}
