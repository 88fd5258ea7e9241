//! The batch pipeline: files into bronze, then through the refinery.

mod archive;
mod ingest;
mod look;

use anyhow::Context;
use app::model::{Dataset, LandingState, Pipeline, RunState};
use serde::Serialize;

pub use self::ingest::{begin_ingest, ingest_file, ingest_run};
use self::look::{Look, is_final};

use super::{
    Engine,
    input::Input,
    land::land_parts,
    lock::BatchLock,
    progress::Progress,
    quarantine::Events,
    refine::{Refined, refine, take_out_landing},
    runs::{is_cancelled, reap},
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
    /// What the file is called, where its path says nothing: an upload, standard input.
    pub origin: Option<String>,
}

/// What came of a file, as `assay ingest --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// Path as given.
    pub file: String,
    /// Its landing, unless it never landed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landing_id: Option<i64>,
    /// `candle`, `article` or `unknown`.
    pub dataset: Dataset,
    /// Recognised format.
    pub format: String,
    /// `done`, `already_landed`, `refused`, `cancelled` or `failed`.
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
            landing_id: None,
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

    /// How its run ends, and in which words.
    fn end(&self) -> (RunState, String) {
        let Self {
            rows,
            accepted,
            deduplicated,
            quarantined,
            ..
        } = self;
        match (&self.reason, self.state) {
            (Some(reason), "cancelled") => (RunState::Cancelled, reason.clone()),
            (Some(reason), _) => (RunState::Refused, reason.clone()),
            (None, "already_landed") => (
                RunState::Done,
                "the same bytes landed before: nothing to do".to_owned(),
            ),
            (None, _) => (
                RunState::Done,
                format!(
                    "{rows} rows: {accepted} accepted, {deduplicated} deduplicated, {quarantined} quarantined"
                ),
            ),
        }
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
            landing_id: Some(landing.id),
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
                LandingState::Landing | LandingState::Refused | LandingState::Cancelled
            ) =>
        {
            landing
        }
        // one that was cancelled lands anew, behind what has come since: a replay keeps the order of landings
        incomplete => {
            if let Some(incomplete) = incomplete {
                let mut tx = engine.store.begin().await?;
                delete_incomplete(&mut tx, incomplete.id).await?;
                let refused = incomplete.state == LandingState::Refused;
                if refused || incomplete.state == LandingState::Cancelled {
                    let gone = Change {
                        rows: -1,
                        rejects: -i64::from(refused),
                        newest_at: None,
                    };
                    count(&mut tx, "bronze", "landing", gone, engine.clock.now_ms()).await?;
                }
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
        || error.downcast_ref::<std::io::Error>().is_some_and(is_final)
}

/// Broken bytes are refused for good; anything else is tried again later.
async fn give_up(
    engine: &Engine,
    landing: Landing,
    error: anyhow::Error,
) -> anyhow::Result<(Landing, String)> {
    if is_cancelled(&error) {
        let words = "cancelled; ingest it again to take it in";
        take_out_landing(engine, &landing, LandingState::Cancelled, words).await?;
        return Err(error);
    }
    let is_broken = is_broken(&error);
    let state = if is_broken {
        LandingState::Refused
    } else {
        LandingState::Failed
    };
    let detail = format!("{error:#}");
    if is_broken {
        take_out_landing(engine, &landing, state, &detail).await?;
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
pub(super) async fn take_up(
    engine: &Engine,
    wanted: impl Fn(&Landing) -> bool,
) -> anyhow::Result<usize> {
    reap(engine).await?;
    let mut unfinished = engine.store.unfinished_landings().await?;
    unfinished.retain(wanted);
    if unfinished.is_empty() {
        return Ok(0);
    }
    let mut events = Events::load(engine).await?;
    for landing in &unfinished {
        events.up_to(engine, Some(landing.id)).await?;
        if landing.pipeline == Pipeline::Live {
            continue;
        }
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
                let state = match &result {
                    Ok(_) => RunState::Refused,
                    Err(error) if is_cancelled(error) => RunState::Cancelled,
                    Err(_) => RunState::Failed,
                };
                progress.end(state, &detail).await?;
            }
        }
    }
    let is_live = |landing: &&Landing| landing.pipeline == Pipeline::Live;
    let live: Vec<Landing> = unfinished.iter().filter(is_live).cloned().collect();
    super::replay::resume(engine, &live).await?;
    events.up_to(engine, None).await?;
    Ok(unfinished.len())
}
