//! Checks of gold over whole days: what they find is kept by the day, so that a change costs the days it touches.

use app::model::{
    Bar, DAY_MS, Evidence, HOUR_MS, MINUTE_MS, Outcome, Pipeline, Severity, bucket_start,
};

use super::series::{Series, ends_of_minutes, first_live, minutes, venues};
use crate::{
    quality::{
        columns::columns_of,
        cross_venue::{self, VenueMinutes, basis, lag},
        daily::{DayFinding, sum_up},
        day_drift::{self, DayProfile, WARM_UP_MS},
        expr::Aggregate,
        histogram::Distribution,
        rollup::{day_complete, rollup},
        rule::{Rule, RuleBook},
        seasonal::{self, seasonal},
    },
    store::{
        StoreError, Tx,
        gold::bars,
        goldcheck::{
            FindingRow, ProfileRow, findings, profiles, replace_findings, replace_profiles,
        },
    },
};

/// Checks of one series, and what each tests.
pub(super) const OWN: [(&str, &str); 4] = [
    ("candle.day_complete", "days"),
    ("candle.drift", "days"),
    ("candle.hourly_volume", "hours"),
    ("candle.rollup", "bars"),
];
/// Checks of a series against others of its instrument.
pub(super) const ACROSS: [(&str, &str); 2] = [("xv.basis", "minutes"), ("xv.lag", "days")];
/// Own distances of days before that the limits of `candle.drift` are made of.
const OWN_DISTANCES: i64 = 400;

/// Findings of the checks of one series over the days of `range`, by rule.
pub(super) async fn of_series<'a>(
    tx: &mut Tx,
    book: &'a RuleBook,
    series: &Series,
    range: (i64, i64),
    now_ms: i64,
) -> Result<Vec<(&'a Rule, Vec<DayFinding>)>, StoreError> {
    let mut found = Vec::new();
    let (from, to) = range;
    let all = minutes(tx, series.names, (from - WARM_UP_MS, to)).await?;
    let inside = &all[all.partition_point(|minute| minute.opened_at < from)..];
    if let Some(rule) = book.enabled("candle.rollup") {
        let found_here = rollup(rule, inside, &coarse_bars(tx, series, range).await?);
        found.push((rule, found_here));
    }
    if let Some(rule) = book.enabled("candle.day_complete") {
        // the first and the last day may have begun late or not be over
        let (first, last) = ends_of_minutes(tx, series.names).await?;
        let whole =
            |day_at: &i64| *day_at >= first && day_at + DAY_MS <= last && day_at + DAY_MS <= now_ms;
        // venues that are listened to tell every minute, traded or not; who wrote a file may have left some out
        let told_from = first_live(tx, series.names).await?;
        let days = days_of(range)
            .filter(whole)
            .map(|day_at| day_complete(rule, inside, day_at, day_at >= told_from))
            .collect();
        found.push((rule, days));
    }
    if let Some(rule) = book.enabled("candle.drift") {
        let closes: Vec<(i64, f64)> = all
            .iter()
            .filter(|minute| minute.is_final)
            .map(|minute| (minute.opened_at, minute.close))
            .collect();
        let finished = (from, to.min(bucket_start(now_ms, DAY_MS)));
        found.push((rule, drift(tx, rule, series, &closes, finished).await?));
    }
    if let Some(rule) = book.enabled("candle.hourly_volume") {
        let to = to.min(bucket_start(now_ms, HOUR_MS));
        found.push((rule, volume(tx, rule, series, (from, to)).await?));
    }
    Ok(found)
}

/// Bars of hours and days that are made of minutes.
async fn coarse_bars(
    tx: &mut Tx,
    series: &Series,
    (from, to): (i64, i64),
) -> Result<Vec<(i64, Bar)>, StoreError> {
    let mut all = Vec::new();
    for step_ms in [HOUR_MS, DAY_MS] {
        let found = bars(tx, series.names, step_ms, from, to).await?;
        all.extend(
            found
                .iter()
                .filter(|bar| bar.source_step_ms == MINUTE_MS)
                .map(|bar| (step_ms, bar.bar)),
        );
    }
    Ok(all)
}

