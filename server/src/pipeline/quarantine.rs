//! Quarantined rows once more: read again by the rules of now, corrected, or given up.
//!
//! A row that is sound now becomes a row of its landing, whose counts move with it. What was done is kept as an event
//! with its place in the order of landings, and with the text that was read; a replay does it again at that place
//! ([`Events`]), so that silver and gold come out the same. A row that a replay accepts at once, because the rules have
//! changed, is not in quarantine then, and its event finds nothing to do.

mod judge;
mod read;
mod retry;

use std::collections::VecDeque;

use app::model::{LandingState, Pipeline};
use serde::Serialize;

use self::{judge::judge, read::Reader, retry::try_row};
use super::{
    Engine,
    lock::BatchLock,
    progress::{Progress, Watcher},
};
use crate::store::{
    Landing, RunProgress,
    quarantine::{
        QuarantineEvent, QuarantineFilter, Quarantined, insert_event, move_row, row_of_event,
    },
};

/// Most rows that a report names.
const MAX_NAMED: usize = 100;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowReport {
    /// The row.
    pub id: i64,
    /// Its landing.
    pub landing_id: i64,
    /// Its line.
    pub line_no: i64,
    /// `accepted`, `deduplicated`, `kept` or `discarded`.
    pub outcome: &'static str,
    /// Why it stays where it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What came of a retry or a discard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuarantineReport {
    /// Rows that became silver.
    pub accepted: i64,
    /// Rows that repeat what is there.
    pub deduplicated: i64,
    /// Rows that stay in quarantine.
    pub kept: i64,
    /// Rows that were given up.
    pub discarded: i64,
    /// The first of them.
    pub rows: Vec<RowReport>,
    /// True if it was cancelled before it came to all rows.
    pub cancelled: bool,
}

impl QuarantineReport {
    fn note(&mut self, row: &Quarantined, outcome: &'static str, reason: String) {
        *match outcome {
            "accepted" => &mut self.accepted,
            "deduplicated" => &mut self.deduplicated,
            "discarded" => &mut self.discarded,
            _ => &mut self.kept,
        } += 1;
        if self.rows.len() < MAX_NAMED {
            self.rows.push(RowReport {
                id: row.id,
                landing_id: row.landing_id,
                line_no: row.line_no,
                outcome,
                reason,
            });
        }
    }

    fn words(&self) -> String {
        format!(
            "{} accepted, {} deduplicated, {} discarded, {} stay in quarantine",
            self.accepted, self.deduplicated, self.discarded, self.kept
        )
    }
}

/// What is to be done about rows.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
    /// Read them again.
    Retry,
    /// Read this text in place of the one row's.
    Correct(&'a str),
    /// Give them up.
    Discard,
}

impl Action<'_> {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Correct(_) => "correct",
            Self::Discard => "discard",
        }
    }
}

/// Does something about rows, oldest first. Rows that were given up can be retried; those that were retried are silver.
///
/// # Errors
/// When the request makes no sense, a landing cannot be read or the database fails. What was done until then stays done.
pub async fn act(
    engine: &Engine,
    filter: &QuarantineFilter,
    action: Action<'_>,
    actor: &str,
    watcher: Option<Watcher>,
) -> anyhow::Result<QuarantineReport> {
    if let Action::Correct(_) = action {
        anyhow::ensure!(
            filter.ids.len() == 1,
            "a corrected text is for one row: name it with --id"
        );
    }
    let kind = format!("quarantine {}", action.as_str());
    let mut progress = Progress::begin(engine, Pipeline::Batch, &kind, "rows", watcher).await?;
    let mut report = QuarantineReport::default();
    let result = work(engine, filter, action, actor, &mut report, &mut progress).await;
    let result = result.map(|()| report.words());
    progress.end_with(&result).await?;
    match result {
        Ok(_) => Ok(report),
        Err(error) if super::runs::is_cancelled(&error) => {
            report.cancelled = true;
            Ok(report)
        }
        Err(error) => Err(error),
    }
}

async fn work(
    engine: &Engine,
    filter: &QuarantineFilter,
    action: Action<'_>,
    actor: &str,
    report: &mut QuarantineReport,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let _lock = BatchLock::acquire_for(&engine.store, progress).await?;
    let mut rows = engine.store.quarantine_rows(filter).await?;
    rows.retain(|row| {
        row.state != "retried" && !(row.state == "discarded" && matches!(action, Action::Discard))
    });
    // one landing after the other, each from its beginning
    rows.sort_by_key(|row| (row.landing_id, row.id));
    anyhow::ensure!(
        !rows.is_empty() || filter.ids.is_empty(),
        "no such row is in quarantine; see assay quarantine list"
    );
    let named = !filter.ids.is_empty();
    let total = rows.len() as i64;
    let mut done = 0;
    for rows in rows.chunk_by(|a, b| a.landing_id == b.landing_id) {
        let Some(landing) = engine.store.landing(rows[0].landing_id).await? else {
            continue;
        };
        if landing.state != LandingState::Done {
            for row in rows {
                let reason = format!("its landing is {}: ingest the file first", landing.state);
                report.note(row, "kept", reason);
            }
            continue;
        }
        let lines: Vec<i64> = rows.iter().map(|row| row.line_no).collect();
        let reader = match action {
            Action::Discard => Reader::None,
            _ => Reader::open(engine, &landing, &lines).await?,
        };
        for row in rows {
            let (outcome, reason) =
                act_on_row(engine, &landing, &reader, row, action, named, actor).await?;
            report.note(row, outcome, reason);
            done += 1;
            if done % 20 == 0 || done == total {
                let mut at = RunProgress {
                    phase: "reading again",
                    bytes_done: done,
                    bytes_total: total,
                    ..RunProgress::default()
                };
                at.counts.rows = done;
                at.counts.accepted = report.accepted;
                at.counts.deduplicated = report.deduplicated;
                at.counts.quarantined = report.kept;
                progress.note(at).await?;
            }
        }
        judge(engine, &landing).await?;
        engine.hub.changed();
    }
    Ok(())
}

