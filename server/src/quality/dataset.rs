//! Checks of a file as a whole: is it written like the one before, do its numbers look like those, is a month missing.

use app::{
    format::{decimal, integer, percent},
    model::{Evidence, Outcome, Pipeline, Severity, analysis::GoldPeriod, format_utc},
};

use super::{
    drift::{Drift, drift},
    profile::FileProfile,
    rule::{Rule, state_of},
};

/// Values that both files must have before their distributions are compared.
const MIN_VALUES: u64 = 500;
/// What is compared. Prices are not: their level moves, that is what they are for.
const COMPARED: [&str; 4] = ["return", "volume", "sentiment_computed", "sentiment_given"];

/// Whether the file is written like the one before it of the same series.
#[must_use]
pub fn schema_drift(
    rule: &Rule,
    entity: &str,
    before: Option<(&str, &FileProfile)>,
    now: &FileProfile,
) -> Outcome {
    let Some((file, before)) = before else {
        return rule.passed(
            entity,
            Pipeline::Batch,
            0,
            "the first file of its series and step: nothing to compare it with".to_owned(),
        );
    };
    let (old, new) = (&before.schema, &now.schema);
    let mut changes: Vec<Vec<String>> = Vec::new();
    let mut note = |what: &str, old: String, new: String| {
        if old != new {
            changes.push(vec![what.to_owned(), old, new]);
        }
    };
    note("format", old.format.clone(), new.format.clone());
    note("separator", shown(old.separator), shown(new.separator));
    note("columns", old.columns.join(" "), new.columns.join(" "));
    let pass = rule.passed(
        entity,
        Pipeline::Batch,
        1,
        format!("written like {}", name(file)),
    );
    if changes.is_empty() {
        return pass;
    }
    let words: Vec<&str> = changes.iter().map(|change| change[0].as_str()).collect();
    Outcome {
        state: state_of(rule.reached("changes", changes.len() as f64)),
        failed: 1,
        summary: format!("{} differ from {}", words.join(" and "), name(file)),
        evidence: table(&["what", "before", "now"], changes),
        ..pass
    }
}

/// Whether returns, volumes and sentiment are distributed as in the file before it.
#[must_use]
pub fn distribution_drift(
    rule: &Rule,
    entity: &str,
    before: Option<(&str, &FileProfile)>,
    now: &FileProfile,
) -> Outcome {
    let Some((file, before)) = before else {
        return rule.passed(
            entity,
            Pipeline::Batch,
            0,
            "the first file of its series and step: nothing to compare it with".to_owned(),
        );
    };
    let found: Vec<(&str, Drift)> = COMPARED
        .into_iter()
        .filter_map(|name| {
            let (old, new) = (
                before.distributions.get(name)?,
                now.distributions.get(name)?,
            );
            let enough = old.count >= MIN_VALUES && new.count >= MIN_VALUES;
            // sentiment has a fixed scale
            let standardised = !name.starts_with("sentiment");
            enough.then(|| (name, drift(old, new, standardised)))
        })
        .collect();
    let Some((worst, most)) = found
        .iter()
        .max_by(|a, b| a.1.psi.total_cmp(&b.1.psi))
        .copied()
    else {
        return rule.passed(
            entity,
            Pipeline::Batch,
            0,
            format!(
                "fewer than {MIN_VALUES} values to compare with {}",
                name(file)
            ),
        );
    };
    let severity = rule.beyond("above", most.psi);
    let much = match severity {
        None => "distributed as before",
        Some(Severity::Info) => "changed a little",
        Some(_) => "changed",
    };
    let drifted = found
        .iter()
        .filter(|(_, drift)| rule.beyond("above", drift.psi) > Some(Severity::Info))
        .count();
    let rows = found
        .iter()
        .map(|(name, drift)| {
            vec![
                (*name).to_owned(),
                decimal(drift.psi, 3),
                decimal(drift.ks, 3),
                decimal(drift.ks_effect, 3),
            ]
        })
        .collect();
    Outcome {
        state: state_of(severity),
        failed: drifted as i64,
        value: Some(most.psi),
        evidence: table(&["what", "PSI", "KS distance", "beyond chance"], rows),
        ..rule.passed(
            entity,
            Pipeline::Batch,
            found.len() as i64,
            format!(
                "{worst} {much} against {}: PSI {}, KS distance {}",
                name(file),
                decimal(most.psi, 3),
                decimal(most.ks, 3)
            ),
        )
    }
}

