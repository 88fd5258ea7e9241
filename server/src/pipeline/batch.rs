//! The batch pipeline: files into bronze, then through the refinery.

use std::path::Path;

use anyhow::Context;
use app::model::{Dataset, LandingState, Pipeline, RunState};
use serde::Serialize;

use super::{
    Engine,
    land::{fingerprint, land_parts},
    lock::BatchLock,
    progress::{Progress, Watcher},
    read::head,
    refine::refine,
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
}

impl FileReport {
    /// True if the file's rows are in silver, now or since earlier.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.state, "done" | "already_landed")
    }

    fn of(
        path: &Path,
        landing: &Landing,
        state: &'static str,
        reason: Option<String>,
        seconds: f64,
    ) -> Self {
        Self {
            file: path.display().to_string(),
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
        }
    }
}

/// Default instrument of a file that names none: minute files of Bitcoin are in dollars unless they say otherwise.
const DEFAULT_INSTRUMENT: &str = "BTC-USD";
const DEFAULT_VENUE: &str = "file";

/// Ingests one file. A refused file is a report too; an error means that the work itself failed.
///
/// # Errors
/// When the file cannot be read or the database fails. Nothing is lost: the landing is taken up again.
pub async fn ingest_file(
    engine: &Engine,
    path: &Path,
    options: &IngestOptions,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    let started = std::time::Instant::now();
    let of_path = path.to_owned();
    let (sha256, bytes) = tokio::task::spawn_blocking(move || fingerprint(&of_path)).await??;
    // one batch writer at a time, also between processes: two would read each other's half-written series
    let _lock = BatchLock::acquire(&engine.store).await?;
    let seconds = || started.elapsed().as_secs_f64();
    let known = engine.store.landing_of_file(&sha256).await?;
    match known.as_ref().map(|landing| landing.state) {
        Some(LandingState::Done) => {
            let landing = known.context("a landing that was just read")?;
            return Ok(FileReport::of(
                path,
                &landing,
                "already_landed",
                None,
                seconds(),
            ));
        }
        Some(LandingState::Refused) => {
            let landing = known.context("a landing that was just read")?;
            let reason = Some(landing.detail.clone());
            return Ok(FileReport::of(path, &landing, "refused", reason, seconds()));
        }
        _ => {}
    }
    // the lock is ours: what seems to run was cut off, and it came before this file
    let before = known.as_ref().map_or(i64::MAX, |landing| landing.id);
    take_up(engine, |landing| {
        landing.id < before && landing.state != LandingState::Failed
    })
    .await?;
    let subject = path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let mut progress =
        Progress::begin(engine, Pipeline::Batch, "ingest", &subject, watcher).await?;
    let result = land_and_refine(
        engine,
        path,
        options,
        (&sha256, bytes),
        known,
        &mut progress,
    )
    .await;
    match result {
        Ok((landing, None)) => {
            let detail = format!(
                "{} rows: {} accepted, {} deduplicated, {} quarantined",
                landing.counts.rows,
                landing.counts.accepted,
                landing.counts.deduplicated,
                landing.counts.quarantined
            );
            progress.end(RunState::Done, &detail).await?;
            Ok(FileReport::of(path, &landing, "done", None, seconds()))
        }
        Ok((landing, Some(reason))) => {
            progress.end(RunState::Refused, &reason).await?;
            Ok(FileReport::of(
                path,
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
            Err(error.context(format!("cannot ingest {}", path.display())))
        }
    }
}

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
        Some(landing) if landing.state != LandingState::Landing => landing,
        incomplete => {
            if let Some(incomplete) = incomplete {
                let mut tx = engine.store.begin().await?;
                delete_incomplete(&mut tx, incomplete.id).await?;
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
        origin: &path.display().to_string(),
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
