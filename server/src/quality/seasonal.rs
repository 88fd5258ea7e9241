//! `candle.hourly_volume`: a metric of whole buckets against the same hours of the days before. Pure.
//!
//! profile = median over the history, same hour, of y − median of the 24 h before; level = median of the 6 deseasonalised
//! buckets before; what remains is held against 1.4826 · MAD of the remainders of the history (quality reference,
//! section 2). The tested bucket is in none of these.

use std::collections::BTreeMap;

use app::{
    format::decimal,
    model::{Baseline, DAY_MS, Severity, WEEK_MS, bucket_start, format_utc_short},
};

use super::{
    daily::{DayFinding, is_excluded},
    rule::Rule,
};

/// Columns of the evidence.
const COLUMNS: [&str; 4] = ["bucket", "metric", "expected", "robust z"];
/// Deseasonalised buckets whose median is the level.
const LEVEL: usize = 6;
/// Makes a median absolute deviation comparable with a standard deviation of normal values.
const MAD_SCALE: f64 = 1.4826;

/// Stretch before a bucket without which it cannot be tested: one history for the profile, one for the remainders, and
/// three days for the levels in them.
#[must_use]
pub fn lookback_ms(rule: &Rule) -> i64 {
    2 * rule.number("history") as i64 + 3 * DAY_MS
}

/// What is left of each bucket once season and level are taken out.
struct Series {
    first: i64,
    bucket_ms: i64,
    values: Vec<Option<f64>>,
    /// The same without what is to be left out of baselines.
    trusted: Vec<Option<f64>>,
    expected: Vec<Option<f64>>,
    rest: Vec<Option<f64>>,
}

/// Judges the buckets from `from` to before `to`. `buckets` are `(start, metric)`, ascending, and reach back by
/// [`lookback_ms`]; `excluded` are stretches of confirmed incidents.
#[must_use]
pub fn seasonal(
    rule: &Rule,
    buckets: &[(i64, f64)],
    (from, to): (i64, i64),
    excluded: &[(i64, i64)],
) -> Vec<DayFinding> {
    let bucket_ms = (rule.number("bucket") as i64).max(1);
    let history = (rule.number("history") as i64 / bucket_ms).max(1) as usize;
    let Some(series) = Series::new(rule, buckets, bucket_ms, excluded) else {
        return Vec::new();
    };
    let mut days: BTreeMap<i64, DayFinding> = BTreeMap::new();
    let mut scores: Vec<Option<f64>> = vec![None; series.values.len()];
    // a bucket before the first: a low one may need the one before it
    let most_low = rule
        .limits
        .iter()
        .filter_map(|(_, limits)| limits.get("low_windows"))
        .fold(1.0_f64, |most, windows| most.max(*windows)) as i64;
    let begin = from - most_low * bucket_ms;
    for index in 0..series.values.len() {
        let at = series.first + index as i64 * bucket_ms;
        if at < begin || at >= to || at - series.first < lookback_ms(rule) {
            continue;
        }
        let before = index.saturating_sub(history)..index;
        let (Some(rest), Some(scale)) = (
            series.rest[index],
            scale(rule, &series.trusted_rest(before)),
        ) else {
            continue;
        };
        scores[index] = Some(rest / scale);
        if at < from {
            continue;
        }
        let severity = judge(rule, &scores[..=index]);
        let value = series.values[index].unwrap_or_default();
        let expected = series.expected[index].unwrap_or_default();
        let day_at = bucket_start(at, DAY_MS);
        let day = days
            .entry(day_at)
            .or_insert_with(|| DayFinding::new(day_at, &COLUMNS));
        let score = rest / scale;
        let is_worst = day.test(rule, severity, score, || {
            vec![
                format_utc_short(at),
                decimal(value, 2),
                decimal(expected, 2),
                decimal(score, 1),
            ]
        });
        if is_worst {
            day.evidence.baseline = Some(series.baseline(rule, index, (value, expected), scale));
            day.evidence.range = Some((at, at + bucket_ms));
        }
    }
    days.into_values().collect()
}

