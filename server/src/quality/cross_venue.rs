//! `xv.basis` and `xv.lag`: a venue's minutes against those of the other venues of its instrument. Pure.

mod lag;

use std::collections::{BTreeMap, VecDeque};

use app::{
    format::decimal,
    model::{Baseline, DAY_MS, MINUTE_MS, Severity, bucket_start, format_utc_short},
};

pub use self::lag::{correlations, lag};
use super::{
    daily::{DayFinding, is_excluded},
    rule::Rule,
};

/// Columns of the evidence of [`basis`].
const COLUMNS: [&str; 4] = ["minute", "close", "off by, bps", "against"];

/// A minute of a venue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VenueMinute {
    /// Start of the minute.
    pub at: i64,
    /// Last price.
    pub close: f64,
    /// Base currency.
    pub volume: f64,
}

/// The minutes of a venue, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct VenueMinutes {
    /// `kraken`
    pub venue: String,
    /// Its minutes.
    pub minutes: Vec<VenueMinute>,
}

/// Minutes that the baseline of a minute may reach back: twice its length.
#[must_use]
pub fn lookback_ms(rule: &Rule) -> i64 {
    (2 * rule.number("window") as i64 + rule.number("in_a_row") as i64) * MINUTE_MS
}

/// A common minute of two venues and how far their basis was from its trailing median, in basis points.
type Deviations = Vec<(i64, f64)>;

/// How far the basis 10⁴ · ln(a / b) of each common minute is from the median of the common minutes before it. Minutes
/// without such a baseline, or with a venue that hardly trades, are left out.
fn deviations(
    rule: &Rule,
    a: &[VenueMinute],
    b: &[VenueMinute],
    excluded: &[(i64, i64)],
) -> Deviations {
    let window = (rule.number("window") as usize).max(2);
    let reach_ms = 2 * window as i64 * MINUTE_MS;
    let min_volume = rule.number("min_volume");
    let mut last: VecDeque<(i64, f64, f64, f64)> = VecDeque::with_capacity(window + 1);
    let mut sorted: Vec<f64> = Vec::with_capacity(window + 1);
    let mut found = Vec::new();
    let mut b = b.iter().peekable();
    for a in a {
        while b.next_if(|b| b.at < a.at).is_some() {}
        let Some(b) = b.next_if(|b| b.at == a.at) else {
            continue;
        };
        let basis = 10_000.0 * (a.close / b.close).ln();
        if !basis.is_finite() {
            continue;
        }
        while last.front().is_some_and(|(at, ..)| *at < a.at - reach_ms) {
            forget(&mut last, &mut sorted);
        }
        let traded = |of: fn(&(i64, f64, f64, f64)) -> f64| last.iter().map(of).sum::<f64>();
        let is_liquid =
            traded(|minute| minute.2) >= min_volume && traded(|minute| minute.3) >= min_volume;
        if last.len() >= window / 2 && is_liquid {
            let half = sorted.len() / 2;
            let median = if sorted.len().is_multiple_of(2) {
                f64::midpoint(sorted[half - 1], sorted[half])
            } else {
                sorted[half]
            };
            found.push((a.at, basis - median));
        }
        if !is_excluded(excluded, a.at) {
            if last.len() == window {
                forget(&mut last, &mut sorted);
            }
            last.push_back((a.at, basis, a.volume, b.volume));
            let place = sorted.partition_point(|other| *other < basis);
            sorted.insert(place, basis);
        }
    }
    found
}

fn forget(last: &mut VecDeque<(i64, f64, f64, f64)>, sorted: &mut Vec<f64>) {
    if let Some((_, basis, ..)) = last.pop_front() {
        let place = sorted.partition_point(|other| *other < basis);
        if place < sorted.len() {
            sorted.remove(place);
        }
    }
}

/// Judges the minutes from `from` to before `to` of every venue. With three venues or more, a venue is off by the
/// median of what it is off against each of the others; of two, the second is judged, for nobody can tell which is off.
/// Minutes begin [`lookback_ms`] before.
#[must_use]
pub fn basis(
    rule: &Rule,
    venues: &[VenueMinutes],
    (from, to): (i64, i64),
    excluded: &[(i64, i64)],
) -> Vec<(String, Vec<DayFinding>)> {
    let others = venues.len().saturating_sub(1);
    let against = match venues {
        [first, _] => first.venue.clone(),
        _ => format!("{others} venues"),
    };
    off_by(rule, venues, excluded)
        .into_iter()
        .map(|(venue, off)| {
            let days = judge(rule, venue, &off, &against, (from, to));
            (venue.venue.clone(), days)
        })
        .collect()
}

