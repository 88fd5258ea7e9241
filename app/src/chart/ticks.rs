//! Where the axes are marked: times in UTC, prices in steps of 1, 2 or 5.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Timelike, Utc};

use crate::model::{DAY_MS, HOUR_MS, MINUTE_MS};

/// A mark on the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeTick {
    /// When, in milliseconds.
    pub at: i64,
    /// What to write.
    pub label: String,
    /// A new day (among hours), month (among days) or year (among months).
    pub bold: bool,
}

#[derive(Debug, Clone, Copy)]
enum Every {
    Ms(i64),
    /// Every so many days of a month, beginning at the first.
    Days(u32),
    Months(u32),
}

const INTERVALS: [Every; 21] = [
    Every::Ms(MINUTE_MS),
    Every::Ms(2 * MINUTE_MS),
    Every::Ms(5 * MINUTE_MS),
    Every::Ms(10 * MINUTE_MS),
    Every::Ms(15 * MINUTE_MS),
    Every::Ms(30 * MINUTE_MS),
    Every::Ms(HOUR_MS),
    Every::Ms(2 * HOUR_MS),
    Every::Ms(3 * HOUR_MS),
    Every::Ms(6 * HOUR_MS),
    Every::Ms(12 * HOUR_MS),
    Every::Days(1),
    Every::Days(2),
    Every::Days(4),
    Every::Days(7),
    Every::Months(1),
    Every::Months(3),
    Every::Months(6),
    Every::Months(12),
    Every::Months(24),
    Every::Months(60),
];

impl Every {
    const fn approximate_ms(self) -> i64 {
        match self {
            Self::Ms(ms) => ms,
            Self::Days(days) => days as i64 * DAY_MS,
            Self::Months(months) => months as i64 * 30 * DAY_MS,
        }
    }
}

/// Marks between two times (milliseconds), at most about `most`, at the finest interval that keeps to it.
#[must_use]
pub fn time_ticks(from: f64, to: f64, most: usize) -> Vec<TimeTick> {
    let most = most.clamp(1, 100);
    let last = INTERVALS[INTERVALS.len() - 1];
    let every = INTERVALS
        .into_iter()
        .find(|every| (to - from) / every.approximate_ms() as f64 <= most as f64)
        .unwrap_or(last);
    // A saturating cast keeps hostile times out of range, where `from_timestamp_millis` refuses them.
    let (from, to) = (from as i64, to as i64);
    let candidates: Box<dyn Iterator<Item = DateTime<Utc>>> = match every {
        Every::Ms(ms) => {
            let first = from.div_euclid(ms).saturating_mul(ms);
            Box::new((0..).map_while(move |n: i64| {
                DateTime::from_timestamp_millis(first.saturating_add(n.saturating_mul(ms)))
            }))
        }
        Every::Days(days) => Box::new(days_from(from).filter(move |at| {
            let day = at.day0();
            // The last mark of a month would stand too close to the first of the next.
            day.is_multiple_of(days) && day + days.div_ceil(2) <= 30
        })),
        Every::Months(months) => Box::new(months_from(from).filter(move |at| {
            let month = at.year().rem_euclid(100) as u32 * 12 + at.month0();
            month.is_multiple_of(months)
        })),
    };
    candidates
        .take_while(|at| at.timestamp_millis() <= to)
        .filter(|at| at.timestamp_millis() >= from)
        .take(most * 2 + 2)
        .map(|at| tick(at, every))
        .collect()
}

fn days_from(from: i64) -> impl Iterator<Item = DateTime<Utc>> {
    let first = from.div_euclid(DAY_MS);
    (0..4000).map_while(move |n| {
        DateTime::from_timestamp_millis(first.saturating_add(n).saturating_mul(DAY_MS))
    })
}

fn months_from(from: i64) -> impl Iterator<Item = DateTime<Utc>> {
    let first = DateTime::from_timestamp_millis(from)
        .and_then(|at| NaiveDate::from_ymd_opt(at.year(), at.month(), 1));
    (0..4000).map_while(move |n| {
        let date = first?.checked_add_months(Months::new(n))?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    })
}

fn tick(at: DateTime<Utc>, every: Every) -> TimeTick {
    let new_day = at.num_seconds_from_midnight() == 0;
    let new_month = new_day && at.day() == 1;
    let new_year = new_month && at.month() == 1;
    let (day, month) = (at.day(), month_name(at));
    // written by hand: format texts would bring their whole interpreter into the browser
    let (label, bold) = match every {
        _ if new_year => (at.year().to_string(), true),
        Every::Ms(_) if new_day => (format!("{day} {month}"), true),
        Every::Ms(_) => (format!("{:02}:{:02}", at.hour(), at.minute()), false),
        Every::Days(_) if new_month => (month.to_owned(), true),
        Every::Days(_) => (day.to_string(), false),
        Every::Months(_) => (month.to_owned(), false),
    };
    TimeTick {
        at: at.timestamp_millis(),
        label,
        bold,
    }
}

