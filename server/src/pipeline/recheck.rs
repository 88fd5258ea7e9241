//! Judging what is stored, now and by the rules in force, without changing it: what `assay check` does.

mod candles;
mod gold;

use std::{collections::HashSet, sync::Arc};

use app::model::{CheckState, DAY_MS, Outcome, Pipeline, ScoreOf, Severity};
use glob::Pattern;

use self::{candles::candles, gold::gold};
use super::{Engine, score, selfcheck};
use crate::{
    config::Config,
    quality::{
        rule::{Rule, RuleBook},
        score::{Judged, Score, Scores, Standing, severity_of},
    },
    store::score::LatestRow,
};

/// What is judged.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Rules whose name fits; all unless given.
    pub check: Option<Pattern>,
    /// Rules of this dataset; all unless given.
    pub dataset: Option<String>,
    /// First time of the data; the newest days of each series unless given.
    pub from_ms: Option<i64>,
    /// First time after the data.
    pub to_ms: Option<i64>,
    /// How many days, where no first time is given.
    pub days: i64,
}

impl Wanted {
    fn takes(&self, id: &str, dataset: &str) -> bool {
        self.check.as_ref().is_none_or(|check| check.matches(id))
            && (self.dataset.as_ref()).is_none_or(|wanted| wanted == dataset)
    }

    /// The rules that are wanted.
    pub fn rules<'a>(&'a self, book: &'a RuleBook) -> impl Iterator<Item = &'a Rule> {
        book.iter()
            .filter(|rule| rule.enabled && self.takes(rule.id, rule.dataset))
    }

    fn range(&self, first: i64, last: i64) -> (i64, i64) {
        let to = self.to_ms.unwrap_or(i64::MAX).min(last.saturating_add(1));
        let from = self.from_ms.unwrap_or_else(|| to - self.days * DAY_MS);
        (from.max(first), to)
    }
}

/// A result, and where it comes from.
#[derive(Debug, Clone)]
pub struct Found {
    /// The result.
    pub outcome: Outcome,
    /// When it was judged, if it was not judged just now: its data cannot be judged again from what is refined.
    pub stored_at: Option<i64>,
}

/// Results with the rules they come of.
#[derive(Debug, Default)]
pub struct Report {
    /// Results, as they were found.
    pub found: Vec<Found>,
    /// Rules that are wanted and judged nothing.
    pub idle: Vec<&'static str>,
    /// Scores of these results alone; their findings cap them as the alerts that they raise would.
    pub scores: Scores,
}

impl Report {
    /// The score of the whole.
    #[must_use]
    pub fn overall(&self) -> Score {
        self.scores.one(ScoreOf::Overall, "")
    }

    /// Results that were judged just now.
    #[must_use]
    pub fn judged_now(&self) -> Vec<Outcome> {
        let now = self.found.iter().filter(|found| found.stored_at.is_none());
        now.map(|found| found.outcome.clone()).collect()
    }
}

/// Judges every series, and the engine; adds the newest results of what only its source can be judged by.
///
/// # Errors
/// When the database fails.
pub async fn recheck(
    engine: &Engine,
    config: &Config,
    book: &Arc<RuleBook>,
    wanted: &Wanted,
) -> anyhow::Result<Report> {
    let mut outcomes = candles(engine, book, wanted).await?;
    let since = engine.clock.now_ms() - wanted.days * DAY_MS;
    let from_ms = wanted.from_ms.unwrap_or(since);
    outcomes.extend(selfcheck::judge_engine(engine, config, book, i64::MIN, from_ms).await?);
    outcomes.extend(gold(engine, book, wanted).await);
    outcomes.retain(|outcome| {
        let rule = book.get(outcome.check_id);
        rule.is_some_and(|rule| rule.enabled && wanted.takes(rule.id, rule.dataset))
    });
    let judged: HashSet<&str> = outcomes.iter().map(|outcome| outcome.check_id).collect();
    let latest = engine.store.latest_results().await?;
    let stored: Vec<Found> = latest
        .into_iter()
        .filter(|row| !judged.contains(row.check_id.as_str()) && row.evaluated_at >= from_ms)
        .filter_map(|row| as_stored(book.get(&row.check_id)?, &row))
        .filter(|found| {
            let rule = book.get(found.outcome.check_id);
            rule.is_some_and(|rule| rule.enabled && wanted.takes(rule.id, rule.dataset))
        })
        .collect();
    let mut found: Vec<Found> = outcomes
        .into_iter()
        .map(|outcome| Found {
            outcome,
            stored_at: None,
        })
        .collect();
    found.extend(stored);
    let known: HashSet<&str> = found.iter().map(|found| found.outcome.check_id).collect();
    let idle = wanted
        .rules(book)
        .map(|rule| rule.id)
        .filter(|id| !known.contains(id))
        .collect();
    let scores = scores_of(book, wanted, &found);
    Ok(Report {
        found,
        idle,
        scores,
    })
}

/// Stores what was judged just now, and moves its alerts.
///
/// # Errors
/// When the database fails.
pub async fn keep(engine: &Engine, book: &RuleBook, report: &Report) -> anyhow::Result<()> {
    selfcheck::store(engine, book, &report.judged_now()).await?;
    score::keep(engine).await?;
    Ok(())
}

/// How bad a result is for who asks; a check that broke is as bad as the worst that it could have found.
#[must_use]
pub fn severity(book: &RuleBook, outcome: &Outcome) -> Option<Severity> {
    let found = outcome.state.severity();
    match outcome.state {
        CheckState::Failed => found.max(book.get(outcome.check_id).map(severity_of)),
        _ => found,
    }
}

fn scores_of(book: &RuleBook, wanted: &Wanted, found: &[Found]) -> Scores {
    let judged = found.iter().map(|found| Judged {
        check_id: found.outcome.check_id.to_owned(),
        entity: found.outcome.entity.clone(),
        layer: found.outcome.layer.to_owned(),
        state: found.outcome.state,
        tested: found.outcome.tested,
        failed: found.outcome.failed,
    });
    let caps = found.iter().filter_map(|found| {
        Some(Standing {
            id: 0,
            check_id: found.outcome.check_id.to_owned(),
            entity: found.outcome.entity.clone(),
            severity: severity(book, &found.outcome)?,
        })
    });
    // what was not asked for does not lower the coverage
    let asked = RuleBook::new(wanted.rules(book).cloned().collect());
    Scores::new(&asked, judged.collect(), caps.collect())
}

fn as_stored(rule: &Rule, row: &LatestRow) -> Option<Found> {
    let pipeline = Pipeline::parse(&row.pipeline)?;
    let outcome = Outcome {
        state: row.state,
        failed: row.failed,
        value: row.value,
        threshold: row.threshold.clone(),
        ..rule.passed(&row.entity, pipeline, row.tested, row.summary.clone())
    };
    Some(Found {
        outcome,
        stored_at: Some(row.evaluated_at),
    })
}
