//! Rules of one's own over the rows of one dataset of one source, counted over a stretch of time.

use std::sync::Arc;

use app::model::{Outcome, Pipeline};

use super::findings::{Findings, judged};
use crate::quality::rows::{Row, RowRule, Slots, broken_words, failed};

/// Follows the rows in the order they came.
#[derive(Debug, Clone)]
pub struct RowWatch {
    rules: Arc<[RowRule]>,
    /// What each of them found.
    found: Vec<Findings>,
    /// The row at hand and the one before it.
    slots: Slots,
    /// What the rows are called.
    rows: &'static str,
}

impl RowWatch {
    /// Of rows that are called so: `trades`. Without rules until [`RowWatch::adopt`].
    #[must_use]
    pub fn new(rows: &'static str) -> Self {
        Self {
            rules: Arc::default(),
            found: Vec::new(),
            slots: Slots::default(),
            rows,
        }
    }

    /// Goes on with these rules. What a rule has found stays as long as the rule is the same, word by word.
    pub fn adopt(&mut self, rules: &Arc<[RowRule]>) {
        if Arc::ptr_eq(&self.rules, rules) || (self.rules.is_empty() && rules.is_empty()) {
            return;
        }
        let mut before: Vec<(&RowRule, Findings)> =
            self.rules.iter().zip(self.found.drain(..)).collect();
        let found = rules.iter().map(|rule| {
            let same = before.iter().position(|(of, _)| of.rule == rule.rule);
            same.map(|at| before.swap_remove(at).1).unwrap_or_default()
        });
        self.found = found.collect();
        self.rules = rules.clone();
        if self.rules.is_empty() {
            // rows are not followed without rules: the last one would be of long ago when there are some again
            self.slots = Slots::default();
        }
    }

    /// Judges a row that was received at `at`, in milliseconds.
    #[inline]
    pub fn push(&mut self, row: &Row, at: i64) {
        if self.rules.is_empty() {
            return;
        }
        let slots = self.slots.take(row);
        for (rule, found) in self.rules.iter().zip(&mut self.found) {
            match rule.holds(slots) {
                None => {}
                Some(true) => found.tested(&rule.rule, at, 1),
                Some(false) => found.found(&rule.rule, at, (1, 1), || rule.sample(slots)),
            }
        }
    }

    /// How each rule stands.
    pub fn results(&mut self, entity: &str, now_ms: i64) -> Vec<Outcome> {
        let both = self.rules.iter().zip(&mut self.found);
        both.map(|(rule, found)| result(rule, found, (entity, self.rows), now_ms))
            .collect()
    }
}

fn result(
    of: &RowRule,
    found: &mut Findings,
    (entity, rows): (&str, &str),
    now_ms: i64,
) -> Outcome {
    let rule = &of.rule;
    if let Some(reason) = of.broken() {
        return failed(
            rule.passed(entity, Pipeline::Live, 0, String::new()),
            reason,
        );
    }
    let seen = found.seen(rule, now_ms);
    let words = match seen.failed {
        0 => format!("{} {rows}, none breaks it", seen.tested),
        failed => broken_words(rule, (failed, seen.tested), rows),
    };
    let severity = (seen.failed > 0).then_some(rule.severity);
    let share = Some(seen.share());
    judged(rule, entity, (severity, seen), share, words, || {
        let columns = of.columns();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        found.evidence(&columns)
    })
}
