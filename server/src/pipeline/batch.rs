//! The batch pipeline: files into bronze, then through the refinery.

mod archive;
mod look;

use std::path::Path;

use anyhow::Context;
use app::model::{Dataset, LandingState, Pipeline, RunState};
use serde::Serialize;

use look::{Look, WRONG_CHECKSUM, is_final, look};

use super::{
    Engine,
    land::{fingerprint, land_parts},
    input::Input,
    lock::BatchLock,
    progress::{Progress, Watcher},
    refine::{Refined, refine},
};
use crate::{
    refine::sniff::Refusal,
    store::{
        Landing, NewLanding, StoreError,
        count::{Change, count},
        landing::{delete_incomplete, insert_landing, set_state},
    },
};

/// What the caller says of a file; what is missing is taken from the file itself.
#[derive(Debug, Clone, Default)]
pub struct IngestOptions {
    /// `BTC-USD`; beats what the file names.
    pub instrument: Option<String>,
    /// Who published it.
    pub venue: Option<String>,
    /// Format it is to be read as, with `:day-first` or `:month-first` behind it where that is to be told.
    pub format: Option<String>,
}

/// What came of a file, as `assay ingest --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// Path as given.
    pub file: String,
    /// `candle`, `article` or `unknown`.
    pub dataset: Dataset,
    /// Recognised format.
    pub format: String,
    /// `done`, `already_landed`, `refused` or `failed`.
    pub state: &'static str,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Rows read.
    pub rows: i64,
    /// Rows that became silver.
    pub accepted: i64,
    /// Rows that repeated what was there.
    pub deduplicated: i64,
    /// Rows set apart.
    pub quarantined: i64,
    /// Rows kept with a finding.
    pub flagged: i64,
    /// First time in it, milliseconds.
    pub first: Option<i64>,
    /// Last time in it, milliseconds.
    pub last: Option<i64>,
    /// How long it took.
    pub seconds: f64,
    /// What a person should know of it: doubts, what was dropped, a checksum that fits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Of an archive with several data files: each of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<FileReport>,
}

impl FileReport {
    /// A report without rows.
    #[must_use]
    pub fn empty(file: String, state: &'static str, reason: Option<String>) -> Self {
        Self {
            file,
            dataset: Dataset::Unknown,
            format: String::new(),
            state,
            reason,
            rows: 0,
            accepted: 0,
            deduplicated: 0,
            quarantined: 0,
            flagged: 0,
            first: None,
            last: None,
            seconds: 0.0,
            notes: Vec::new(),
            members: Vec::new(),
        }
    }

    /// True if the file's rows are in silver, now or since earlier.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.state, "done" | "already_landed")
    }

    fn of(
        input: &Input,
        landing: &Landing,
        state: &'static str,
        reason: Option<String>,
        seconds: f64,
    ) -> Self {
        Self {
            file: input.origin(),
            dataset: landing.dataset,
            format: landing.format.clone(),
            state,
            reason,
            rows: landing.counts.rows,
            accepted: landing.counts.accepted,
            deduplicated: landing.counts.deduplicated,
            quarantined: landing.counts.quarantined,
            flagged: landing.counts.flagged,
            first: landing.first_at,
            last: landing.last_at,
            seconds,
            notes: Vec::new(),
            members: Vec::new(),
        }
    }
}

const DEFAULT_VENUE: &str = "file";
/// Where prices land that look computed, unless the caller names a venue: it is marked as not real.
const SYNTHETIC_VENUE: &str = "sample";

/// Ingests one file; of an archive with several data files each one. A refused file is a report too; an error means that
/// the work itself failed.
///
/// # Errors
/// When the file cannot be read or the database fails. Nothing is lost: the landing is taken up again.
pub async fn ingest_file(
    engine: &Engine,
    path: &Path,
    options: &IngestOptions,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    let input = Input::from(path);
    let archive = input.clone();
    let members = tokio::task::spawn_blocking(move || archive.members()).await?;
    match members {
        // a damaged archive is refused as a file like any other
        Err(error) if !is_final(&error) => {
            Err(error).with_context(|| format!("cannot read {}", path.display()))
        }
        Ok(members) if !members.is_empty() => {
            archive::ingest_members(engine, &input, members, options, watcher).await
        }
        _ => ingest_input(engine, input, options, watcher).await,
    }
}

/// Ingests one file, or one member of an archive.
async fn ingest_input(
    engine: &Engine,
    input: Input,
    options: &IngestOptions,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    let origin = input.origin();
    let told = options.clone();
    let look = tokio::task::spawn_blocking(move || look(input, &told))
        .await?
        .with_context(|| format!("cannot read {origin}"))?;
    take(engine, look, options, watcher).await
}