/// The metric of the buckets before `to`, as far back as the rule needs, against what is usual.
pub(super) async fn volume(
    tx: &mut Tx,
    rule: &Rule,
    series: &Series,
    (from, to): (i64, i64),
) -> Result<Vec<DayFinding>, StoreError> {
    let bucket_ms = (rule.number("bucket") as i64).max(HOUR_MS);
    let since = bucket_start(from - seasonal::lookback_ms(rule) - DAY_MS, bucket_ms);
    let hours = bars(tx, series.names, HOUR_MS, since, to).await?;
    let columns = columns_of("candle");
    // the loader has compiled it once: here it cannot fail
    let Ok(metric) = Aggregate::compile(rule.text_of("metric"), columns) else {
        return Ok(Vec::new());
    };
    let mut buckets: Vec<(i64, f64)> = Vec::new();
    for bars in hours.chunk_by(|a, b| {
        bucket_start(a.bar.opened_at, bucket_ms) == bucket_start(b.bar.opened_at, bucket_ms)
    }) {
        let mut folded = metric.start();
        for bar in bars {
            metric.push(&mut folded, &slots(columns, &bar.bar));
        }
        let value = metric.value(&folded);
        if let Some(first) = bars.first().filter(|_| value.is_finite()) {
            buckets.push((bucket_start(first.bar.opened_at, bucket_ms), value));
        }
    }
    Ok(seasonal(rule, &buckets, (from, to), &series.excluded))
}

/// The columns of a candle that a bar has.
fn slots(columns: &[&str], bar: &Bar) -> Vec<f64> {
    let value = |column: &&str| match *column {
        "opened_at" => bar.opened_at as f64,
        "open" => bar.open,
        "high" => bar.high,
        "low" => bar.low,
        "close" => bar.close,
        "volume" => bar.volume,
        "trades" => bar.trades.map_or(f64::NAN, |trades| trades as f64),
        "step_ms" => HOUR_MS as f64,
        "is_final" => 1.0,
        _ => f64::NAN,
    };
    columns.iter().map(value).collect()
}

/// Keeps the distributions of finished days and judges them.
pub(super) async fn drift(
    tx: &mut Tx,
    rule: &Rule,
    series: &Series,
    closes: &[(i64, f64)],
    (from, to): (i64, i64),
) -> Result<Vec<DayFinding>, StoreError> {
    if from >= to {
        return Ok(Vec::new());
    }
    let history = from - rule.number("history") as i64;
    let mut all: Vec<DayProfile> = profiles(tx, series.names, (history, from), OWN_DISTANCES)
        .await?
        .iter()
        .filter_map(profile_of)
        .collect();
    all.extend(day_drift::profiles(closes, (from, to)));
    day_drift::measure(rule, &mut all, (from, to), &series.excluded);
    let rows: Vec<ProfileRow> = all
        .iter()
        .filter(|day| day.day_at >= from)
        .map(row_of)
        .collect::<Result<_, _>>()?;
    replace_profiles(tx, series.names, (from, to), &rows).await?;
    Ok(day_drift::judge(rule, &all, (from, to)))
}

/// A profile of another version of this program is none.
fn profile_of(row: &ProfileRow) -> Option<DayProfile> {
    let returns = if row.returns.is_empty() {
        Distribution::default()
    } else {
        serde_json::from_str(&row.returns).ok()?
    };
    Some(DayProfile {
        day_at: row.day_at,
        returns,
        psi: row.psi,
        ks_effect: row.ks_effect,
    })
}

fn row_of(day: &DayProfile) -> Result<ProfileRow, StoreError> {
    Ok(ProfileRow {
        day_at: day.day_at,
        returns: serde_json::to_string(&day.returns)?,
        psi: day.psi,
        ks_effect: day.ks_effect,
    })
}

/// Venue, rule and days.
pub(super) type OfVenue<'a> = (String, &'a Rule, Vec<DayFinding>);

/// Findings of the checks of series against each other over the days of `range`. The first of the group is what the others
/// are held against where there are only two.
pub(super) async fn of_group<'a>(
    tx: &mut Tx,
    book: &'a RuleBook,
    group: &[&Series],
    range: (i64, i64),
) -> Result<Vec<OfVenue<'a>>, StoreError> {
    let mut found = basis_of(tx, book, group, range).await?;
    let each_day: Vec<(i64, i64)> = days_of(range)
        .map(|day_at| (day_at, day_at + DAY_MS))
        .collect();
    found.extend(lag_of(tx, book, group, &each_day).await?);
    Ok(found)
}