/// The same minute by minute: start and severity of each that is found, of all venues that are judged. A day keeps its
/// worst minute, which is not the one that it was noticed with.
#[must_use]
pub fn basis_minutes(
    rule: &Rule,
    venues: &[VenueMinutes],
    (from, to): (i64, i64),
    excluded: &[(i64, i64)],
) -> Vec<(i64, Severity)> {
    let mut found: Vec<(i64, Severity)> = off_by(rule, venues, excluded)
        .iter()
        .flat_map(|(_, off)| verdicts(rule, off, (from, to)))
        .filter_map(|verdict| Some((verdict.at, verdict.severity?)))
        .collect();
    found.sort_unstable();
    found
}

/// What each venue that is judged is off by.
fn off_by<'a>(
    rule: &Rule,
    venues: &'a [VenueMinutes],
    excluded: &[(i64, i64)],
) -> Vec<(&'a VenueMinutes, Deviations)> {
    let mut off: Vec<BTreeMap<i64, Vec<f64>>> = vec![BTreeMap::new(); venues.len()];
    for (i, a) in venues.iter().enumerate() {
        for (j, b) in venues.iter().enumerate().skip(i + 1) {
            for (at, deviation) in deviations(rule, &a.minutes, &b.minutes, excluded) {
                if venues.len() > 2 {
                    off[i].entry(at).or_default().push(deviation);
                }
                off[j].entry(at).or_default().push(-deviation);
            }
        }
    }
    venues
        .iter()
        .zip(off)
        .skip(usize::from(venues.len() == 2))
        .map(|(venue, off)| {
            let others = venues.len() - 1;
            // with fewer others than half, whoever is off would be the measure
            let off: Deviations = off
                .into_iter()
                .filter(|(_, each)| 2 * each.len() > others || others == 1)
                .map(|(at, each)| (at, median(each)))
                .collect();
            (venue, off)
        })
        .collect()
}

/// The median; of two in the middle the smaller one: with two others, of which one is off, nobody else is.
fn median(mut each: Vec<f64>) -> f64 {
    each.sort_by(f64::total_cmp);
    let half = each.len() / 2;
    let upper = each.get(half).copied().unwrap_or_default();
    if each.len().is_multiple_of(2) && half > 0 && each[half - 1].abs() < upper.abs() {
        each[half - 1]
    } else {
        upper
    }
}

/// What is said of one minute.
struct Verdict {
    at: i64,
    severity: Option<Severity>,
    /// Its place among the deviations.
    index: usize,
}

/// The verdicts on the minutes of a stretch.
fn verdicts<'a>(
    rule: &'a Rule,
    off: &'a [(i64, f64)],
    (from, to): (i64, i64),
) -> impl Iterator<Item = Verdict> + 'a {
    let in_a_row = in_a_row(rule);
    off.iter()
        .enumerate()
        .filter(move |(_, (at, _))| (from..to).contains(at))
        .map(move |(index, (at, _))| {
            let run = &off[(index + 1).saturating_sub(in_a_row)..=index];
            Verdict {
                at: *at,
                severity: severity(rule, run, in_a_row),
                index,
            }
        })
}

fn in_a_row(rule: &Rule) -> usize {
    (rule.number("in_a_row") as usize).max(1)
}

fn judge(
    rule: &Rule,
    venue: &VenueMinutes,
    off: &[(i64, f64)],
    against: &str,
    range: (i64, i64),
) -> Vec<DayFinding> {
    let in_a_row = in_a_row(rule);
    let mut days: BTreeMap<i64, DayFinding> = BTreeMap::new();
    for verdict in verdicts(rule, off, range) {
        let (at, index) = (verdict.at, verdict.index);
        let deviation = off[index].1;
        let day_at = bucket_start(at, DAY_MS);
        let day = days
            .entry(day_at)
            .or_insert_with(|| DayFinding::new(day_at, &COLUMNS));
        let is_worst = day.test(rule, verdict.severity, deviation, || {
            let place = venue.minutes.partition_point(|minute| minute.at < at);
            let close = venue
                .minutes
                .get(place)
                .map_or(f64::NAN, |minute| minute.close);
            vec![
                format_utc_short(at),
                decimal(close, 2),
                decimal(deviation, 1),
                against.to_owned(),
            ]
        });
        if is_worst {
            let first = (index + 1).saturating_sub(in_a_row);
            day.evidence.range = Some((off[first].0, at + MINUTE_MS));
            day.evidence.baseline = Some(baseline(rule, off, first, index));
        }
    }
    days.into_values().collect()
}

/// The mildest of a run of minutes without holes that are off to the same side.
fn severity(rule: &Rule, run: &[(i64, f64)], in_a_row: usize) -> Option<Severity> {
    let is_row = run.len() == in_a_row
        && run.windows(2).all(|pair| {
            pair[1].0 - pair[0].0 == MINUTE_MS && pair[0].1.signum() == pair[1].1.signum()
        });
    let each = run
        .iter()
        .map(|(_, deviation)| rule.beyond("bps", deviation.abs()));
    let mildest = each.min_by_key(|severity| severity.map_or(0, Severity::rank));
    mildest.flatten().filter(|_| is_row)
}

