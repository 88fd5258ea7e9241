//! What checks of gold say by the day, and the result over several days. Pure.

use app::model::{Evidence, Outcome, Pipeline, Severity, format_utc_short};

use super::rule::{Rule, state_of};

/// What a check says of one day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DayFinding {
    /// Midnight, UTC.
    pub day_at: i64,
    /// Bars, hours, minutes or days tested.
    pub tested: i64,
    /// Those of them that broke the rule.
    pub failed: i64,
    /// The worst of them.
    pub severity: Option<Severity>,
    /// The number that was judged, of the worst one.
    pub value: Option<f64>,
    /// Rows that show it.
    pub evidence: Evidence,
}

impl DayFinding {
    /// A day on which nothing was tested yet.
    #[must_use]
    pub fn new(day_at: i64, columns: &[&str]) -> Self {
        Self {
            day_at,
            evidence: Evidence {
                columns: columns.iter().map(|name| (*name).to_owned()).collect(),
                ..Evidence::default()
            },
            ..Self::default()
        }
    }

    /// Counts one that was tested. A finding brings a row; the value of the worst one stays. True if it is that one.
    pub fn test(
        &mut self,
        rule: &Rule,
        severity: Option<Severity>,
        value: f64,
        row: impl FnOnce() -> Vec<String>,
    ) -> bool {
        self.tested += 1;
        let Some(found) = severity else {
            return false;
        };
        self.failed += 1;
        if self.evidence.rows.len() < rule.samples.max(1) {
            self.evidence.rows.push(row());
        }
        let is_worst = self.severity.is_none_or(|worst| {
            (found.rank(), value.abs()) > (worst.rank(), self.value.map_or(0.0, f64::abs))
        });
        if is_worst {
            self.severity = Some(found);
            self.value = Some(value);
        }
        is_worst
    }
}

/// The result of a check over some days; `noun` is what was tested: `hours`.
#[must_use]
pub fn sum_up(
    rule: &Rule,
    entity: &str,
    pipeline: Pipeline,
    days: &[DayFinding],
    noun: &str,
) -> Outcome {
    let tested: i64 = days.iter().map(|day| day.tested).sum();
    let failed: i64 = days.iter().map(|day| day.failed).sum();
    let pass = rule.passed(
        entity,
        pipeline,
        tested,
        if tested == 0 {
            format!("there are no {noun} with enough before them to be tested")
        } else {
            format!("{tested} {noun}, none breaks it")
        },
    );
    let mut found: Vec<&DayFinding> = days.iter().filter(|day| day.failed > 0).collect();
    found.sort_by_key(|day| {
        (
            std::cmp::Reverse(day.severity.map(Severity::rank)),
            day.day_at,
        )
    });
    let Some(worst) = found.first() else {
        return Outcome {
            value: days.last().and_then(|day| day.value),
            ..pass
        };
    };
    let rows = found
        .iter()
        .flat_map(|day| day.evidence.rows.iter().cloned())
        .take(rule.samples.max(1))
        .collect();
    let columns = &worst.evidence.columns;
    let words = worst.evidence.rows.first().map(|row| {
        let cells = columns.iter().zip(row);
        let named = cells.map(|(column, cell)| format!("{column} {cell}"));
        named.collect::<Vec<_>>().join(", ")
    });
    let first_and_last = found
        .iter()
        .map(|day| day.day_at)
        .min()
        .zip(found.iter().map(|day| day.day_at).max());
    Outcome {
        state: state_of(worst.severity),
        failed,
        value: worst.value,
        summary: format!(
            "{failed} of {tested} {noun}: {}",
            words.unwrap_or_else(|| day_name(worst.day_at))
        ),
        evidence: Evidence {
            columns: worst.evidence.columns.clone(),
            rows,
            baseline: worst.evidence.baseline.clone(),
            range: worst.evidence.range.or(first_and_last),
        },
        ..pass
    }
}

/// `2018-01-31`
#[must_use]
pub fn day_name(at_ms: i64) -> String {
    format_utc_short(at_ms).chars().take(10).collect()
}

/// True if a time lies in one of the half-open stretches that are to be left out of baselines.
#[must_use]
pub fn is_excluded(excluded: &[(i64, i64)], at: i64) -> bool {
    excluded.iter().any(|(from, to)| *from <= at && at < *to)
}
