//! Results of checks, from tallies and counts.

use app::model::{CheckState, Counts, Evidence, Outcome, Pipeline, Reject};

use super::{
    catalog::definition,
    tally::Tally,
    watch::{Gaps, Watch},
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

/// Hard rules of a dataset: `(check, state when a row breaks it)`; contracts go by the share of rows.
const CANDLE_RULES: [(&str, CheckState); 7] = [
    ("candle.contract", CheckState::Warn),
    ("candle.dup_conflict", CheckState::Error),
    ("candle.ohlc", CheckState::Critical),
    ("candle.price_sanity", CheckState::Critical),
    ("candle.ts_aligned", CheckState::Error),
    ("candle.ts_unit", CheckState::Critical),
    ("candle.volume_price", CheckState::Error),
];
const ARTICLE_RULES: [(&str, CheckState); 3] = [
    ("article.contract", CheckState::Error),
    ("article.required", CheckState::Error),
    ("article.time", CheckState::Error),
];

/// Results of the hard rules over the rows of a landing.
#[must_use]
pub fn hard_rules(
    entity: &str,
    pipeline: Pipeline,
    articles: bool,
    counts: &Counts,
    rejects: &RejectTally,
) -> Vec<Outcome> {
    let rules: &[(&'static str, CheckState)] = if articles {
        &ARTICLE_RULES
    } else {
        &CANDLE_RULES
    };
    let one = |(check_id, state): &(&'static str, CheckState)| {
        let Some(tally) = rejects.rules.get(check_id) else {
            return passed(
                check_id,
                entity,
                pipeline,
                counts.rows,
                format!("{} rows, none breaks it", counts.rows),
            );
        };
        let failed = tally.critical;
        let share = failed as f64 / counts.rows.max(1) as f64;
        let by_share = |warn: f64, error: f64| match share {
            share if share > error => CheckState::Error,
            share if share > warn => CheckState::Warn,
            _ => CheckState::Pass,
        };
        let state = match *check_id {
            "candle.contract" => by_share(0.001, 0.01),
            "article.contract" => by_share(0.01, 0.01),
            "article.required" => by_share(0.01, 0.05),
            _ => *state,
        };
        Outcome {
            state,
            failed,
            value: Some(share),
            summary: format!("{failed} of {} rows in quarantine", counts.rows),
            evidence: tally.evidence.clone(),
            ..passed(check_id, entity, pipeline, counts.rows, String::new())
        }
    };
    let mut outcomes: Vec<Outcome> = rules.iter().map(one).collect();
    outcomes.push(conservation(entity, pipeline, counts));
    outcomes
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

/// Checks of a [`Watch`] and the state their worst finding leads to.
const WATCHED: [&str; 7] = [
    "candle.extreme_move",
    "candle.gap",
    "candle.open_jump",
    "candle.range",
    "candle.spike_reversal",
    "candle.stale_close",
    "candle.zero_volume_flat",
];

/// Results of the checks over candles in time order.
#[must_use]
pub fn watched(entity: &str, pipeline: Pipeline, watch: &Watch) -> Vec<Outcome> {
    WATCHED
        .into_iter()
        .map(|check_id| {
            let empty = Tally::default();
            let tally = watch.tallies.get(check_id).unwrap_or(&empty);
            let pass = passed(
                check_id,
                entity,
                pipeline,
                tally.tested,
                format!("{} candles, none breaks it", tally.tested),
            );
            let state = match tally {
                Tally { critical: 1.., .. } => CheckState::Critical,
                Tally { error: 1.., .. } => CheckState::Error,
                Tally { warn: 1.., .. } => CheckState::Warn,
                _ => {
                    return match check_id {
                        "candle.gap" => Outcome {
                            summary: gap_summary(&watch.gaps),
                            ..pass
                        },
                        _ => pass,
                    };
                }
            };
            let summary = match check_id {
                "candle.gap" => gap_summary(&watch.gaps),
                _ => {
                    let most = tally
                        .extreme
                        .map(|value| most_extreme(check_id, value))
                        .unwrap_or_default();
                    format!("{} of {} candles{most}", tally.failed(), tally.tested)
                }
            };
            Outcome {
                state,
                failed: tally.failed(),
                value: tally.extreme,
                summary,
                evidence: tally.evidence.clone(),
                ..pass
            }
        })
        .collect()
}

fn gap_summary(gaps: &Gaps) -> String {
    match gaps.any {
        0 => "no candle is missing".to_owned(),
        _ => format!(
            "{} runs of missing candles, longest {}, {} missing in all",
            gaps.any, gaps.longest, gaps.missing
        ),
    }
}

fn most_extreme(check_id: &str, value: f64) -> String {
    match check_id {
        "candle.stale_close" => format!(", longest run {value}"),
        _ => format!(", the largest {:+.2} %", value * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let outcomes = watched("e", Pipeline::Batch, &Watch::new(60_000));
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome.state == CheckState::NotEvaluated)
        );
    }
}
