//! `candle.rollup` and `candle.day_complete`: bars of hours and days against the minutes they are made of. Pure.

use std::collections::BTreeMap;

use app::{
    format::percent,
    model::{Bar, Candle, DAY_MS, HOUR_MS, MINUTE_MS, bucket_start, format_utc_short},
};

use super::{daily::DayFinding, rule::Rule};

/// Columns of the evidence of [`rollup`].
const ROLLUP: [&str; 5] = ["bar", "step", "value", "bar says", "minutes say"];
/// Columns of the evidence of [`day_complete`].
const COMPLETE: [&str; 4] = ["day", "expected", "observed", "complete"];
/// Volumes are held against each other above this, base currency.
const TINY: f64 = 1e-12;

#[derive(Debug, Clone, Copy)]
struct Sum {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

/// Whether the bars of an hour or a day, `(step, bar)`, are the sums of these minutes: prices exactly, volumes nearly. The
/// minutes, ascending, must hold all of every bucket, as must the bars.
#[must_use]
pub fn rollup(rule: &Rule, minutes: &[Candle], bars: &[(i64, Bar)]) -> Vec<DayFinding> {
    let mut sums: BTreeMap<(i64, i64), (Option<Sum>, Option<Bar>)> = BTreeMap::new();
    for minute in minutes {
        for step_ms in [HOUR_MS, DAY_MS] {
            let at = bucket_start(minute.opened_at, step_ms);
            let (sum, _) = sums.entry((at, step_ms)).or_default();
            *sum = Some(match sum {
                None => Sum {
                    open: minute.open,
                    high: minute.high,
                    low: minute.low,
                    close: minute.close,
                    volume: minute.volume,
                },
                Some(sum) => Sum {
                    open: sum.open,
                    high: sum.high.max(minute.high),
                    low: sum.low.min(minute.low),
                    close: minute.close,
                    volume: sum.volume + minute.volume,
                },
            });
        }
    }
    for (step_ms, bar) in bars {
        sums.entry((bar.opened_at, *step_ms)).or_default().1 = Some(*bar);
    }
    let mut days: BTreeMap<i64, DayFinding> = BTreeMap::new();
    for ((at, step_ms), (sum, bar)) in sums {
        let day_at = bucket_start(at, DAY_MS);
        let day = days
            .entry(day_at)
            .or_insert_with(|| DayFinding::new(day_at, &ROLLUP));
        let wrong = difference(rule, bar.as_ref(), sum.as_ref());
        let severity = wrong.as_ref().map(|_| rule.severity);
        day.test(rule, severity, at as f64, || {
            let step = if step_ms == DAY_MS { "1d" } else { "1h" };
            let (what, bar, sum) = wrong.unwrap_or_default();
            vec![
                format_utc_short(at),
                step.to_owned(),
                what.to_owned(),
                bar,
                sum,
            ]
        });
        day.value = None;
    }
    days.into_values().collect()
}

fn difference(
    rule: &Rule,
    bar: Option<&Bar>,
    sum: Option<&Sum>,
) -> Option<(&'static str, String, String)> {
    let none = || "nothing".to_owned();
    let (bar, sum) = match (bar, sum) {
        (Some(bar), Some(sum)) => (bar, sum),
        (Some(bar), None) => return Some(("close", bar.close.to_string(), none())),
        (None, Some(sum)) => return Some(("close", none(), sum.close.to_string())),
        (None, None) => return None,
    };
    let exact = [
        ("open", bar.open, sum.open),
        ("high", bar.high, sum.high),
        ("low", bar.low, sum.low),
        ("close", bar.close, sum.close),
    ];
    let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
    let volume = ("volume", bar.volume, sum.volume);
    let most = rule.number("volume_share") * sum.volume.abs() + TINY;
    exact
        .into_iter()
        .find(|(_, bar, sum)| !same(*bar, *sum))
        .or_else(|| ((bar.volume - sum.volume).abs() > most).then_some(volume))
        .map(|(what, bar, sum)| (what, bar.to_string(), sum.to_string()))
}

/// Whether the minutes of a day are there. `filled`: the source leaves out no minute, traded or not.
#[must_use]
pub fn day_complete(rule: &Rule, minutes: &[Candle], day_at: i64, filled: bool) -> DayFinding {
    let mut day = DayFinding::new(day_at, &COMPLETE);
    let expected = DAY_MS / MINUTE_MS;
    let observed = minutes
        .iter()
        .filter(|minute| bucket_start(minute.opened_at, DAY_MS) == day_at)
        .count() as i64;
    let share = observed as f64 / expected as f64;
    let severity = rule.below(if filled { "filled" } else { "below" }, share);
    day.test(rule, severity, share, || {
        vec![
            super::daily::day_name(day_at),
            expected.to_string(),
            observed.to_string(),
            percent(share),
        ]
    });
    day.value = Some(share);
    day
}

#[cfg(test)]
mod tests {
    use app::model::{GOLD_STEPS, Severity};

