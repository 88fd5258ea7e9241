//! Checks of whole hours and days, of one venue against another, of live against batch and of bars against minutes, over
//! candles in memory.

use app::model::{Candle, DAY_MS, Dataset, HOUR_MS, MINUTE_MS, RecallVm, RecordVm, bucket_start};

use super::{
    Series, Wanted,
    across::{lag_days, other_venue, venue},
    sides::{Bars, bars_of, differing_days, wrong_bars},
};
use crate::quality::{
    backtest::{Finding, Judged, recall_vm, record_of},
    columns::columns_of,
    cross_venue::{VenueMinutes, basis_minutes},
    daily::DayFinding,
    day_drift,
    expr::Aggregate,
    inject::{Fault, Injected, Injection, Plan, inject},
    rollup::day_complete,
    rule::{Kind, Rule, RuleBook},
    seasonal::{self, seasonal},
};

/// Faults that concern hours and days: the others are too short to be seen there.
const FAULTS: [Fault; 8] = [
    Fault::StuckPrice,
    Fault::Gap,
    Fault::PartialVolume,
    Fault::ZeroVolume,
    Fault::ForwardFill,
    Fault::WrongVenue,
    Fault::PriceUnit,
    Fault::LaggingVenue,
];
/// Faults of each kind at most: a week apart, or they would be each other's baseline.
const COUNT: usize = 40;
/// Rules that are measured here.
#[must_use]
pub fn rules_of_days(book: &RuleBook) -> Vec<&Rule> {
    book.iter()
        .filter(|rule| rule.enabled && rule.dataset == "candle")
        .filter(|rule| {
            matches!(
                rule.kind,
                Kind::Seasonal
                    | Kind::Drift
                    | Kind::Volume
                    | Kind::CrossVenue
                    | Kind::Reconcile
                    | Kind::Rollup
            )
        })
        .collect()
}

/// One record for each of the rules, in their order.
#[must_use]
pub fn measure_days(rules: &[&Rule], series: Series<'_>, wanted: &Wanted<'_>) -> Vec<RecordVm> {
    let beside = Beside {
        other: other_venue(series.rows, wanted.seed),
        bars: bars_of(series.rows),
    };
    let quiet = judge(rules, series.rows, series, &beside);
    let mut records: Vec<RecordVm> = rules
        .iter()
        .map(|rule| record_of(rule, wanted.corpus, &quiet))
        .collect();
    let faults = FAULTS
        .iter()
        .filter(|fault| wanted.faults.contains(fault) && fault.applies_to(Dataset::Candle));
    for fault in faults {
        let plan = Plan {
            fault: *fault,
            count: COUNT.min(wanted.count),
            seed: wanted.seed,
        };
        let made = inject(series.rows, &plan);
        let faulty = judge(rules, &rows_of(&made), series, &beside);
        for (rule, record) in rules.iter().zip(&mut records) {
            let testable = testable(rule, series.rows, &made.faults);
            record.recall.push(RecallVm {
                fault: fault.as_str().to_owned(),
                ..recall_vm(rule, &testable, &faulty, &quiet)
            });
        }
    }
    records
}

/// What faulty rows are held against: none of it has the faults.
struct Beside {
    /// The market as another venue has it.
    other: VenueMinutes,
    /// The bars of the sound rows.
    bars: Bars,
}

/// The rows as they end up in silver.
fn rows_of(made: &Injection<Candle>) -> Vec<Candle> {
    let mut rows: Vec<Candle> = made.rows.iter().map(|placed| placed.row).collect();
    // what is dated wrongly stands where its date says; of two rows of a minute the later one is taken
    rows.sort_by_key(|row| row.opened_at);
    rows.dedup_by(|later, row| {
        let is_same = later.opened_at == row.opened_at;
        if is_same {
            *row = *later;
        }
        is_same
    });
    rows
}

/// Faults behind the stretch that a rule only learns from.
fn testable(rule: &Rule, rows: &[Candle], faults: &[Injected]) -> Vec<Injected> {
    let learns_ms = match rule.kind {
        Kind::Seasonal => seasonal::lookback_ms(rule) + DAY_MS,
        Kind::Drift => rule.number("history") as i64 + DAY_MS,
        _ => 0,
    };
    let first = rows.first().map_or(0, |row| row.opened_at);
    let last = rows.last().map_or(0, |row| row.opened_at);
    // the last day is not over
    let range = first + learns_ms..bucket_start(last, DAY_MS);
    faults
        .iter()
        .filter(|fault| range.contains(&fault.first_at))
        .copied()
        .collect()
}