impl Series {
    fn new(
        rule: &Rule,
        buckets: &[(i64, f64)],
        bucket_ms: i64,
        excluded: &[(i64, i64)],
    ) -> Option<Self> {
        let ((first, _), (last, _)) = (buckets.first()?, buckets.last()?);
        let count = usize::try_from((last - first) / bucket_ms + 1).ok()?;
        // three years of hours: more is not asked for
        if count > 30_000 {
            return None;
        }
        let mut values = vec![None; count];
        let mut trusted = vec![None; count];
        for (at, value) in buckets {
            let index = usize::try_from((at - first) / bucket_ms).ok()?;
            values[index] = Some(*value);
            trusted[index] = (!is_excluded(excluded, *at)).then_some(*value);
        }
        let season = match rule.text_of("season") {
            "hour_of_week" => WEEK_MS,
            _ => DAY_MS,
        } / bucket_ms;
        let season = season.max(1) as usize;
        let seasons = (rule.number("history") as i64 / bucket_ms) as usize / season;
        let of_day = (DAY_MS / bucket_ms).max(1) as usize;

        let lifted: Vec<Option<f64>> = (0..count)
            .map(|index| {
                let before = &trusted[index.saturating_sub(of_day)..index];
                Some(trusted[index]? - middle(before.iter().flatten(), of_day / 2)?)
            })
            .collect();
        let profile: Vec<Option<f64>> = (0..count)
            .map(|index| {
                let same = (1..=seasons).filter_map(|back| index.checked_sub(back * season));
                middle(same.filter_map(|at| lifted[at].as_ref()), seasons / 2)
            })
            .collect();
        let flat: Vec<Option<f64>> = (0..count)
            .map(|index| Some(trusted[index]? - profile[index]?))
            .collect();
        let expected: Vec<Option<f64>> = (0..count)
            .map(|index| {
                let before = &flat[index.saturating_sub(LEVEL)..index];
                Some(profile[index]? + middle(before.iter().flatten(), LEVEL / 2)?)
            })
            .collect();
        let rest = (0..count)
            .map(|index| Some(values[index]? - expected[index]?))
            .collect();
        Some(Self {
            first: *first,
            bucket_ms,
            values,
            trusted,
            expected,
            rest,
        })
    }

    fn trusted_rest(&self, range: std::ops::Range<usize>) -> Vec<f64> {
        range
            .filter(|index| self.trusted[*index].is_some())
            .filter_map(|index| self.rest[index])
            .collect()
    }

    fn baseline(
        &self,
        rule: &Rule,
        index: usize,
        (value, expected): (f64, f64),
        scale: f64,
    ) -> Baseline {
        let at = |index: usize| self.first + index as i64 * self.bucket_ms;
        let shown = index.saturating_sub(48)..index;
        Baseline {
            label: rule.text_of("metric").to_owned(),
            points: shown
                .filter_map(|index| Some((at(index), self.values[index]?)))
                .collect(),
            centre: expected,
            limits: rule
                .limits
                .iter()
                .filter_map(|(severity, limits)| {
                    let reach = limits.get("k")? * scale;
                    Some((
                        severity.as_str().to_owned(),
                        expected - reach,
                        expected + reach,
                    ))
                })
                .collect(),
            tested: (at(index), value),
        }
    }
}

/// The severity of the last of these scores.
fn judge(rule: &Rule, scores: &[Option<f64>]) -> Option<Severity> {
    let last = scores.last().copied().flatten()?;
    rule.worst(|limits| {
        let Some(k) = limits.get("k") else {
            return false;
        };
        let windows = limits
            .get("low_windows")
            .map_or(1, |windows| *windows as usize);
        let low = || {
            scores.len() >= windows
                && scores[scores.len() - windows..]
                    .iter()
                    .all(|score| score.is_some_and(|score| score < -k))
        };
        last > *k || low()
    })
}

/// 1.4826 · median absolute deviation, not below the floor; `None` with too few values.
fn scale(rule: &Rule, values: &[f64]) -> Option<f64> {
    let least = (rule.number("history") / rule.number("bucket").max(1.0) / 2.0) as usize;
    let centre = middle(values.iter(), least.max(1))?;
    let away: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    let spread = middle(away.iter(), 1)?;
    Some(
        (MAD_SCALE * spread)
            .max(rule.number("scale_floor"))
            .max(f64::MIN_POSITIVE),
    )
}

