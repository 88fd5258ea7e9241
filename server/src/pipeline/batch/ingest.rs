//! One file from its path to its report, as a run.

use std::path::Path;

use anyhow::Context;
use app::model::{LandingState, Pipeline, RunState};

use super::{FileReport, IngestOptions, land_and_refine, take_up};
use crate::{
    pipeline::{
        Engine,
        land::fingerprint,
        lock::BatchLock,
        progress::{Progress, Watcher},
        runs::is_cancelled,
    },
    store::Landing,
};

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
    let work = Work::begin(path, options).await?;
    // a file that is settled needs neither a run nor its turn
    let known = engine.store.landing_of_file(&work.sha256).await?;
    if let Some(report) = known.and_then(|landing| work.settled(&landing)) {
        return Ok(report);
    }
    let progress = begin_ingest(engine, &options.origin(path), watcher).await?;
    work.run(engine, progress).await
}

/// Begins the run of an ingest, for a caller who has to name it before the work: see [`ingest_run`].
///
/// # Errors
/// When the database fails.
pub async fn begin_ingest(
    engine: &Engine,
    origin: &str,
    watcher: Option<Watcher>,
) -> anyhow::Result<Progress> {
    let name = origin.rsplit(['/', '\\']).next().unwrap_or(origin);
    Ok(Progress::begin(engine, Pipeline::Batch, "ingest", name, watcher).await?)
}

/// As [`ingest_file`], as the run that was begun for it.
///
/// # Errors
/// When the file cannot be read or the database fails.
pub async fn ingest_run(
    engine: &Engine,
    path: &Path,
    options: &IngestOptions,
    progress: Progress,
) -> anyhow::Result<FileReport> {
    match Work::begin(path, options).await {
        Ok(work) => work.run(engine, progress).await,
        Err(error) => {
            let result = Err(error);
            progress.end_with(&result).await?;
            Err(result.err().context("an error that was just there")?)
        }
    }
}

/// A file on its way in.
struct Work<'a> {
    path: &'a Path,
    options: &'a IngestOptions,
    sha256: String,
    bytes: i64,
    started: std::time::Instant,
}

impl<'a> Work<'a> {
    async fn begin(path: &'a Path, options: &'a IngestOptions) -> anyhow::Result<Self> {
        let started = std::time::Instant::now();
        let of_path = path.to_owned();
        let (sha256, bytes) = tokio::task::spawn_blocking(move || fingerprint(&of_path)).await??;
        Ok(Self {
            path,
            options,
            sha256,
            bytes,
            started,
        })
    }

    fn report(&self, landing: &Landing, state: &'static str, reason: Option<String>) -> FileReport {
        let seconds = self.started.elapsed().as_secs_f64();
        FileReport::of(
            self.options.origin(self.path),
            landing,
            state,
            reason,
            seconds,
        )
    }

    /// The report on bytes that landed before and need nothing done.
    fn settled(&self, landing: &Landing) -> Option<FileReport> {
        match landing.state {
            LandingState::Done => Some(self.report(landing, "already_landed", None)),
            LandingState::Refused => {
                Some(self.report(landing, "refused", Some(landing.detail.clone())))
            }
            _ => None,
        }
    }

    async fn run(&self, engine: &Engine, mut progress: Progress) -> anyhow::Result<FileReport> {
        let origin = self.options.origin(self.path);
        let report = match self.ingest(engine, &mut progress).await {
            Ok(report) => report,
            Err(error) if is_cancelled(&error) => {
                let reason = "cancelled; ingest it again to take it in".to_owned();
                progress.end(RunState::Cancelled, &reason).await?;
                let seconds = self.started.elapsed().as_secs_f64();
                return Ok(FileReport::without_landing(
                    origin,
                    "cancelled",
                    reason,
                    seconds,
                ));
            }
            Err(error) => {
                progress
                    .end(RunState::Failed, &format!("{error:#}"))
                    .await?;
                return Err(error.context(format!("cannot ingest {origin}")));
            }
        };
        let (state, detail) = match (&report.reason, report.state) {
            (Some(reason), _) => (RunState::Refused, reason.clone()),
            (None, "already_landed") => (
                RunState::Done,
                "the same bytes landed before: nothing to do".to_owned(),
            ),
            (None, _) => {
                let FileReport {
                    rows,
                    accepted,
                    deduplicated,
                    quarantined,
                    ..
                } = report;
                let words = format!(
                    "{rows} rows: {accepted} accepted, {deduplicated} deduplicated, {quarantined} quarantined"
                );
                (RunState::Done, words)
            }
        };
        progress.end(state, &detail).await?;
        Ok(report)
    }

    async fn ingest(&self, engine: &Engine, progress: &mut Progress) -> anyhow::Result<FileReport> {
        // one batch writer at a time, also between processes: two would read each other's half-written series
        let _lock = BatchLock::acquire_for(&engine.store, progress).await?;
        let known = engine.store.landing_of_file(&self.sha256).await?;
        if let Some(report) = known.as_ref().and_then(|landing| self.settled(landing)) {
            return Ok(report);
        }
        // the lock is ours: what seems to run was cut off, and it came before this file
        let before = known.as_ref().map_or(i64::MAX, |landing| landing.id);
        take_up(engine, |landing| {
            landing.id < before && landing.state != LandingState::Failed
        })
        .await?;
        let file = (self.sha256.as_str(), self.bytes);
        let (landing, refusal) =
            land_and_refine(engine, self.path, self.options, file, known, progress).await?;
        let state = if refusal.is_some() { "refused" } else { "done" };
        Ok(self.report(&landing, state, refusal))
    }
}
