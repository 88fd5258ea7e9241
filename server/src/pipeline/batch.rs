//! The batch pipeline: files into bronze, then through the refinery.

mod ingest;

use std::path::Path;

use anyhow::Context;
use app::model::{Dataset, LandingState, Pipeline, RunState};
use serde::Serialize;

pub use self::ingest::{begin_ingest, ingest_file, ingest_run};
use super::{
    Engine,
    land::land_parts,
    lock::BatchLock,
    progress::Progress,
    quarantine::Events,
    read::head,
    refine::{refine, take_out_landing},
    runs::{is_cancelled, reap},
};
use crate::{
    refine::sniff::{Recognised, Refusal, recognise},
    store::{
        Landing, NewLanding, StoreError, WHOLE_MARKET,
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
    /// Format it must be.
    pub format: Option<String>,
    /// What the file is called, where its path says nothing: an upload, standard input.
    pub origin: Option<String>,
}

impl IngestOptions {
    fn origin(&self, path: &Path) -> String {
        self.origin
            .clone()
            .unwrap_or_else(|| path.display().to_string())
    }
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
}

impl FileReport {
    /// True if the file's rows are in silver, now or since earlier.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.state, "done" | "already_landed")
    }

    /// Of a file that left no landing.
    #[must_use]
    pub const fn without_landing(
        file: String,
        state: &'static str,
        reason: String,
        seconds: f64,
    ) -> Self {
        Self {
            file,
            dataset: Dataset::Unknown,
            format: String::new(),
            state,
            reason: Some(reason),
            rows: 0,
            accepted: 0,
            deduplicated: 0,
            quarantined: 0,
            flagged: 0,
            first: None,
            last: None,
            seconds,
        }
    }

    fn of(
        file: String,
        landing: &Landing,
        state: &'static str,
        reason: Option<String>,
        seconds: f64,
    ) -> Self {
        Self {
            file,
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
        }
    }
}

/// Default instrument of a file that names none: minute files of Bitcoin are in dollars unless they say otherwise.
const DEFAULT_INSTRUMENT: &str = "BTC-USD";
const DEFAULT_VENUE: &str = "file";

/// Lands the bytes unless they are there, then refines them. Gives the landing, and the reason if it was refused.
async fn land_and_refine(
    engine: &Engine,
    path: &Path,
    options: &IngestOptions,
    (sha256, bytes): (&str, i64),
    known: Option<Landing>,
    progress: &mut Progress,
) -> anyhow::Result<(Landing, Option<String>)> {
    let landing = match known {
        Some(landing)
            if !matches!(
                landing.state,
                LandingState::Landing | LandingState::Cancelled
            ) =>
        {
            landing
        }
        // one that was cancelled lands anew, behind what has come since: a replay keeps the order of landings
        incomplete => {
            if let Some(incomplete) = incomplete {
                let mut tx = engine.store.begin().await?;
                delete_incomplete(&mut tx, incomplete.id).await?;
                if incomplete.state == LandingState::Cancelled {
                    let gone = Change {
                        rows: -1,
                        ..Change::default()
                    };
                    count(&mut tx, "bronze", "landing", gone, engine.clock.now_ms()).await?;
                }
                tx.commit().await.map_err(StoreError::from)?;
            }
            land(engine, path, options, (sha256, bytes), progress).await?
        }
    };
    if landing.state == LandingState::Refused {
        let reason = landing.detail.clone();
        return Ok((landing, Some(reason)));
    }
    if let Err(error) = refine(engine, &landing, progress).await {
        return give_up(engine, landing, error).await;
    }
    let landing = engine
        .store
        .landing(landing.id)
        .await?
        .context("the landing has vanished")?;
    Ok((landing, None))
}

/// Broken bytes are refused for good; anything else is tried again later.
async fn give_up(
    engine: &Engine,
    landing: Landing,
    error: anyhow::Error,
) -> anyhow::Result<(Landing, Option<String>)> {
    if is_cancelled(&error) {
        let words = "cancelled; ingest it again to take it in";
        take_out_landing(engine, &landing, LandingState::Cancelled, words).await?;
        return Err(error);
    }
    let is_broken = error
        .downcast_ref::<super::candles::CandleError>()
        .is_some_and(|error| matches!(error, super::candles::CandleError::TooManyConflicts))
        || error.downcast_ref::<std::io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::InvalidData
                    | std::io::ErrorKind::InvalidInput
            )
        });
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
    Ok((landing, Some(detail)))
}

async fn land(
    engine: &Engine,
    path: &Path,
    options: &IngestOptions,
    (sha256, bytes): (&str, i64),
    progress: &mut Progress,
) -> anyhow::Result<Landing> {
    let of_path = path.to_owned();
    let recognised =
        tokio::task::spawn_blocking(move || -> std::io::Result<Result<Recognised, Refusal>> {
            Ok(match head(std::fs::File::open(of_path)?) {
                Ok(head) => recognise(&head),
                Err(error) => Err(Refusal {
                    reason: format!("the archive cannot be unpacked: {error}"),
                    first_lines: "(none)".to_owned(),
                }),
            })
        })
        .await??;
    let recognised =
        recognised.and_then(|recognised| expected(recognised, options.format.as_deref()));
    let (dataset, format, named) = match &recognised {
        Ok(Recognised::Candles(format)) => {
            (Dataset::Candle, format.name, format.instrument.clone())
        }
        Ok(Recognised::News { format, .. }) => (
            Dataset::Article,
            format.name(),
            Some(WHOLE_MARKET.to_owned()),
        ),
        Err(_) => (Dataset::Unknown, "", None),
    };
    let instrument = options
        .instrument
        .clone()
        .filter(|_| dataset != Dataset::Article)
        .or(named);
    let new = NewLanding {
        pipeline: Pipeline::Batch,
        venue: options.venue.as_deref().unwrap_or(DEFAULT_VENUE),
        dataset,
        instrument: instrument.as_deref().unwrap_or(DEFAULT_INSTRUMENT),
        origin: &options.origin(path),
        format,
        received_at: engine.clock.now_ms(),
        sha256,
        bytes,
    };
    let mut tx = engine.store.begin().await?;
    let id = insert_landing(&mut tx, &new, LandingState::Landing).await?;
    tx.commit().await.map_err(StoreError::from)?;
    if let Err(error) = land_parts(&engine.store, path, id, sha256, bytes, progress).await {
        let mut tx = engine.store.begin().await?;
        delete_incomplete(&mut tx, id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        return Err(error);
    }
    let (state, detail) = match &recognised {
        Ok(_) => (LandingState::Landed, String::new()),
        Err(refusal) => (LandingState::Refused, refusal.to_string()),
    };
    let mut tx = engine.store.begin().await?;
    set_state(&mut tx, id, state, &detail).await?;
    let change = Change {
        rows: 1,
        rejects: i64::from(recognised.is_err()),
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

/// What the caller says the format is must agree with what the file shows.
fn expected(recognised: Recognised, wanted: Option<&str>) -> Result<Recognised, Refusal> {
    let name = match &recognised {
        Recognised::Candles(format) => format.name,
        Recognised::News { format, .. } => format.name(),
    };
    match wanted {
        Some(wanted) if wanted != name => Err(Refusal {
            reason: format!(
                "the file was to be {wanted:?}, but its content is {name:?}; leave --format out to take it as such"
            ),
            first_lines: "(see the file)".to_owned(),
        }),
        _ => Ok(recognised),
    }
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
            super::replay::again(engine, landing).await?;
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
    events.up_to(engine, None).await?;
    Ok(unfinished.len())
}