/// Whether the candles of the months that a file touches are there, whatever file they came from.
#[must_use]
pub fn completeness(rule: &Rule, entity: &str, months: &[GoldPeriod]) -> Outcome {
    let expected: i64 = months.iter().map(|month| month.expected).sum();
    let observed: i64 = months.iter().map(|month| month.observed).sum();
    if expected == 0 {
        return rule.passed(
            entity,
            Pipeline::Batch,
            0,
            "no daily bars to count candles in".to_owned(),
        );
    }
    let share = (observed as f64 / expected as f64).min(1.0);
    let mut worst: Vec<&GoldPeriod> = months
        .iter()
        .filter(|month| rule.below("below", month.completeness).is_some())
        .collect();
    worst.sort_by(|a, b| a.completeness.total_cmp(&b.completeness));
    let rows = worst
        .iter()
        .take(20)
        .map(|month| {
            vec![
                month_name(month.opened_at),
                integer(month.expected),
                integer(month.observed),
                percent(month.completeness),
            ]
        })
        .collect();
    Outcome {
        state: state_of(rule.below("below", share)),
        failed: (expected - observed).max(0),
        value: Some(share),
        evidence: table(&["month", "expected", "observed", "complete"], rows),
        ..rule.passed(
            entity,
            Pipeline::Batch,
            expected,
            format!(
                "{} of the candles of {} months are there; {} months have too few",
                percent(share),
                months.len(),
                worst.len()
            ),
        )
    }
}

fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Evidence {
    if rows.is_empty() {
        return Evidence::default();
    }
    Evidence {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        rows,
        ..Evidence::default()
    }
}

/// `2018-01`
#[must_use]
pub fn month_name(at_ms: i64) -> String {
    format_utc(at_ms).chars().take(7).collect()
}

fn name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

fn shown(separator: char) -> String {
    match separator {
        '\t' => "tab".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use app::model::{CheckState, DAY_MS, MINUTE_MS, analysis::Period};

    use super::*;
    use crate::quality::profile::{
        CandleProfile,
        tests::{candle, schema},
    };

    /// Returns of every size up to `step`, without any pattern; each `stuck`-th candle repeats the close before it.
    fn profile(step: f64, count: i64, stuck: i64) -> FileProfile {
        let mut profile = CandleProfile::new(MINUTE_MS);
        let mut state = 7_i64;
        let mut close = 1000.0;
        for minute in 0..count {
            state = (state * 16_807) % 2_147_483_647;
            if stuck == 0 || minute % stuck > 0 {
                close *= 1.0 + step * (state as f64 / 1_073_741_823.5 - 1.0);
            }
            profile.push(&candle(minute, close));
        }
        profile.finish(schema())
    }

    #[test]
    fn a_changed_header_is_said_and_shown() {
        let before = profile(0.001, 10, 0);
        let mut now = before.clone();
        let rule = rule("candle.schema_drift");
        let same = schema_drift(&rule, "e", Some(("/in/a.csv", &before)), &now);
        assert_eq!(
            (same.state, same.summary.as_str()),
            (CheckState::Pass, "written like a.csv")
        );
        now.schema.separator = '\t';
        now.schema.columns.push("volume".to_owned());
        let other = schema_drift(&rule, "e", Some(("/in/a.csv", &before)), &now);
        assert_eq!(
            (other.state, other.summary.as_str()),
            (CheckState::Warn, "separator and columns differ from a.csv")
        );
        assert_eq!(other.evidence.rows[0], ["separator", ",", "tab"]);
        assert_eq!(
            schema_drift(&rule, "e", None, &now).state,
            CheckState::NotEvaluated
        );
    }

    #[test]
    fn scale_is_no_drift_but_shape_is() {
        let before = profile(0.001, 5000, 0);
        let rule = rule("candle.drift");
        let against = |now: &FileProfile| distribution_drift(&rule, "e", Some(("a", &before)), now);
        let louder = against(&profile(0.003, 5000, 0));
        assert_eq!(louder.state, CheckState::Pass, "{louder:?}");
        let stuck = against(&profile(0.001, 5000, 3));
        assert!(stuck.state.severity().is_some(), "{stuck:?}");
        let short = against(&profile(0.001, 100, 0));
        assert_eq!(short.state, CheckState::NotEvaluated);
    }

    fn rule(id: &str) -> Rule {
        crate::quality::rule::RuleBook::shipped()
            .get(id)
            .expect(id)
            .clone()
    }

    fn month(index: i64, expected: i64, observed: i64) -> GoldPeriod {
        GoldPeriod {
            period: Period::Month,
            opened_at: index * 31 * DAY_MS,
            days: 31,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            return_1: 0.0,
            variance: 0.0,
            volatility_annualised: None,
            max_drawdown: 0.0,
            volume: 0.0,
            vwap: None,
            expected,
            observed,
            completeness: observed as f64 / expected as f64,
        }
    }

    #[test]
    fn a_missing_month_is_an_error_and_is_named() {
        let full = completeness(
            &rule("dataset.completeness"),
            "e",
            &[month(0, 100, 100), month(1, 100, 95)],
        );
        assert_eq!((full.state, full.failed), (CheckState::Pass, 5));
        let hole = completeness(
            &rule("dataset.completeness"),
            "e",
            &[month(0, 100, 100), month(1, 100, 10)],
        );
        assert_eq!(hole.state, CheckState::Error);
        assert_eq!(hole.evidence.rows, [["1970-02", "100", "10", "10.00 %"]]);
        assert_eq!(
            completeness(&rule("dataset.completeness"), "e", &[month(0, 100, 88)]).state,
            CheckState::Warn
        );
        assert_eq!(
            completeness(&rule("dataset.completeness"), "e", &[]).state,
            CheckState::NotEvaluated
        );
    }
}
