//! Judging gold: what looks at more than the rows of one series in time order.

use app::model::{CheckState, Outcome, Pipeline};

use super::Wanted;
use crate::{
    pipeline::{Engine, goldchecks::evaluate_each},
    quality::rule::{Kind, Rule, RuleBook},
};

/// Judges bars against minutes, days against days, venues against venues, and what queries ask.
pub(super) async fn gold(engine: &Engine, book: &RuleBook, wanted: &Wanted) -> Vec<Outcome> {
    let rules: Vec<&Rule> = wanted
        .rules(book)
        .filter(|rule| rule.dataset != "engine" && (rule.layer == "gold" || rule.kind == Kind::Sql))
        .collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let asked = RuleBook::new(wanted.rules(book).cloned().collect());
    match evaluate_each(engine, &asked, |first, last| wanted.range(first, last)).await {
        Ok(outcomes) => outcomes,
        Err(error) => rules
            .into_iter()
            .map(|rule| Outcome {
                state: CheckState::Failed,
                summary: format!("the check broke: {error:#}"),
                ..rule.passed("gold", Pipeline::Batch, 1, String::new())
            })
            .collect(),
    }
}