/// The median of at least `least` values.
fn middle<'a>(values: impl Iterator<Item = &'a f64>, least: usize) -> Option<f64> {
    let mut values: Vec<f64> = values.copied().collect();
    if values.len() < least.max(1) {
        return None;
    }
    let half = values.len() / 2;
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    if !is_even {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use app::model::HOUR_MS;

    use super::*;
    use crate::quality::{recorded::year_2018, rule::RuleBook};

    const DAY: i64 = 20_000 * DAY_MS;

    /// A season, a slow wave and noise without any pattern.
    fn hours(count: i64) -> Vec<(i64, f64)> {
        let mut state = 7_i64;
        (0..count)
            .map(|hour| {
                state = (state * 16_807) % 2_147_483_647;
                let noise = state as f64 / 2_147_483_647.0 - 0.5;
                let season = (hour as f64 * std::f64::consts::TAU / 24.0).sin();
                let wave = (hour as f64 / 200.0).sin();
                (DAY + hour * HOUR_MS, 5.0 + season + wave + 0.6 * noise)
            })
            .collect()
    }

    fn found(buckets: &[(i64, f64)], from: i64, excluded: &[(i64, i64)]) -> Vec<DayFinding> {
        let book = RuleBook::shipped();
        let rule = book.get("candle.hourly_volume").unwrap();
        let to = DAY + buckets.len() as i64 * HOUR_MS;
        seasonal(rule, buckets, (DAY + from * HOUR_MS, to), excluded)
    }

    fn counts(days: &[DayFinding]) -> (i64, i64) {
        days.iter().fold((0, 0), |(tested, failed), day| {
            (tested + day.tested, failed + day.failed)
        })
    }

    #[test]
    fn it_is_not_tested_before_there_are_59_days() {
        assert_eq!(counts(&found(&hours(59 * 24), 0, &[])), (0, 0));
        assert_eq!(counts(&found(&hours(59 * 24 + 5), 0, &[])).0, 5);
    }

    #[test]
    fn a_low_hour_needs_another_one_and_a_high_one_does_not() {
        let calm = hours(70 * 24);
        assert_eq!(counts(&found(&calm, 60 * 24, &[])).1, 0);
        let nothing = f64::ln(0.01);
        let mut one = calm.clone();
        one[65 * 24].1 = nothing;
        assert_eq!(counts(&found(&one, 60 * 24, &[])).1, 0);
        let mut two = one.clone();
        two[65 * 24 + 1].1 = nothing;
        let days = found(&two, 60 * 24, &[]);
        assert_eq!(counts(&days).1, 1, "{days:?}");
        let worst = days.iter().find(|day| day.failed > 0).unwrap();
        let baseline = worst.evidence.baseline.as_ref().unwrap();
        assert_eq!(baseline.tested, two[65 * 24 + 1]);
        assert!(
            baseline
                .points
                .iter()
                .all(|(at, _)| *at < baseline.tested.0)
        );
        // asked about that hour alone, the one before it still counts
        assert_eq!(
            counts(&found(&two[..65 * 24 + 2], 65 * 24 + 1, &[])),
            (1, 1)
        );
        let mut high = calm;
        high[65 * 24].1 += 4.0;
        assert_eq!(counts(&found(&high, 60 * 24, &[])).1, 1);
    }

    #[test]
    fn the_tested_hour_and_confirmed_incidents_are_in_no_baseline() {
        let mut buckets = hours(70 * 24);
        let value = |buckets: &[(i64, f64)], excluded: &[(i64, i64)]| {
            let days = found(buckets, 70 * 24 - 1, excluded);
            (days[0].tested, days[0].severity)
        };
        let at = 70 * 24 - 1;
        // the expected value does not depend on the tested one
        for more in [0.0, 3.0, 30.0] {
            buckets[at].1 = 6.0 + more;
            let days = found(&buckets, at as i64, &[]);
            assert_eq!(days[0].tested, 1);
            let expected = &days[0]
                .evidence
                .baseline
                .as_ref()
                .map(|baseline| baseline.centre);
            assert!(
                expected.is_none_or(|expected| expected < 8.0),
                "{expected:?}"
            );
        }
        let mut poisoned = hours(70 * 24);
        let calm = poisoned[at].1;
        for hour in &mut poisoned[66 * 24..69 * 24] {
            hour.1 = -4.6;
        }
        poisoned[at].1 = calm + 3.5;
        let incident = (DAY + 66 * DAY_MS, DAY + 69 * DAY_MS);
        assert_eq!(value(&poisoned, &[incident]), (1, Some(Severity::Warn)));
    }

    #[test]
    fn real_hours_alarm_rarely_and_hours_without_volume_are_found() {
        let Some(minutes) = year_2018() else {
            return;
        };
        let mut hours: Vec<(i64, f64)> = Vec::new();
        for minute in &minutes {
            let at = bucket_start(minute.opened_at, HOUR_MS);
            match hours.last_mut() {
                Some((last, volume)) if *last == at => *volume += minute.volume,
                _ => hours.push((at, minute.volume)),
            }
        }
        let first = hours[0].0;
        for (_, volume) in &mut hours {
            *volume = (*volume + 0.01).ln();
        }
        let book = RuleBook::shipped();
        let rule = book.get("candle.hourly_volume").unwrap();
        let end = hours[hours.len() - 1].0 + HOUR_MS;
        let days = seasonal(rule, &hours, (first, end), &[]);
        let (tested, failed) = counts(&days);
        // quality reference, section 3: 0.045 a day over both years
        let a_day = failed as f64 / (tested as f64 / 24.0);
        assert!((0.001..0.1).contains(&a_day), "{failed} of {tested}");
        let (mut injected, mut caught) = (0, 0);
        for at in (70 * 24..hours.len() - 2).step_by(211) {
            let mut faulty = hours[at - 70 * 24..at + 2].to_vec();
            let last = faulty.len() - 1;
            faulty[last].1 = f64::ln(0.01);
            faulty[last - 1].1 = f64::ln(0.01);
            let here = (faulty[last].0, faulty[last].0 + HOUR_MS);
            injected += 1;
            caught += counts(&seasonal(rule, &faulty, here, &[])).1;
        }
        assert!(
            caught as f64 >= 0.99 * f64::from(injected),
            "{caught} of {injected}"
        );
    }
}
