//! One file on its way in: looked at, taken as a run, or known already.

use std::path::Path;

use anyhow::Context;
use app::model::{Dataset, LandingState, Pipeline, RunState};

use super::{
    FileReport, IngestOptions, archive, land_and_refine,
    look::{Look, WRONG_CHECKSUM, is_final, look},
    take_up,
};
use crate::{
    pipeline::{
        Engine,
        input::Input,
        land::fingerprint,
        lock::BatchLock,
        progress::{Progress, Watcher},
        refine::Refined,
        runs::is_cancelled,
    },
    store::Landing,
};

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
    let input = Input::of(path, options.origin.as_deref());
    let members = members_of(&input).await?;
    if !members.is_empty() {
        return archive::ingest_members(engine, &input, members, options, watcher).await;
    }
    ingest_input(engine, input, options, watcher).await
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

/// As [`ingest_file`], as the run that was begun for it. Each file of an archive has a run of its own, too.
///
/// # Errors
/// When the file cannot be read or the database fails.
pub async fn ingest_run(
    engine: &Engine,
    path: &Path,
    options: &IngestOptions,
    progress: Progress,
) -> anyhow::Result<FileReport> {
    let input = Input::of(path, options.origin.as_deref());
    let result = match members_of(&input).await {
        Ok(members) if members.is_empty() => match Work::begin(input, options).await {
            Ok(work) => return work.run(engine, progress).await,
            Err(error) => Err(error),
        },
        Ok(members) => archive::ingest_members(engine, &input, members, options, None).await,
        Err(error) => Err(error),
    };
    let (state, detail) = match &result {
        Ok(report) => report.end(),
        Err(error) if is_cancelled(error) => (RunState::Cancelled, "cancelled".to_owned()),
        Err(error) => (RunState::Failed, format!("{error:#}")),
    };
    progress.end(state, &detail).await?;
    result
}

/// The data files of an archive that holds several; a damaged archive is refused as a file like any other.
async fn members_of(input: &Input) -> anyhow::Result<Vec<Input>> {
    let archive = input.clone();
    match tokio::task::spawn_blocking(move || archive.members()).await? {
        Err(error) if !is_final(&error) => {
            Err(error).with_context(|| format!("cannot read {}", input.path().display()))
        }
        members => Ok(members.unwrap_or_default()),
    }
}

/// Ingests one file, or one member of an archive.
pub(super) async fn ingest_input(
    engine: &Engine,
    input: Input,
    options: &IngestOptions,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    let work = Work::begin(input, options).await?;
    take(engine, work, watcher).await
}

/// Takes a file that was looked at, or lands it as refused.
pub(super) async fn take(
    engine: &Engine,
    work: Work<'_>,
    watcher: Option<Watcher>,
) -> anyhow::Result<FileReport> {
    // a file that is settled needs neither a run nor its turn
    let known = engine.store.landing_of_file(&work.sha256).await?;
    if let Some(report) = known.and_then(|landing| work.settled(&landing)) {
        return Ok(report);
    }
    let progress = begin_ingest(engine, &work.look.input.origin(), watcher).await?;
    work.run(engine, progress).await
}

/// A file on its way in.
pub(super) struct Work<'a> {
    look: Look,
    options: &'a IngestOptions,
    sha256: String,
    bytes: i64,
    started: std::time::Instant,
    notes: Vec<String>,
}

impl<'a> Work<'a> {
    async fn begin(input: Input, options: &'a IngestOptions) -> anyhow::Result<Self> {
        let origin = input.origin();
        let told = options.clone();
        let look = tokio::task::spawn_blocking(move || look(input, &told))
            .await?
            .with_context(|| format!("cannot read {origin}"))?;
        Self::of(look, options).await
    }

    pub(super) async fn of(mut look: Look, options: &'a IngestOptions) -> anyhow::Result<Self> {
        let started = std::time::Instant::now();
        let input = look.input.clone();
        let (sha256, bytes) = tokio::task::spawn_blocking(move || fingerprint(input)).await??;
        let notes = look.verify(&sha256).into_iter().collect();
        Ok(Self {
            look,
            options,
            sha256,
            bytes,
            started,
            notes,
        })
    }

    fn report(&self, landing: &Landing, state: &'static str, reason: Option<String>) -> FileReport {
        let seconds = self.started.elapsed().as_secs_f64();
        let report = FileReport::of(&self.look.input, landing, state, reason, seconds);
        FileReport {
            notes: self.notes.clone(),
            ..report
        }
    }

    /// The report on bytes that landed before and need nothing done.
    fn settled(&self, landing: &Landing) -> Option<FileReport> {
        match landing.state {
            LandingState::Done => Some(self.report(landing, "already_landed", None)),
            LandingState::Refused if !is_worth_another_try(landing, &self.look) => {
                Some(self.report(landing, "refused", Some(landing.detail.clone())))
            }
            _ => None,
        }
    }

    async fn run(mut self, engine: &Engine, mut progress: Progress) -> anyhow::Result<FileReport> {
        let origin = self.look.input.origin();
        let report = match self.ingest(engine, &mut progress).await {
            Ok(report) => report,
            Err(error) if is_cancelled(&error) => {
                let reason = "cancelled; ingest it again to take it in".to_owned();
                progress.end(RunState::Cancelled, &reason).await?;
                return Ok(FileReport {
                    seconds: self.started.elapsed().as_secs_f64(),
                    ..FileReport::empty(origin, "cancelled", Some(reason))
                });
            }
            Err(error) => {
                progress
                    .end(RunState::Failed, &format!("{error:#}"))
                    .await?;
                return Err(error.context(format!("cannot ingest {origin}")));
            }
        };
        let (state, detail) = report.end();
        progress.end(state, &detail).await?;
        Ok(report)
    }

    async fn ingest(
        &mut self,
        engine: &Engine,
        progress: &mut Progress,
    ) -> anyhow::Result<FileReport> {
        // one batch writer at a time, also between processes: two would read each other's half-written series
        let _lock = BatchLock::acquire_for(&engine.store, progress).await?;
        let known = engine.store.landing_of_file(&self.sha256).await?;
        if let Some(report) = known.as_ref().and_then(|landing| self.settled(landing)) {
            return Ok(report);
        }
        let look = self.look.clone();
        self.look = tokio::task::spawn_blocking(move || look.scan()).await??;
        self.notes.extend(self.look.warnings());
        // the lock is ours: what seems to run was cut off, and it came before this file
        let before = known.as_ref().map_or(i64::MAX, |landing| landing.id);
        take_up(engine, |landing| {
            landing.id < before && landing.state != LandingState::Failed
        })
        .await?;
        let file = (self.sha256.as_str(), self.bytes);
        let (landing, result) =
            land_and_refine(engine, &self.look, self.options, file, known, progress).await?;
        Ok(match result {
            Ok(refined) => {
                self.notes.extend(dropped(&refined));
                self.report(&landing, "done", None)
            }
            Err(reason) => self.report(&landing, "refused", Some(reason)),
        })
    }
}

/// A file that was refused unseen is taken if it is read as another format now, or its checksum file was replaced.
fn is_worth_another_try(landing: &Landing, look: &Look) -> bool {
    (landing.dataset == Dataset::Unknown || landing.detail.starts_with(WRONG_CHECKSUM))
        && look.recognised.is_ok()
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