/// Takes a file that was looked at, or lands it as refused.
async fn take(
    engine: &Engine,
    mut look: Look,
    options: &IngestOptions,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    let started = std::time::Instant::now();
    let input = look.input.clone();
    let (sha256, bytes) = tokio::task::spawn_blocking(move || fingerprint(input)).await??;
    let mut notes: Vec<String> = look.verify(&sha256).into_iter().collect();
    // one batch writer at a time, also between processes: two would read each other's half-written series
    let _lock = BatchLock::acquire(&engine.store).await?;
    let seconds = || started.elapsed().as_secs_f64();
    let known = engine.store.landing_of_file(&sha256).await?;
    match known.as_ref().map(|landing| landing.state) {
        Some(LandingState::Done) => {
            let landing = known.context("a landing that was just read")?;
            let report = FileReport::of(&look.input, &landing, "already_landed", None, seconds());
            return Ok(FileReport { notes, ..report });
        }
        Some(LandingState::Refused) if !is_worth_another_try(known.as_ref(), &look) => {
            let landing = known.context("a landing that was just read")?;
            let reason = Some(landing.detail.clone());
            return Ok(FileReport::of(
                &look.input,
                &landing,
                "refused",
                reason,
                seconds(),
            ));
        }
        _ => {}
    }
    let look = tokio::task::spawn_blocking(move || look.scan()).await??;
    notes.extend(look.warnings());
    // the lock is ours: what seems to run was cut off, and it came before this file
    let before = known.as_ref().map_or(i64::MAX, |landing| landing.id);
    take_up(engine, |landing| {
        landing.id < before && landing.state != LandingState::Failed
    })
    .await?;
    let subject = look.input.name();
    let mut progress =
        Progress::begin(engine, Pipeline::Batch, "ingest", &subject, watcher).await?;
    let result = land_and_refine(
        engine,
        &look,
        options,
        (&sha256, bytes),
        known,
        &mut progress,
    )
    .await;
    match result {
        Ok((landing, Ok(refined))) => {
            notes.extend(dropped(&refined));
            let detail = format!(
                "{} rows: {} accepted, {} deduplicated, {} quarantined",
                landing.counts.rows,
                landing.counts.accepted,
                landing.counts.deduplicated,
                landing.counts.quarantined
            );
            progress.end(RunState::Done, &detail).await?;
            let report = FileReport::of(&look.input, &landing, "done", None, seconds());
            Ok(FileReport { notes, ..report })
        }
        Ok((landing, Err(reason))) => {
            progress.end(RunState::Refused, &reason).await?;
            Ok(FileReport::of(
                &look.input,
                &landing,
                "refused",
                Some(reason),
                seconds(),
            ))
        }
        Err(error) => {
            progress
                .end(RunState::Failed, &format!("{error:#}"))
                .await?;
            Err(error.context(format!("cannot ingest {}", look.input.origin())))
        }
    }
}

/// A file that was refused unseen is taken if it is read as another format now, or its checksum file was replaced.
fn is_worth_another_try(known: Option<&Landing>, look: &Look) -> bool {
    known.is_some_and(|landing| {
        landing.dataset == Dataset::Unknown || landing.detail.starts_with(WRONG_CHECKSUM)
    }) && look.recognised.is_ok()
}

