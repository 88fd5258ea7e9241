//! Rules from their folder, and again when a file of it changes. Broken files change nothing: the rules that were in force
//! stay, and a check says so.

use std::{io::Write, path::PathBuf, sync::Arc, time::SystemTime};

use anyhow::Context;
use app::model::{CheckState, Evidence, Outcome, Pipeline};

use super::{Engine, judge::record};
use crate::{
    export::AtomicFile,
    quality::rule::{
        RuleBook,
        file::{RuleError, calendar_of, parse, read},
        own::{OwnRule, file_with, own_rule},
    },
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
    let calendar = calendar_of(folder).map_err(|error| vec![error])?;
    let book = RuleBook::new(read(folder)?).with_calendar(calendar);
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
    let events = record(
        &mut tx,
        &engine.hub.rules().now(),
        &[outcome],
        None,
        Default::default(),
        now_ms,
    )
    .await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    Ok(())
}

/// Writes a rule into its file of the folder, where it takes the place of one of the same name, and puts the rules in
/// force. What else is in the file stays as it is. Gives the rule's name, or what is wrong with it.
///
/// # Errors
/// When the folder cannot be written to, or the database fails.
pub async fn keep_rule(
    engine: &Engine,
    folder: &std::path::Path,
    text: &str,
) -> anyhow::Result<Result<&'static str, RuleError>> {
    static WRITING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let book = engine.hub.rules().now();
    let own = match own_rule(text, &book) {
        Ok(own) => own,
        Err(error) => return Ok(Err(error)),
    };
    if let Some(unknown) = own
        .rule
        .inhibited_by
        .iter()
        .find(|id| book.get(id).is_none())
    {
        return Ok(Err(RuleError {
            file: own.file,
            line: 1,
            message: format!("inhibited by {unknown:?}, which is no check"),
        }));
    }
    let _alone = WRITING.lock().await;
    let id = own.rule.id;
    let place = folder.join(&own.file);
    let written = tokio::task::spawn_blocking(move || write(&place, &own))
        .await
        .context("the writer stopped")??;
    if let Err(error) = written {
        return Ok(Err(error));
    }
    again(engine, folder).await?;
    Ok(Ok(id))
}

/// Blocking: writes the file as a whole, if all of it can be read afterwards.
fn write(place: &std::path::Path, own: &OwnRule) -> anyhow::Result<Result<(), RuleError>> {
    let at = || format!("cannot write {}", place.display());
    let before = match std::fs::read_to_string(place) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(at),
    };
    let text = file_with(own, before.as_deref());
    if let Err(errors) = parse(&own.file, &text)
        && let Some(first) = errors.into_iter().next()
    {
        return Ok(Err(first));
    }
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).with_context(at)?;
    }
    let mut file = AtomicFile::begin(place).with_context(at)?;
    file.write_all(text.as_bytes()).with_context(at)?;
    file.finish().with_context(at)?;
    Ok(Ok(()))
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