/// `xv.basis` over the minutes of `range`.
pub(super) async fn basis_of<'a>(
    tx: &mut Tx,
    book: &'a RuleBook,
    group: &[&Series],
    (from, to): (i64, i64),
) -> Result<Vec<OfVenue<'a>>, StoreError> {
    let Some(rule) = book.enabled("xv.basis").filter(|_| group.len() > 1) else {
        return Ok(Vec::new());
    };
    let since = from - cross_venue::lookback_ms(rule);
    let all = venues(tx, group, (since, to)).await?;
    let excluded: Vec<(i64, i64)> = group
        .iter()
        .flat_map(|series| series.excluded.iter().copied())
        .collect();
    let found = basis(rule, &all, (from, to), &excluded).into_iter();
    Ok(found.map(|(venue, days)| (venue, rule, days)).collect())
}

/// `xv.lag` over stretches of about a day.
pub(super) async fn lag_of<'a>(
    tx: &mut Tx,
    book: &'a RuleBook,
    group: &[&Series],
    stretches: &[(i64, i64)],
) -> Result<Vec<OfVenue<'a>>, StoreError> {
    let rule = book.enabled("xv.lag").filter(|_| group.len() > 1);
    let (Some(rule), Some(first), Some(last)) = (rule, stretches.first(), stretches.last()) else {
        return Ok(Vec::new());
    };
    let all = venues(tx, group, (first.0, last.1)).await?;
    let Some((first, others)) = all.split_first() else {
        return Ok(Vec::new());
    };
    let of = |other: &VenueMinutes| {
        let judge = |stretch: &(i64, i64)| {
            lag(
                rule,
                &inside(other, *stretch),
                &inside(first, *stretch),
                stretch.0,
            )
        };
        let days = stretches.iter().map(judge).filter(|day| day.tested > 0);
        (other.venue.clone(), rule, days.collect())
    };
    Ok(others.iter().map(of).collect())
}

fn inside(venue: &VenueMinutes, (from, to): (i64, i64)) -> VenueMinutes {
    let at = |time: i64| venue.minutes.partition_point(|minute| minute.at < time);
    VenueMinutes {
        venue: venue.venue.clone(),
        minutes: venue.minutes[at(from)..at(to)].to_vec(),
    }
}

/// Midnights of the days from `from` to before `to`.
pub(super) fn days_of((from, to): (i64, i64)) -> impl Iterator<Item = i64> {
    let first = bucket_start(from, DAY_MS);
    (0..(to - first + DAY_MS - 1) / DAY_MS).map(move |index| first + index * DAY_MS)
}

/// Keeps findings of whole days.
pub(super) async fn keep(
    tx: &mut Tx,
    series: &Series,
    rule: &Rule,
    range: (i64, i64),
    days: &[DayFinding],
) -> Result<(), StoreError> {
    let rows: Vec<FindingRow> = days
        .iter()
        .map(|day| {
            let evidence = match day.failed {
                0 => String::new(),
                _ => serde_json::to_string(&day.evidence)?,
            };
            Ok(FindingRow {
                day_at: day.day_at,
                tested: day.tested,
                failed: day.failed,
                severity: day.severity.map_or(0, Severity::rank),
                value: day.value,
                evidence,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    replace_findings(tx, series.names, rule.id, range, &rows).await
}

/// The result over what is kept of some days.
pub(super) async fn outcome(
    tx: &mut Tx,
    (rule, noun): (&Rule, &str),
    series: &Series,
    entity: &str,
    range: (i64, i64),
) -> Result<Outcome, StoreError> {
    let rows = findings(tx, series.names, rule.id, range).await?;
    let days = rows
        .into_iter()
        .map(|row| {
            let evidence = match row.evidence.is_empty() {
                true => Evidence::default(),
                false => serde_json::from_str(&row.evidence)?,
            };
            let severity = [
                Severity::Info,
                Severity::Warn,
                Severity::Error,
                Severity::Critical,
            ]
            .into_iter()
            .find(|severity| severity.rank() == row.severity);
            Ok(DayFinding {
                day_at: row.day_at,
                tested: row.tested,
                failed: row.failed,
                severity,
                value: row.value,
                evidence,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(sum_up(rule, entity, Pipeline::Batch, &days, noun))
}
