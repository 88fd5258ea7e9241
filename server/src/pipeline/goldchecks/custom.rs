//! Rules that are queries: each row that one gives is a finding.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use app::{
    format::integer,
    model::{CheckState, Evidence, Outcome, Pipeline},
};

use crate::{
    pipeline::Engine,
    quality::rule::{Kind, Rule, RuleBook, state_of},
    store::custom::{Answer, ask},
};

/// What such results are about: the database as a whole.
const ENTITY: &str = "database";
/// Longest run that a rule may ask for.
const MOST_MS: f64 = 60_000.0;

/// When each rule was asked last.
#[derive(Debug, Default)]
pub(super) struct Asked(HashMap<&'static str, i64>);

impl Asked {
    /// The result of one rule that is due.
    pub async fn next(&mut self, engine: &Engine, book: &RuleBook) -> Option<Outcome> {
        let now_ms = engine.clock.now_ms();
        let is_due = |rule: &&Rule| {
            let every = (rule.number("every") as i64).max(1000);
            self.0.get(rule.id).is_none_or(|at| now_ms - at >= every)
        };
        let rule = queries(book).find(is_due)?;
        let last = self.0.insert(rule.id, now_ms);
        Some(judge(engine, rule, last).await)
    }
}

/// The results of all such rules.
pub(super) async fn all(engine: &Engine, book: &RuleBook) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for rule in queries(book) {
        outcomes.push(judge(engine, rule, None).await);
    }
    outcomes
}

fn queries(book: &RuleBook) -> impl Iterator<Item = &Rule> {
    book.iter()
        .filter(|rule| rule.enabled && rule.kind == Kind::Sql)
}

async fn judge(engine: &Engine, rule: &Rule, last: Option<i64>) -> Outcome {
    let now_ms = engine.clock.now_ms();
    // where it was not asked before, a day
    let from_ms = last.unwrap_or(now_ms - app::model::DAY_MS);
    let timeout = rule.number("timeout").clamp(1.0, MOST_MS);
    let query = rule.text_of("query").to_owned();
    let rows = rule.samples.max(1);
    let answer = match engine.store.file() {
        None => Err("the database is in memory: no second connection can read it".to_owned()),
        Some(file) => run(file, query, (from_ms, now_ms), timeout, rows).await,
    };
    of_answer(rule, answer)
}

async fn run(
    file: PathBuf,
    query: String,
    (from_ms, now_ms): (i64, i64),
    timeout: f64,
    rows: usize,
) -> Result<Answer, String> {
    let asking = tokio::task::spawn_blocking(move || {
        let asked = crate::store::custom::Asked {
            query: &query,
            from_ms,
            now_ms,
            timeout: Duration::from_millis(timeout as u64),
            rows,
        };
        ask(&file, asked).map_err(|error| error.to_string())
    });
    asking.await.map_err(|error| error.to_string())?
}

/// Error or timeout: the check broke, which is no pass.
fn of_answer(rule: &Rule, answer: Result<Answer, String>) -> Outcome {
    let pass = rule.passed(
        ENTITY,
        Pipeline::Live,
        1,
        "the query gave no rows".to_owned(),
    );
    match answer {
        Err(error) => Outcome {
            state: CheckState::Failed,
            tested: 0,
            summary: error,
            ..pass
        },
        Ok(answer) if answer.count == 0 => pass,
        Ok(answer) => {
            let severity = match rule.limits.is_empty() {
                true => Some(rule.severity),
                false => rule.reached("rows", answer.count as f64),
            };
            Outcome {
                state: state_of(severity),
                failed: answer.count,
                tested: answer.count,
                value: Some(answer.count as f64),
                summary: format!("the query gave {} rows", integer(answer.count)),
                evidence: Evidence {
                    columns: answer.columns,
                    rows: answer.rows,
                    ..Evidence::default()
                },
                ..pass
            }
        }
    }
}