/// What was dropped, in words.
fn dropped(refined: &Refined) -> Option<String> {
    let dropped = refined.dropped;
    let parts = [
        (dropped.no_price, "rows with a time and no price"),
        (dropped.headers, "repeated headers"),
        (dropped.blank, "blank lines"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!told.is_empty()).then(|| format!("dropped: {}", told.join(", ")))
}

/// Lands the bytes unless they are there, then refines them. Gives the landing, and what came of it or the reason if it
/// was refused.
async fn land_and_refine(
    engine: &Engine,
    look: &Look,
    options: &IngestOptions,
    (sha256, bytes): (&str, i64),
    known: Option<Landing>,
    progress: &mut Progress,
) -> anyhow::Result<(Landing, Result<Refined, String>)> {
    let landing = match known {
        Some(landing)
            if !matches!(
                landing.state,
                LandingState::Landing | LandingState::Refused
            ) =>
        {
            landing
        }
        incomplete => {
            if let Some(incomplete) = incomplete {
                let mut tx = engine.store.begin().await?;
                delete_incomplete(&mut tx, incomplete.id).await?;
                tx.commit().await.map_err(StoreError::from)?;
            }
            land(engine, look, options, (sha256, bytes), progress).await?
        }
    };
    if landing.state == LandingState::Refused {
        let reason = landing.detail.clone();
        return Ok((landing, Err(reason)));
    }
    let refined = match refine(engine, &landing, progress).await {
        Ok(refined) => refined,
        Err(error) => {
            let (landing, reason) = give_up(engine, landing, error).await?;
            return Ok((landing, Err(reason)));
        }
    };
    let landing = engine
        .store
        .landing(landing.id)
        .await?
        .context("the landing has vanished")?;
    Ok((landing, Ok(refined)))
}

/// True if the bytes are at fault, not the work: trying again brings the same.
pub(super) fn is_broken(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<super::candles::CandleError>()
        .is_some_and(|error| matches!(error, super::candles::CandleError::TooManyConflicts))
        || error.downcast_ref::<Refusal>().is_some()
        || error
            .downcast_ref::<std::io::Error>()
            .is_some_and(is_final)
}

/// Broken bytes are refused for good; anything else is tried again later.
async fn give_up(
    engine: &Engine,
    landing: Landing,
    error: anyhow::Error,
) -> anyhow::Result<(Landing, String)> {
    let is_broken = is_broken(&error);
    let state = if is_broken {
        LandingState::Refused
    } else {
        LandingState::Failed
    };
    let detail = format!("{error:#}");
    if is_broken {
        super::refine::take_out_landing(engine, &landing).await?;
    }
    let mut tx = engine.store.begin().await?;
    set_state(&mut tx, landing.id, state, &detail).await?;
    if is_broken {
        let change = Change {
            rows: 0,
            rejects: 1,
            newest_at: None,
        };
        count(&mut tx, "bronze", "landing", change, engine.clock.now_ms()).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    if !is_broken {
        return Err(error);
    }
    let landing = engine
        .store
        .landing(landing.id)
        .await?
        .context("the landing has vanished")?;
    Ok((landing, detail))
}

async fn land(
    engine: &Engine,
    look: &Look,
    options: &IngestOptions,
    (sha256, bytes): (&str, i64),
    progress: &mut Progress,
) -> anyhow::Result<Landing> {
    let (dataset, format, instrument) = look.kind(options);
    let origin = look.input.origin();
    let new = NewLanding {
        pipeline: Pipeline::Batch,
        venue: look.venue(options, DEFAULT_VENUE),
        dataset,
        instrument: &instrument,
        origin: &origin,
        format: &format,
        received_at: engine.clock.now_ms(),
        sha256,
        bytes,
    };
    let mut tx = engine.store.begin().await?;
    let id = insert_landing(&mut tx, &new, LandingState::Landing).await?;
    tx.commit().await.map_err(StoreError::from)?;
    if let Err(error) = land_parts(&engine.store, &look.input, id, sha256, bytes, progress).await {
        let mut tx = engine.store.begin().await?;
        delete_incomplete(&mut tx, id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        return Err(error);
    }
    let (state, detail) = match &look.recognised {
        Ok(_) => (LandingState::Landed, String::new()),
        Err(refusal) => (LandingState::Refused, refusal.to_string()),
    };
    let mut tx = engine.store.begin().await?;
    set_state(&mut tx, id, state, &detail).await?;
    let change = Change {
        rows: 1,
        rejects: i64::from(look.recognised.is_err()),
        newest_at: None,
    };
    count(&mut tx, "bronze", "landing", change, engine.clock.now_ms()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    engine
        .store
        .landing(id)
        .await?
        .context("the landing has vanished")
}

/// Takes up landings that a crash cut off. Gives their number.
///
/// # Errors
/// When the database fails.
pub async fn recover(engine: &Engine) -> anyhow::Result<usize> {
    let _lock = BatchLock::acquire(&engine.store).await?;
    take_up(engine, |_| true).await
}

/// Refines what was cut off and is `wanted`, oldest first: a later landing restates an earlier one, never the other way
/// round. The caller holds the lock.
async fn take_up(engine: &Engine, wanted: impl Fn(&Landing) -> bool) -> anyhow::Result<usize> {
    engine
        .store
        .interrupt_runs(Pipeline::Batch, engine.clock.now_ms())
        .await?;
    let mut unfinished = engine.store.unfinished_landings().await?;
    unfinished.retain(wanted);
    for landing in &unfinished {
        let mut progress =
            Progress::begin(engine, Pipeline::Batch, "recover", &landing.origin, None).await?;
        match refine(engine, landing, &mut progress).await {
            Ok(_) => {
                progress
                    .end(RunState::Done, "taken up again after an interruption")
                    .await?
            }
            Err(error) => {
                let detail = format!("{error:#}");
                tracing::error!(landing.id, error = detail, "a landing could not be refined");
                let result = give_up(engine, landing.clone(), error).await;
                progress
                    .end(
                        if result.is_ok() {
                            RunState::Refused
                        } else {
                            RunState::Failed
                        },
                        &detail,
                    )
                    .await?;
            }
        }
    }
    Ok(unfinished.len())
}