    use super::*;
    use crate::{quality::rule::RuleBook, refine::rollup::Cascade};

    const DAY: i64 = 20_000 * DAY_MS;

    fn day() -> (Vec<Candle>, Vec<(i64, Bar)>) {
        let minutes: Vec<Candle> = (0..1440)
            .map(|minute| Candle {
                opened_at: DAY + minute * MINUTE_MS,
                open: 100.0 + minute as f64,
                high: 102.0 + minute as f64,
                low: 99.0 + minute as f64,
                close: 101.0 + minute as f64,
                volume: 0.1 * minute as f64,
                quote_volume: None,
                trades: None,
                is_final: true,
                flags: 0,
            })
            .collect();
        let mut cascade = Cascade::new(MINUTE_MS, &GOLD_STEPS);
        for minute in &minutes {
            cascade.push(minute);
        }
        cascade.finish();
        let bars = cascade.take().into_iter();
        let coarse = bars.filter(|(step, _)| [HOUR_MS, DAY_MS].contains(step));
        let bars = coarse
            .flat_map(|(step, bars)| bars.into_iter().map(move |bar| (step, bar.bar)))
            .collect();
        (minutes, bars)
    }

    #[test]
    fn bars_are_the_sums_of_their_minutes() {
        let book = RuleBook::shipped();
        let rule = book.get("candle.rollup").unwrap();
        let (minutes, bars) = day();
        let right = rollup(rule, &minutes, &bars);
        assert_eq!((right[0].tested, right[0].failed), (25, 0), "{right:?}");
        type Spoil = fn(&mut Vec<(i64, Bar)>);
        let spoils: [Spoil; 4] = [
            |bars| bars[3].1.high += 1e-9,
            |bars| bars[4].1.volume *= 1.0 + 1e-7,
            |bars| bars[24].1.close += 0.01,
            |bars| {
                let _ = bars.remove(7);
            },
        ];
        for spoil in spoils {
            let mut bars = bars.clone();
            spoil(&mut bars);
            let wrong = rollup(rule, &minutes, &bars);
            assert_eq!((wrong[0].tested, wrong[0].failed), (25, 1));
            assert_eq!(wrong[0].severity, Some(Severity::Error));
        }
    }

    #[test]
    fn a_day_is_complete_by_what_its_source_leaves_out() {
        let book = RuleBook::shipped();
        let rule = book.get("candle.day_complete").unwrap();
        let (minutes, _) = day();
        let severity =
            |count: usize, filled| day_complete(rule, &minutes[..count], DAY, filled).severity;
        assert_eq!(severity(1440, true), None);
        assert_eq!(severity(1420, true), Some(Severity::Warn));
        assert_eq!(severity(1390, true), Some(Severity::Error));
        assert_eq!(severity(1390, false), None);
        assert_eq!(severity(1290, false), Some(Severity::Warn));
        assert_eq!(severity(0, false), Some(Severity::Error));
    }
}
