//! Rules from their folder, and again when a file of it changes. Broken files change nothing: the rules that were in force
//! stay, and a check says so.

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use app::model::{CheckState, Evidence, Outcome, Pipeline};

use super::{Engine, judge::record};
use crate::quality::rule::{
    RuleBook,
    file::{RuleError, read},
};

/// How often the folder is looked at.
const EVERY: std::time::Duration = std::time::Duration::from_secs(2);
/// What the check of the files judges.
const ENTITY: &str = "rules";

/// Puts the rules of a folder in force.
///
/// # Errors
/// Everything that is wrong in its files.
pub fn load(engine: &Engine, folder: &std::path::Path) -> Result<usize, Vec<RuleError>> {
    let book = RuleBook::new(read(folder)?);
    let rules = book.iter().count();
    engine.hub.rules().replace(Arc::new(book));
    Ok(rules)
}

/// Looks at the folder until it is told to stop; without a change of a file nothing is read.
pub async fn watch(engine: Engine, folder: PathBuf) {
    let mut seen = stamps(&folder);
    loop {
        tokio::time::sleep(EVERY).await;
        let now = stamps(&folder);
        if now != seen {
            seen = now;
            if let Err(error) = again(&engine, &folder).await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the rule files could not be judged"
                );
            }
        }
    }
}

/// Reads the folder again and stores what came of it.
///
/// # Errors
/// When the database fails; a broken file is a result, not an error.
pub async fn again(engine: &Engine, folder: &std::path::Path) -> anyhow::Result<()> {
    let errors = match load(engine, folder) {
        Ok(rules) => {
            tracing::info!(rules, "rules read again");
            Vec::new()
        }
        Err(errors) => errors,
    };
    for error in &errors {
        tracing::error!(%error, "a rule file is broken: the rules before it stay in force");
    }
    let outcome = judged(engine, &errors);
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let events = record(&mut tx, &[outcome], None, Default::default(), now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    Ok(())
}

fn judged(engine: &Engine, errors: &[RuleError]) -> Outcome {
    let book = engine.hub.rules().now();
    let rules = book.iter().count() as i64;
    let Some(rule) = book
        .get("dq.rules")
        .or_else(|| RuleBook::shipped().get("dq.rules"))
    else {
        return crate::quality::outcome::passed(
            "dq.rules",
            ENTITY,
            Pipeline::Live,
            0,
            String::new(),
        );
    };
    let pass = rule.passed(
        ENTITY,
        Pipeline::Live,
        rules,
        format!("{rules} rules in force"),
    );
    let Some(first) = errors.first() else {
        return pass;
    };
    Outcome {
        state: CheckState::Error,
        failed: errors.len() as i64,
        summary: format!("the rules before stay in force: {first}"),
        evidence: Evidence {
            columns: ["file", "line", "problem"].map(str::to_owned).into(),
            rows: errors
                .iter()
                .take(rule.samples)
                .map(|error| {
                    vec![
                        error.file.clone(),
                        error.line.to_string(),
                        error.message.clone(),
                    ]
                })
                .collect(),
            ..Evidence::default()
        },
        ..pass
    }
}

/// Name and time of change of every file.
fn stamps(folder: &std::path::Path) -> Vec<(std::ffi::OsString, u64, Option<SystemTime>)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut stamps: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let meta = entry.metadata().ok()?;
            Some((entry.file_name(), meta.len(), meta.modified().ok()))
        })
        .collect();
    stamps.sort();
    stamps
}
