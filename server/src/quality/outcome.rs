//! Results of checks, from tallies and counts.

use app::model::{CheckState, Counts, Evidence, Outcome, Pipeline, Reject};

use super::{
    catalog::definition,
    rule::{Kind, Rule, RuleBook, state_of},
    tally::Tally,
    watch::{Findings, Gaps, Watch, sets_apart},
};

/// A result with nothing against the data.
#[must_use]
pub fn passed(
    check_id: &'static str,
    entity: &str,
    pipeline: Pipeline,
    tested: i64,
    summary: String,
) -> Outcome {
    if let Some(rule) = definition(check_id) {
        return rule.passed(entity, pipeline, tested, summary);
    }
    Outcome {
        check_id,
        title: "",
        layer: "silver",
        entity: entity.to_owned(),
        pipeline,
        state: if tested == 0 {
            CheckState::NotEvaluated
        } else {
            CheckState::Pass
        },
        tested,
        failed: 0,
        value: None,
        threshold: String::new(),
        summary,
        evidence: Evidence::default(),
    }
}

/// Rejects by rule, with samples.
#[derive(Debug, Clone, Default)]
pub struct RejectTally {
    /// Rule and findings.
    pub rules: std::collections::BTreeMap<&'static str, Tally>,
}

impl RejectTally {
    /// Counts the rules a reject broke.
    pub fn add(&mut self, reject: &Reject) {
        for rule in &reject.rules {
            let tally = self.rules.entry(rule).or_default();
            tally.critical += 1;
            tally.sample(&["line", "raw", "reason"], || {
                let raw: String = reject.raw.chars().take(400).collect();
                vec![reject.line_no.to_string(), raw, reject.reason.clone()]
            });
        }
    }
}

/// Results of the rules of a dataset that set rows apart, over the rows of a landing.
#[must_use]
pub fn hard_rules(
    entity: &str,
    pipeline: Pipeline,
    articles: bool,
    book: &RuleBook,
    counts: &Counts,
    rejects: &RejectTally,
) -> Vec<Outcome> {
    let dataset = if articles { "article" } else { "candle" };
    let mut outcomes: Vec<Outcome> = book
        .of(dataset)
        .filter(|rule| sets_rows_apart(rule))
        .map(|rule| hard_rule(entity, pipeline, rule, counts, rejects))
        .collect();
    outcomes.push(conservation(entity, pipeline, counts));
    outcomes
}

/// True for a rule by which rows of a landing go to quarantine. What is seen between rows, a row later or in gold has none
/// to set apart, whatever its action.
fn sets_rows_apart(rule: &Rule) -> bool {
    let is_of_rows = matches!(
        rule.kind,
        Kind::Row
            | Kind::Value
            | Kind::Range
            | Kind::Stale
            | Kind::Streak
            | Kind::RobustZ
            | Kind::Level
            | Kind::Share
            | Kind::Duplicate
            | Kind::Native
    );
    is_of_rows && sets_apart(rule.action)
}

fn hard_rule(
    entity: &str,
    pipeline: Pipeline,
    rule: &Rule,
    counts: &Counts,
    rejects: &RejectTally,
) -> Outcome {
    let rows = counts.rows;
    let Some(tally) = rejects.rules.get(rule.id) else {
        let summary = format!("{rows} rows, none breaks it");
        return rule.passed(entity, pipeline, rows, summary);
    };
    let failed = tally.critical;
    let share = failed as f64 / rows.max(1) as f64;
    let severity = match rule.kind {
        Kind::Share => rule.beyond("above", share),
        // the rows are out: as bad as the worst that the rule knows
        _ => rule
            .limits
            .last()
            .map_or(Some(rule.severity), |(severity, _)| Some(*severity)),
    };
    Outcome {
        state: state_of(severity),
        failed,
        value: Some(share),
        summary: format!("{failed} of {rows} rows in quarantine"),
        evidence: tally.evidence.clone(),
        ..rule.passed(entity, pipeline, rows, String::new())
    }
}