async fn act_on_row(
    engine: &Engine,
    landing: &Landing,
    reader: &Reader,
    row: &Quarantined,
    action: Action<'_>,
    named: bool,
    actor: &str,
) -> anyhow::Result<(&'static str, String)> {
    let raw_after = match action {
        Action::Correct(text) => text,
        _ => &row.raw,
    };
    let is_conflict = row.rules.iter().any(|rule| rule == "candle.dup_conflict");
    if is_conflict && !named && matches!(action, Action::Retry) {
        let reason = "another row of its landing gives other values; name the right one with --id";
        return Ok(("kept", reason.to_owned()));
    }
    let mut event = QuarantineEvent {
        landing_id: row.landing_id,
        line_no: row.line_no,
        raw_before: row.raw.clone(),
        raw_after: raw_after.to_owned(),
        at: engine.clock.now_ms(),
        actor: actor.to_owned(),
        action: action.as_str().to_owned(),
        from_state: row.state.clone(),
        to_state: "retried".to_owned(),
        after_landing: 0,
    };
    let mut tx = engine.store.begin().await?;
    let outcome = if matches!(action, Action::Discard) {
        "discarded".clone_into(&mut event.to_state);
        "discarded"
    } else {
        let rules = engine.hub.rules().now();
        match try_row(&mut tx, &rules, landing, reader, row, raw_after, event.at).await? {
            Ok(outcome) => outcome,
            // rolled back with everything that was tried
            Err(reason) => return Ok(("kept", reason)),
        }
    };
    if !move_row(&mut tx, row, &event.to_state).await? {
        return Ok(("kept", "somebody else has dealt with it".to_owned()));
    }
    insert_event(&mut tx, &event).await?;
    tx.commit().await?;
    Ok((outcome, String::new()))
}

/// What people did, to be done again while landings are refined anew in their order.
#[derive(Debug, Default)]
pub struct Events(VecDeque<QuarantineEvent>);

impl Events {
    /// All events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(engine: &Engine) -> anyhow::Result<Self> {
        Ok(Self(engine.store.quarantine_events().await?.into()))
    }

    /// Does again what was done before a landing arrived, or all that is left. An event whose row is not in the state it
    /// was in then was done already, or is no longer needed.
    ///
    /// # Errors
    /// When a landing cannot be read or the database fails.
    pub async fn up_to(&mut self, engine: &Engine, landing_id: Option<i64>) -> anyhow::Result<()> {
        let mut touched: Option<Landing> = None;
        while let Some(event) = self
            .0
            .pop_front_if(|event| landing_id.is_none_or(|id| event.after_landing < id))
        {
            if touched
                .as_ref()
                .is_none_or(|landing| landing.id != event.landing_id)
            {
                if let Some(landing) = touched.take() {
                    judge(engine, &landing).await?;
                }
                touched = engine.store.landing(event.landing_id).await?;
            }
            if let Some(landing) = touched
                .as_ref()
                .filter(|landing| landing.state == LandingState::Done)
            {
                again(engine, landing, &event).await?;
            }
        }
        match touched {
            Some(landing) => judge(engine, &landing).await,
            None => Ok(()),
        }
    }
}

async fn again(engine: &Engine, landing: &Landing, event: &QuarantineEvent) -> anyhow::Result<()> {
    let reader = match event.action.as_str() {
        "discard" => Reader::None,
        _ => Reader::open(engine, landing, &[event.line_no]).await?,
    };
    let mut tx = engine.store.begin().await?;
    let rules = engine.hub.rules().now();
    let Some(row) = row_of_event(&mut tx, event).await? else {
        return Ok(());
    };
    if event.action != "discard"
        && let Err(reason) = try_row(
            &mut tx,
            &rules,
            landing,
            &reader,
            &row,
            &event.raw_after,
            event.at,
        )
        .await?
    {
        tracing::warn!(
            landing = landing.id,
            line = row.line_no,
            reason,
            "a row that was taken out of quarantine is not sound any more"
        );
        return Ok(());
    }
    move_row(&mut tx, &row, &event.to_state).await?;
    Ok(tx.commit().await?)
}
