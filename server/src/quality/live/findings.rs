//! Counts with samples of what was found, and a result of both.

use std::collections::VecDeque;

use app::model::{CheckState, Evidence, Outcome, Pipeline, Severity};

use super::window::{Seen, Window};
use crate::quality::rule::{Rule, state_of};

/// Samples kept, whatever the rule asks for.
const MAX_SAMPLES: usize = 100;

/// What one check found over the last stretch of time.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    window: Window,
    samples: VecDeque<(i64, Vec<String>)>,
}

impl Findings {
    /// Counts what was tested and holds.
    pub fn tested(&mut self, rule: &Rule, at: i64, count: i64) {
        self.window.add(within(rule), at, count, 0);
    }

    /// Counts `failed` of `tested` that break the rule, with a row that shows it.
    pub fn found(
        &mut self,
        rule: &Rule,
        at: i64,
        (tested, failed): (i64, i64),
        row: impl FnOnce() -> Vec<String>,
    ) {
        self.window.add(within(rule), at, tested, failed);
        self.samples.push_back((at, row()));
        while self.samples.len() > rule.samples.min(MAX_SAMPLES) {
            self.samples.pop_front();
        }
    }

    /// The counts of the stretch before `now_ms`; samples before it are forgotten, but for the last one while the window,
    /// which is coarser, still counts it.
    pub fn seen(&mut self, rule: &Rule, now_ms: i64) -> Seen {
        let from = now_ms - within(rule);
        let seen = self.window.sum(now_ms);
        let least = usize::from(seen.failed > 0);
        while self.samples.len() > least && self.samples.front().is_some_and(|(at, _)| *at < from) {
            self.samples.pop_front();
        }
        seen
    }

    /// The samples under these columns.
    pub fn evidence(&self, columns: &[&str]) -> Evidence {
        let times = self.samples.iter().map(|(at, _)| *at);
        Evidence {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: self.samples.iter().map(|(_, row)| row.clone()).collect(),
            range: times.clone().min().zip(times.max()),
            ..Evidence::default()
        }
    }
}

/// The stretch of time that a rule counts over, in milliseconds.
pub fn within(rule: &Rule) -> i64 {
    rule.number("within") as i64
}

/// A result; without anything tested it is none.
pub fn judged(
    rule: &Rule,
    entity: &str,
    (severity, seen): (Option<Severity>, Seen),
    value: Option<f64>,
    summary: String,
    evidence: impl FnOnce() -> Evidence,
) -> Outcome {
    let pass = rule.passed(entity, Pipeline::Live, seen.tested, summary);
    let state = state_of(severity);
    if seen.tested == 0 {
        return pass;
    }
    let holds = state == CheckState::Pass;
    Outcome {
        state,
        failed: if holds { 0 } else { seen.failed.max(1) },
        value,
        evidence: if holds {
            Evidence::default()
        } else {
            evidence()
        },
        ..pass
    }
}