/// `rows = accepted + deduplicated + quarantined`.
#[must_use]
pub fn conservation(entity: &str, pipeline: Pipeline, counts: &Counts) -> Outcome {
    let Counts {
        rows,
        accepted,
        deduplicated,
        quarantined,
        ..
    } = *counts;
    let summary = format!(
        "{rows} rows = {accepted} accepted + {deduplicated} deduplicated + {quarantined} quarantined"
    );
    let pass = passed("dq.rows_conserved", entity, pipeline, rows, summary.clone());
    if counts.conserved() {
        return pass;
    }
    Outcome {
        state: CheckState::Critical,
        failed: (rows - accepted - deduplicated - quarantined).abs(),
        summary: summary.replace(" = ", " ≠ "),
        ..pass
    }
}

/// Results of the checks over candles in time order; those that set candles apart are told by [`hard_rules`].
#[must_use]
pub fn watched(entity: &str, pipeline: Pipeline, watch: &Watch) -> Vec<Outcome> {
    watch
        .findings()
        .filter(|findings| findings.broken.is_some() || !sets_rows_apart(findings.rule))
        .map(|findings| watched_rule(entity, pipeline, &findings, &watch.gaps))
        .collect()
}

fn watched_rule(entity: &str, pipeline: Pipeline, findings: &Findings<'_>, gaps: &Gaps) -> Outcome {
    let mut outcome = counted(entity, pipeline, findings, gaps);
    if !findings.beside.is_empty() {
        outcome.summary = format!("{}; {}", outcome.summary, findings.beside);
    }
    outcome
}

fn counted(entity: &str, pipeline: Pipeline, findings: &Findings<'_>, gaps: &Gaps) -> Outcome {
    let Findings { rule, tally, .. } = findings;
    let none = format!("{} candles, none breaks it", tally.tested);
    let pass = rule.passed(entity, pipeline, tally.tested, none);
    if let Some(reason) = findings.broken {
        return Outcome {
            state: CheckState::Failed,
            summary: format!("the rule cannot be evaluated: {reason}"),
            ..pass
        };
    }
    let is_gap = rule.kind == Kind::Gap;
    let Some(worst) = tally.worst() else {
        return match is_gap {
            true => Outcome {
                summary: gap_summary(gaps),
                ..pass
            },
            false => pass,
        };
    };
    let most = match (rule.kind, &findings.extreme) {
        (Kind::Stale | Kind::Streak, Some(run)) => format!(", longest run {run}"),
        (Kind::Row, _) | (_, None) => String::new(),
        (_, Some(value)) => format!(", the largest {value}"),
    };
    let failed = tally.failed() + tally.info;
    Outcome {
        state: state_of(Some(worst)),
        failed,
        value: tally.extreme,
        summary: if is_gap {
            gap_summary(gaps)
        } else {
            format!("{failed} of {} candles{most}", tally.tested)
        },
        evidence: tally.evidence.clone(),
        ..pass
    }
}

fn gap_summary(gaps: &Gaps) -> String {
    match gaps.any {
        0 => "no candle is missing".to_owned(),
        1 if gaps.missing == 1 => "1 candle is missing".to_owned(),
        1 => format!("{} candles in a row are missing", gaps.missing),
        _ => format!(
            "{} runs of missing candles, longest {}, {} missing in all",
            gaps.any, gaps.longest, gaps.missing
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::watch::CandleRules;

    #[test]
    fn a_lost_row_is_critical() {
        let counts = Counts {
            rows: 10,
            accepted: 8,
            deduplicated: 1,
            quarantined: 0,
            flagged: 0,
        };
        assert_eq!(
            conservation("e", Pipeline::Batch, &counts).state,
            CheckState::Critical
        );
        let counts = Counts {
            quarantined: 1,
            ..counts
        };
        assert_eq!(
            conservation("e", Pipeline::Batch, &counts).state,
            CheckState::Pass
        );
    }

    #[test]
    fn nothing_tested_is_not_a_pass() {
        let rules = CandleRules::of(RuleBook::shipped());
        let watch = Watch::new(rules, 60_000, false);
        let outcomes = watched("e", Pipeline::Batch, &watch);
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome.state == CheckState::NotEvaluated)
        );
    }
}
