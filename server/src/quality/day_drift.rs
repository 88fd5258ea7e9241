//! `candle.drift`: the standardised returns of a day against those of the days before. Pure.
//!
//! Returns are divided by a trailing robust scale first: without that, every second day of a market differs from the
//! month before (quality reference, section 3).

use std::collections::VecDeque;

use app::{
    format::decimal,
    model::{Baseline, DAY_MS, MINUTE_MS, Severity, bucket_start},
};

use super::{
    daily::{DayFinding, day_name},
    drift::drift,
    histogram::{Distribution, Histogram},
    rule::Rule,
};

/// Columns of the evidence.
const COLUMNS: [&str; 5] = ["day", "PSI", "KS beyond chance", "limit", "returns"];
/// Returns of the trailing scale, and fewest of them.
const SCALE: (usize, usize) = (240, 60);
/// Smallest scale, half a basis point.
const FLOOR: f64 = 0.00005;
/// Returns that a day must have.
const MIN_RETURNS: u64 = 500;
/// Own distances below which their quantiles say nothing.
const MIN_OWN: usize = 100;
/// Share of the days of the reference that must be there.
const MIN_DAYS: f64 = 0.7;

/// A day's returns and how far they were from those before.
#[derive(Debug, Clone, PartialEq)]
pub struct DayProfile {
    /// Midnight, UTC.
    pub day_at: i64,
    /// Standardised returns.
    pub returns: Distribution,
    /// Population stability index against the days before; `None`: there were too few.
    pub psi: Option<f64>,
    /// Largest distance of the cumulative distributions beyond chance.
    pub ks_effect: Option<f64>,
}

/// Time before a day whose minutes its first scales are made of.
pub const WARM_UP_MS: i64 = 6 * 60 * MINUTE_MS;

/// Profiles of the days from `from` to before `to`; `closes` are `(minute, close)`, ascending, and begin
/// [`WARM_UP_MS`] before.
#[must_use]
pub fn profiles(closes: &[(i64, f64)], (from, to): (i64, i64)) -> Vec<DayProfile> {
    let mut sizes = Trailing::default();
    let mut profiles = Vec::new();
    let mut open: Option<(i64, Histogram)> = None;
    let mut close_day = |open: Option<(i64, Histogram)>| {
        let finished = open.and_then(|(day_at, day)| Some((day_at, day.finish()?)));
        if let Some((day_at, returns)) = finished.filter(|(_, day)| day.count >= MIN_RETURNS) {
            profiles.push(DayProfile {
                day_at,
                returns,
                psi: None,
                ks_effect: None,
            });
        }
    };
    for pair in closes.windows(2) {
        let ((before_at, before), (at, now)) = (pair[0], pair[1]);
        if at - before_at != MINUTE_MS || before <= 0.0 || now <= 0.0 {
            continue;
        }
        let moved = (now / before).ln();
        let day_at = bucket_start(at, DAY_MS);
        if let Some(median) = sizes.median().filter(|_| (from..to).contains(&at)) {
            if open.as_ref().is_some_and(|(of, _)| *of != day_at) {
                close_day(open.take());
            }
            let (_, day) = open.get_or_insert_with(|| (day_at, Histogram::default()));
            day.push(moved / (1.4826 * median).max(FLOOR));
        }
        sizes.push(moved.abs());
    }
    close_day(open);
    profiles
}

/// The last sizes, in order of time and of size.
#[derive(Default)]
struct Trailing {
    by_time: VecDeque<f64>,
    by_size: Vec<f64>,
}

impl Trailing {
    fn push(&mut self, size: f64) {
        if !size.is_finite() {
            return;
        }
        let place = |all: &[f64], size: f64| all.partition_point(|other| *other < size);
        if self.by_time.len() == SCALE.0
            && let Some(oldest) = self.by_time.pop_front()
        {
            let at = place(&self.by_size, oldest);
            if at < self.by_size.len() {
                self.by_size.remove(at);
            }
        }
        self.by_time.push_back(size);
        self.by_size.insert(place(&self.by_size, size), size);
    }

    fn median(&self) -> Option<f64> {
        (self.by_size.len() >= SCALE.1).then(|| self.by_size[self.by_size.len() / 2])
    }
}

/// Measures each of `days` against the days of the history before it, which are among `all`, ascending. Days with a
/// time in `excluded` are no reference.
pub fn measure(
    rule: &Rule,
    all: &mut [DayProfile],
    (from, to): (i64, i64),
    excluded: &[(i64, i64)],
) {
    let history_ms = rule.number("history") as i64;
    let least = (history_ms as f64 / DAY_MS as f64 * MIN_DAYS) as usize;
    for index in 0..all.len() {
        let day_at = all[index].day_at;
        if !(from..to).contains(&day_at) {
            continue;
        }
        let reference: Vec<&Distribution> = all[..index]
            .iter()
            .filter(|day| day.day_at >= day_at - history_ms)
            .filter(|day| {
                let is_touched =
                    |(from, to): &(i64, i64)| *from < day.day_at + DAY_MS && day.day_at < *to;
                !excluded.iter().any(is_touched)
            })
            .map(|day| &day.returns)
            .collect();
        let merged = (reference.len() >= least.max(1))
            .then(|| Distribution::merged(reference))
            .flatten();
        let distance = merged.map(|merged| drift(&merged, &all[index].returns, false));
        all[index].psi = distance.map(|distance| distance.psi);
        all[index].ks_effect = distance.map(|distance| distance.ks_effect);
    }
}

