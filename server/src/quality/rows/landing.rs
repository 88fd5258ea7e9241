//! Rows of one file or answer, judged as a whole.

use std::collections::BTreeMap;

use app::model::{CheckState, Outcome, Pipeline, Severity};

use super::{Row, RowRule};
use crate::quality::{
    rule::{Action, Rule, state_of},
    tally::Tally,
};

/// Longest name of a row in evidence, in characters.
const MAX_NAME: usize = 200;

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is kept.
    Kept,
    /// It is kept and marked.
    Flagged,
    /// It is set apart.
    Apart(Broken),
}

/// Why a row is set apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rules it breaks.
    pub rules: Vec<&'static str>,
    /// In words.
    pub reason: String,
}

/// What the rules found among the rows so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Landed {
    by_rule: BTreeMap<&'static str, Tally>,
}

/// Why a row is set apart; `None` if it breaks no rule that does so.
#[must_use]
pub fn apart(rules: &[RowRule], row: &Row) -> Option<Broken> {
    let mut found: Option<Broken> = None;
    for rule in rules.iter().filter(|rule| rule.sets_apart()) {
        if rule.holds(row.values()) != Some(false) {
            continue;
        }
        let reason = rule.reason(row.values());
        match &mut found {
            Some(broken) => {
                broken.rules.push(rule.rule.id);
                broken.reason = format!("{}; {reason}", broken.reason);
            }
            None => {
                found = Some(Broken {
                    rules: vec![rule.rule.id],
                    reason,
                });
            }
        }
    }
    found
}

impl Landed {
    /// Judges a row that needs none before it and is known by `name` and the time `at`, in milliseconds. What is set
    /// apart is for the tally of rejects: it is no row, so no other rule sees it.
    pub fn push(&mut self, rules: &[RowRule], row: &Row, (name, at): (&str, i64)) -> Fate {
        if let Some(broken) = apart(rules, row) {
            return Fate::Apart(broken);
        }
        let mut fate = Fate::Kept;
        for rule in rules.iter().filter(|rule| !rule.sets_apart()) {
            let Some(holds) = rule.holds(row.values()) else {
                continue;
            };
            let tally = self.by_rule.entry(rule.rule.id).or_default();
            tally.tested += 1;
            if holds {
                continue;
            }
            tally.count(rule.rule.severity);
            let (first, last) = tally.evidence.range.unwrap_or((at, at));
            tally.evidence.range = Some((first.min(at), last.max(at)));
            if tally.has_room() {
                let mut columns = rule.columns();
                columns.push("title".to_owned());
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                tally.sample(&columns, || {
                    let mut sample = rule.sample(row.values());
                    sample.push(name.chars().take(MAX_NAME).collect());
                    sample
                });
            }
            if rule.rule.action == Action::Flag {
                fate = Fate::Flagged;
            }
        }
        fate
    }

    /// Adds what was found among further rows.
    pub fn merge(&mut self, other: Self) {
        for (id, tally) in other.by_rule {
            self.by_rule.entry(id).or_default().merge(tally);
        }
    }

    /// One result for each rule that sets nothing apart; the others are told with all that is in quarantine.
    #[must_use]
    pub fn results(&self, rules: &[RowRule], entity: &str, pipeline: Pipeline) -> Vec<Outcome> {
        rules
            .iter()
            .filter(|rule| !rule.sets_apart() || rule.broken().is_some())
            .map(|rule| {
                let tally = self.by_rule.get(rule.rule.id);
                result(rule, entity, pipeline, tally.unwrap_or(&Tally::default()))
            })
            .collect()
    }
}

fn result(rule: &RowRule, entity: &str, pipeline: Pipeline, tally: &Tally) -> Outcome {
    let words = format!("{} articles, none breaks it", tally.tested);
    let pass = rule.rule.passed(entity, pipeline, tally.tested, words);
    if let Some(reason) = rule.broken() {
        return failed(pass, reason);
    }
    let failed = tally.failed() + tally.info;
    if failed == 0 {
        return pass;
    }
    let mut evidence = tally.evidence.clone();
    evidence.rows.truncate(rule.rule.samples);
    Outcome {
        state: state_of(Some(rule.rule.severity)),
        failed,
        value: Some(failed as f64 / tally.tested.max(1) as f64),
        summary: broken_words(&rule.rule, (failed, tally.tested), "articles"),
        evidence,
        ..pass
    }
}

/// A rule that cannot be evaluated is no pass.
pub(in crate::quality) fn failed(pass: Outcome, reason: &str) -> Outcome {
    Outcome {
        state: CheckState::Failed,
        summary: format!("the rule cannot be evaluated: {reason}"),
        ..pass
    }
}

/// `3 of 500 trades break it: price > 0`
pub(in crate::quality) fn broken_words(
    rule: &Rule,
    (failed, tested): (i64, i64),
    rows: &str,
) -> String {
    let expr = rule.text_of("expr");
    match rule.severity {
        Severity::Info => format!("{failed} of {tested} {rows} are not so: {expr}"),
        _ => format!("{failed} of {tested} {rows} break it: {expr}"),
    }
}