fn baseline(rule: &Rule, off: &[(i64, f64)], end: usize, tested: usize) -> Baseline {
    Baseline {
        label: "off the trailing median, bps".to_owned(),
        points: off[end.saturating_sub(60)..end].to_vec(),
        centre: 0.0,
        limits: rule
            .limits
            .iter()
            .filter_map(|(severity, limits)| {
                let limit = limits.get("bps")?;
                Some((severity.as_str().to_owned(), -limit, *limit))
            })
            .collect(),
        tested: off[tested],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::rule::RuleBook;

    const DAY: i64 = 20_000 * DAY_MS;

    /// A day of a venue that stands `basis_bps` above the market and trades `volume` a minute.
    fn venue(name: &str, basis_bps: f64, volume: f64, shift: i64) -> VenueMinutes {
        let mut state = 7_i64;
        let mut price = 10_000.0;
        let mut own = 11 + name.len() as i64;
        let minutes = (0..1440)
            .map(|minute| {
                state = (state * 16_807) % 2_147_483_647;
                own = (own * 48_271) % 2_147_483_647;
                let unit = |state: i64| state as f64 / 1_073_741_823.5 - 1.0;
                price *= 1.0 + 0.001 * unit(state);
                VenueMinute {
                    at: DAY + (minute + shift) * MINUTE_MS,
                    close: price * (1.0 + (basis_bps + 3.0 * unit(own)) / 10_000.0),
                    volume,
                }
            })
            .collect();
        VenueMinutes {
            venue: name.to_owned(),
            minutes,
        }
    }

    fn failed(venues: &[VenueMinutes]) -> Vec<(String, i64, Option<Severity>)> {
        let book = RuleBook::shipped();
        let rule = book.get("xv.basis").unwrap();
        basis(rule, venues, (DAY, DAY + DAY_MS), &[])
            .into_iter()
            .map(|(venue, days)| {
                let failed = days.iter().map(|day| day.failed).sum();
                (
                    venue,
                    failed,
                    days.iter()
                        .filter_map(|day| day.severity)
                        .max_by_key(|s| s.rank()),
                )
            })
            .collect()
    }

    fn push(venue: &mut VenueMinutes, minutes: std::ops::Range<usize>, bps: f64) {
        for minute in &mut venue.minutes[minutes] {
            minute.close *= 1.0 + bps / 10_000.0;
        }
    }

    #[test]
    fn a_standing_basis_is_none_but_leaving_it_for_three_minutes_is_found() {
        let a = venue("a", 0.0, 1.0, 0);
        let mut b = venue("bb", 29.0, 1.0, 0);
        assert_eq!(
            failed(&[a.clone(), b.clone()]),
            [("bb".to_owned(), 0, None)]
        );
        push(&mut b, 700..702, 70.0);
        assert_eq!(failed(&[a.clone(), b.clone()])[0].1, 0, "two minutes");
        push(&mut b, 800..805, 70.0);
        let found = failed(&[a.clone(), b.clone()]);
        assert_eq!(found[0].1, 3, "the third, fourth and fifth");
        assert_eq!(found[0].2, Some(Severity::Error));
        let book = RuleBook::shipped();
        let rule = book.get("xv.basis").unwrap();
        let minutes = basis_minutes(rule, &[a, b.clone()], (DAY, DAY + DAY_MS), &[]);
        let found: Vec<i64> = minutes
            .iter()
            .map(|(at, _)| (at - DAY) / MINUTE_MS)
            .collect();
        assert_eq!(found, [802, 803, 804], "noticed with the third minute");
        let thin = venue("a", 0.0, 0.001, 0);
        assert_eq!(failed(&[thin, b])[0].1, 0);
    }

    #[test]
    fn of_three_venues_the_one_that_is_off_is_named() {
        let (a, mut b, c) = (
            venue("a", 0.0, 1.0, 0),
            venue("bb", 10.0, 1.0, 0),
            venue("ccc", -10.0, 1.0, 0),
        );
        push(&mut b, 700..710, 120.0);
        let found = failed(&[a, b, c]);
        assert_eq!((found[0].1, found[2].1), (0, 0), "{found:?}");
        assert!(found[1].1 >= 5, "{found:?}");
        assert_eq!(found[1].2, Some(Severity::Critical));
    }

    #[test]
    fn a_clock_that_is_off_by_a_minute_is_seen() {
        let book = RuleBook::shipped();
        let rule = book.get("xv.lag").unwrap();
        let first = venue("a", 0.0, 1.0, 0);
        for (shift, off) in [(0, false), (1, true), (-2, true)] {
            let day = lag(rule, &venue("bb", 5.0, 1.0, shift), &first, DAY);
            assert_eq!((day.tested, day.failed), (1, i64::from(off)), "{day:?}");
            assert_eq!(day.value, Some(shift as f64));
        }
        let mut short = venue("bb", 0.0, 1.0, 0);
        short.minutes.truncate(200);
        assert_eq!(lag(rule, &short, &first, DAY).tested, 0);
    }
}