/// Judges the days from `from` to before `to`. The limit is the rule's quantile of the distances of all days before,
/// never below its fixed limit: after calm months that quantile would be too small. While those days are few, the fixed
/// limit stands alone.
#[must_use]
pub fn judge(rule: &Rule, all: &[DayProfile], (from, to): (i64, i64)) -> Vec<DayFinding> {
    let of = |day: &DayProfile| match rule.text_of("method") {
        "ks" => day.ks_effect,
        _ => day.psi,
    };
    all.iter()
        .enumerate()
        .filter(|(_, day)| (from..to).contains(&day.day_at))
        .filter_map(|(index, day)| Some((index, day, of(day)?)))
        .map(|(index, day, distance)| {
            let mut own: Vec<f64> = all[..index].iter().filter_map(of).collect();
            own.sort_by(f64::total_cmp);
            let limits: Vec<(Severity, f64)> = rule
                .limits
                .iter()
                .filter_map(|(severity, limits)| {
                    let fixed = limits.get("above").copied();
                    let quantile = limits
                        .get("quantile")
                        .filter(|_| own.len() >= MIN_OWN)
                        .and_then(|q| own.get((q * own.len() as f64) as usize).copied());
                    Some((
                        *severity,
                        fixed.into_iter().chain(quantile).reduce(f64::max)?,
                    ))
                })
                .collect();
            let broken = limits.iter().rev().find(|(_, limit)| distance > *limit);
            let mut finding = DayFinding::new(day.day_at, &COLUMNS);
            finding.test(
                rule,
                broken.map(|(severity, _)| *severity),
                distance,
                || {
                    let cell = |value: Option<f64>| decimal(value.unwrap_or(f64::NAN), 3);
                    vec![
                        day_name(day.day_at),
                        cell(day.psi),
                        cell(day.ks_effect),
                        cell(broken.map(|(_, limit)| *limit)),
                        day.returns.count.to_string(),
                    ]
                },
            );
            finding.value = Some(distance);
            if broken.is_some() {
                finding.evidence.baseline = Some(Baseline {
                    label: rule.text_of("method").to_owned(),
                    points: all[index.saturating_sub(60)..index]
                        .iter()
                        .filter_map(|day| Some((day.day_at, of(day)?)))
                        .collect(),
                    centre: own.get(own.len() / 2).copied().unwrap_or_default(),
                    limits: limits
                        .iter()
                        .map(|(severity, limit)| (severity.as_str().to_owned(), 0.0, *limit))
                        .collect(),
                    tested: (day.day_at, distance),
                });
            }
            finding
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::{recorded::year_2018, rule::RuleBook};

    const DAY: i64 = 20_000 * DAY_MS;

    /// Days of a market without pattern; in the last one each `stuck`-th minute repeats the close before it.
    fn closes(days: i64, stuck: i64) -> Vec<(i64, f64)> {
        let mut state = 7_i64;
        let mut close = 1000.0;
        (0..days * 1440)
            .map(|minute| {
                state = (state * 16_807) % 2_147_483_647;
                let moved = 0.002 * (state as f64 / 1_073_741_823.5 - 1.0);
                let is_stuck = stuck > 0 && minute >= (days - 1) * 1440 && minute % stuck != 0;
                if !is_stuck {
                    close *= 1.0 + moved;
                }
                (DAY + minute * MINUTE_MS, close)
            })
            .collect()
    }

    fn last_day(rule: &Rule, closes: &[(i64, f64)]) -> Vec<DayFinding> {
        let end = closes[closes.len() - 1].0 + MINUTE_MS;
        let mut all = profiles(closes, (DAY, end));
        measure(rule, &mut all, (DAY, end), &[]);
        judge(rule, &all, (end - DAY_MS, end))
    }

    #[test]
    fn repeated_prices_change_the_distribution_and_a_calm_day_does_not() {
        let book = RuleBook::shipped();
        let rule = book.get("candle.drift").unwrap();
        let calm = last_day(rule, &closes(30, 0));
        assert_eq!((calm[0].tested, calm[0].failed), (1, 0), "{calm:?}");
        let stuck = last_day(rule, &closes(30, 2));
        assert_eq!(stuck[0].failed, 1, "{stuck:?}");
        let baseline = stuck[0].evidence.baseline.as_ref().unwrap();
        assert!(
            baseline
                .points
                .iter()
                .all(|(at, _)| *at < baseline.tested.0)
        );
        assert!(last_day(rule, &closes(15, 2)).is_empty(), "too few days");
    }

    #[test]
    fn real_days_are_as_far_apart_as_measured() {
        let Some(minutes) = year_2018() else {
            return;
        };
        let book = RuleBook::shipped();
        let rule = book.get("candle.drift").unwrap();
        let closes: Vec<(i64, f64)> = minutes
            .iter()
            .map(|minute| (minute.opened_at, minute.close))
            .collect();
        let range = (closes[0].0, closes[closes.len() - 1].0 + MINUTE_MS);
        let mut all = profiles(&closes, range);
        measure(rule, &mut all, range, &[]);
        let mut psi: Vec<f64> = all.iter().filter_map(|day| day.psi).collect();
        psi.sort_by(f64::total_cmp);
        let quantile = |q: f64| psi[(q * psi.len() as f64) as usize];
        // 2019: q50 0.056, q95 0.328, q99 0.539
        eprintln!(
            "{} {} {} {}",
            psi.len(),
            quantile(0.5),
            quantile(0.95),
            quantile(0.99)
        );
        assert!(psi.len() > 300);
        assert!((0.02..0.15).contains(&quantile(0.5)), "{}", quantile(0.5));
        assert!((0.1..0.8).contains(&quantile(0.95)), "{}", quantile(0.95));
        let found = judge(rule, &all, range);
        let failed: i64 = found.iter().map(|day| day.failed).sum();
        let a_day = failed as f64 / found.len() as f64;
        assert!(a_day <= 0.1, "{failed} of {}", found.len());
    }
}
