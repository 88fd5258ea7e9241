//! Judging gold: what looks at more than the rows of one series in time order.

use std::collections::BTreeMap;

use app::model::{CheckState, Outcome, Pipeline};

use super::Wanted;
use crate::{
    pipeline::{Engine, goldchecks::evaluate},
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
    match gold_of_windows(engine, book, wanted).await {
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

/// Each series has its own newest days; what overlaps is judged once.
async fn gold_of_windows(
    engine: &Engine,
    book: &RuleBook,
    wanted: &Wanted,
) -> anyhow::Result<Vec<Outcome>> {
    let mut windows: Vec<(i64, i64)> = (engine.store.series().await?)
        .iter()
        .map(|series| wanted.range(series.vm.first_at, series.vm.last_at))
        .filter(|(from, to)| from < to)
        .collect();
    windows.sort_unstable();
    windows.dedup_by(|next, before| {
        let overlaps = next.0 <= before.1;
        if overlaps {
            before.1 = before.1.max(next.1);
        }
        overlaps
    });
    if windows.is_empty() {
        // queries are asked all the same
        let now_ms = engine.clock.now_ms();
        windows.push((now_ms, now_ms));
    }
    let mut found = BTreeMap::new();
    for window in windows {
        for outcome in evaluate(engine, book, window).await? {
            found.insert((outcome.check_id, outcome.entity.clone()), outcome);
        }
    }
    Ok(found.into_values().collect())
}