fn judge(rules: &[&Rule], rows: &[Candle], series: Series<'_>, beside: &Beside) -> Judged {
    let (Some(first), Some(last)) = (series.rows.first(), series.rows.last()) else {
        return Judged::default();
    };
    let range = (first.opened_at, last.opened_at + series.step_ms);
    let days = (
        bucket_start(range.0 + DAY_MS - 1, DAY_MS),
        bucket_start(range.1, DAY_MS),
    );
    let mut findings: Vec<Finding> = Vec::new();
    for rule in rules {
        let found = match rule.kind {
            Kind::Volume => completeness(rule, rows, series.is_filled, days),
            Kind::Seasonal => seasonal(rule, &buckets(rule, rows), range, &[]),
            Kind::Drift => {
                let closes: Vec<(i64, f64)> =
                    rows.iter().map(|row| (row.opened_at, row.close)).collect();
                let mut all = day_drift::profiles(&closes, days);
                day_drift::measure(rule, &mut all, days, &[]);
                day_drift::judge(rule, &all, days)
            }
            Kind::Reconcile => {
                let found = differing_days(rule, rows, series.rows, days);
                findings.extend(found.map(|(day_at, severity)| Finding {
                    check_id: rule.id,
                    at: day_at + DAY_MS,
                    severity,
                }));
                continue;
            }
            Kind::Rollup => wrong_bars(rule, rows, &beside.bars, days),
            _ if rule.limits.is_empty() => {
                lag_days(rule, &venue("judged", rows), &beside.other, days)
            }
            _ => {
                // of two venues the second is judged
                let venues = [beside.other.clone(), venue("judged", rows)];
                let found = basis_minutes(rule, &venues, range, &[]).into_iter();
                findings.extend(found.map(|(at, severity)| Finding {
                    check_id: rule.id,
                    at: at + MINUTE_MS,
                    severity,
                }));
                continue;
            }
        };
        findings.extend(found.iter().filter_map(|day| finding(rule, day)));
    }
    findings.sort_by_key(|finding: &Finding| finding.at);
    Judged {
        findings,
        range: Some(range),
        rows: rows.len() as i64,
    }
}

/// A day's worst finding, noticed at the end of what it is about.
fn finding(rule: &Rule, day: &DayFinding) -> Option<Finding> {
    let at = match (rule.kind, day.evidence.range) {
        (Kind::Seasonal, Some((_, to))) => to,
        _ => day.day_at + DAY_MS,
    };
    Some(Finding {
        check_id: rule.id,
        at,
        severity: day.severity?,
    })
}

fn completeness(
    rule: &Rule,
    rows: &[Candle],
    is_filled: bool,
    (from, to): (i64, i64),
) -> Vec<DayFinding> {
    (from..to)
        .step_by(DAY_MS as usize)
        .map(|day_at| {
            let begin = rows.partition_point(|row| row.opened_at < day_at);
            let end = rows.partition_point(|row| row.opened_at < day_at + DAY_MS);
            day_complete(
                rule,
                rows.get(begin..end).unwrap_or_default(),
                day_at,
                is_filled,
            )
        })
        .collect()
}

/// The metric of the rule by bucket.
fn buckets(rule: &Rule, rows: &[Candle]) -> Vec<(i64, f64)> {
    let columns = columns_of("candle");
    let Ok(metric) = Aggregate::compile(rule.text_of("metric"), columns) else {
        return Vec::new();
    };
    let bucket_ms = (rule.number("bucket") as i64).max(HOUR_MS);
    rows.chunk_by(|a, b| {
        bucket_start(a.opened_at, bucket_ms) == bucket_start(b.opened_at, bucket_ms)
    })
    .filter_map(|rows| {
        let mut folded = metric.start();
        for row in rows {
            metric.push(&mut folded, &slots(columns, row));
        }
        let value = metric.value(&folded);
        let first = rows.first().filter(|_| value.is_finite())?;
        Some((bucket_start(first.opened_at, bucket_ms), value))
    })
    .collect()
}

fn slots(columns: &[&str], row: &Candle) -> Vec<f64> {
    let value = |column: &&str| match *column {
        "opened_at" => row.opened_at as f64,
        "open" => row.open,
        "high" => row.high,
        "low" => row.low,
        "close" => row.close,
        "volume" => row.volume,
        "quote_volume" => row.quote_volume.unwrap_or(f64::NAN),
        "trades" => row.trades.map_or(f64::NAN, |trades| trades as f64),
        _ => f64::NAN,
    };
    columns.iter().map(value).collect()
}