fn month_name(at: DateTime<Utc>) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    NAMES.get(at.month0() as usize).copied().unwrap_or_default()
}

/// Marks on a price axis, and the decimals needed to tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTicks {
    /// Ascending.
    pub at: Vec<f64>,
    /// Decimals.
    pub decimals: usize,
}

/// Multiples of 1, 2 or 5 times a power of ten between two prices, at most `most`.
#[must_use]
pub fn price_ticks(lo: f64, hi: f64, most: usize) -> PriceTicks {
    let none = PriceTicks {
        at: Vec::new(),
        decimals: 2,
    };
    let most = most.clamp(1, 100);
    let least_step = (hi - lo) / most as f64;
    if !least_step.is_finite() || least_step <= 0.0 || !lo.is_finite() {
        return none;
    }
    let power = least_step.log10().floor();
    let Some(step) = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * 10f64.powi(power as i32))
        .find(|step| *step >= least_step && step.is_normal())
    else {
        return none;
    };
    let first = (lo / step).ceil();
    let at: Vec<f64> = (0..=most)
        .map(|n| (first + n as f64) * step)
        .take_while(|at| *at <= hi)
        .collect();
    // Steps finer than a price's precision would repeat the same number.
    if at.windows(2).any(|pair| pair[0] >= pair[1]) {
        return none;
    }
    let decimals = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
    PriceTicks { at, decimals }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(from: &str, to: &str, most: usize) -> Vec<String> {
        let ms = |text: &str| {
            DateTime::parse_from_rfc3339(text)
                .expect("a time")
                .timestamp_millis() as f64
        };
        time_ticks(ms(from), ms(to), most)
            .into_iter()
            .map(|tick| {
                if tick.bold {
                    format!("*{}", tick.label)
                } else {
                    tick.label
                }
            })
            .collect()
    }

    #[test]
    fn boundaries_of_days_months_and_years_stand_out() {
        assert_eq!(
            labels("2018-01-31T22:00:00Z", "2018-02-01T02:00:00Z", 5),
            ["22:00", "23:00", "*1 Feb", "01:00", "02:00"]
        );
        assert_eq!(
            labels("2018-01-29T00:00:00Z", "2018-02-03T00:00:00Z", 6),
            ["29", "30", "*Feb", "2", "3"]
        );
        assert_eq!(
            labels("2017-11-15T00:00:00Z", "2018-03-15T00:00:00Z", 5),
            ["Dec", "*2018", "Feb", "Mar"]
        );
        assert_eq!(
            labels("2010-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 4),
            ["*2010", "*2015", "*2020", "*2025"]
        );
    }

    #[test]
    fn prices_are_marked_in_ones_twos_and_fives() {
        let cases: [(f64, f64, usize, &[f64], usize); 4] = [
            (0.0, 10.0, 5, &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0], 0),
            (
                91_010.0,
                91_240.0,
                5,
                &[91_050.0, 91_100.0, 91_150.0, 91_200.0],
                0,
            ),
            (0.11, 0.48, 4, &[0.2, 0.30000000000000004, 0.4], 1),
            (-7.0, 7.0, 3, &[-5.0, 0.0, 5.0], 0),
        ];
        for (lo, hi, most, expected, decimals) in cases {
            let ticks = price_ticks(lo, hi, most);
            assert_eq!((ticks.at.as_slice(), ticks.decimals), (expected, decimals));
        }
    }

    proptest! {
        #[test]
        fn time_ticks_ascend_within_the_view(from in -1e12..4e12f64, span in 1e3..2e12f64, most in 1usize..20) {
            let ticks = time_ticks(from, from + span, most);
            prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
            prop_assert!(ticks.iter().all(|tick| tick.at as f64 >= from - 1.0 && tick.at as f64 <= from + span));
        }

        #[test]
        fn price_ticks_ascend_within_the_range(lo in -1e9..1e9f64, span in 1e-3..1e9f64, most in 1usize..20) {
            let ticks = price_ticks(lo, lo + span, most).at;
            prop_assert!(ticks.len() <= most + 1);
            prop_assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(ticks.iter().all(|at| *at >= lo - span * 1e-6 && *at <= lo + span * 1.000_001));
        }

        #[test]
        fn any_numbers_give_few_ticks(a in prop::num::f64::ANY, b in prop::num::f64::ANY, most in 0usize..1000) {
            prop_assert!(time_ticks(a, b, most).len() <= 202);
            prop_assert!(price_ticks(a, b, most).at.iter().all(|at| at.is_finite()));
        }
    }
}
