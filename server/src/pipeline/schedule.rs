//! Jobs at fixed times: candles of the last hours, daily candles of the last days, through the venue's history into the
//! batch pipeline.
//!
//! When a job is due is kept in the database: one that was missed while nothing ran, or was cut off, runs once at the
//! next start. Jobs run one after the other.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use app::model::{DAY_MS, HOUR_MS, Pipeline, RunState};
use chrono::{DateTime, Utc};
use croner::Cron;
use tokio_util::sync::CancellationToken;

use super::{
    Engine,
    backfill::{Backfill, BackfillReport, backfill_run, usual_instrument},
    progress::{Progress, Watcher},
    runs::reap,
};
use crate::{
    config::{Config, JobConfig, JobKind},
    store::job::Job,
};

/// Time between two looks at what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs jobs when they are due.
#[derive(Debug)]
pub struct Schedule {
    engine: Engine,
    config: Arc<Config>,
}

impl Schedule {
    /// Notes the configured jobs. Those that were cut off are due at once.
    ///
    /// # Errors
    /// When the database fails or a job is not one that can be run.
    pub async fn begin(engine: Engine, config: Arc<Config>) -> anyhow::Result<Self> {
        reap(&engine).await?;
        let now_ms = engine.clock.now_ms();
        let jobs = &config.batch.schedule;
        for job in jobs {
            let next_run_at = match was_cut_off(&engine, &job.name).await? {
                true => {
                    // its schedule is the old one: only another next time makes it due
                    engine.store.retire_job(&job.name).await?;
                    Some(now_ms)
                }
                false => next_after(&job.schedule()?, now_ms),
            };
            engine
                .store
                .configure_job(&Job {
                    name: job.name.clone(),
                    cron: job.cron.clone(),
                    kind: job.job.as_str().to_owned(),
                    subject: subject(&config, job),
                    last_run_at: None,
                    next_run_at,
                    state: "idle".to_owned(),
                    detail: String::new(),
                    run_id: None,
                })
                .await?;
        }
        for known in engine.store.jobs().await? {
            if jobs.iter().all(|job| job.name != known.name) {
                engine.store.retire_job(&known.name).await?;
            }
        }
        Ok(Self { engine, config })
    }

    /// Looks every second until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let looked = tokio::select! {
                // a job that is under way is cut off, and runs again at the next start
                () = stop.cancelled() => return,
                looked = self.look() => looked,
            };
            if let Err(error) = looked {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the schedule cannot be followed"
                );
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Runs what is due now, each job once; gives what came of them.
    ///
    /// # Errors
    /// When the database fails. A venue that fails is no error: the report says so.
    pub async fn look(&self) -> anyhow::Result<Vec<(String, BackfillReport)>> {
        let mut reports = Vec::new();
        for job in &self.config.batch.schedule {
            let now_ms = self.engine.clock.now_ms();
            let known = self.engine.store.job(&job.name).await?;
            let due = known.and_then(|known| known.next_run_at);
            if due.is_some_and(|due| due <= now_ms) {
                let report = run_job(&self.engine, &self.config, &job.name, None).await?;
                tracing::info!(
                    job = job.name,
                    state = report.state,
                    accepted = report.accepted,
                    reason = report.reason,
                    "a scheduled job has run"
                );
                reports.push((job.name.clone(), report));
            }
        }
        Ok(reports)
    }
}

/// Why a job was not started.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// There is none of that name.
    #[error("there is no job {name:?} in the configuration; it knows {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Names there are.
        known: String,
    },
    /// It is at work.
    #[error("job {0:?} is running; wait until it ends, or cancel its run")]
    Running(String),
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// A job whose run has begun.
#[derive(Debug)]
pub struct StartedJob {
    name: String,
    wanted: Backfill,
    progress: Progress,
}

impl StartedJob {
    /// Its run.
    #[must_use]
    pub const fn run_id(&self) -> i64 {
        self.progress.run_id
    }

    /// Does the work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn work(self, engine: &Engine, config: &Config) -> anyhow::Result<BackfillReport> {
        let run_id = self.run_id();
        let report = backfill_run(engine, config, &self.wanted, self.progress).await?;
        let detail = match &report.reason {
            Some(reason) => reason.clone(),
            None => report.words(),
        };
        engine
            .store
            .end_job(&self.name, run_id, report.state, &detail)
            .await?;
        Ok(report)
    }
}

/// Begins a job now, whenever it is due next.
///
/// # Errors
/// When there is no such job, it is running, or the database fails.
pub async fn start_job(
    engine: &Engine,
    config: &Config,
    name: &str,
    watcher: Option<Watcher>,
) -> Result<StartedJob, JobError> {
    let jobs = &config.batch.schedule;
    let Some(job) = jobs.iter().find(|job| job.name == name) else {
        let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        return Err(JobError::Unknown {
            name: name.to_owned(),
            known: if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            },
        });
    };
    begin(engine, config, job, watcher)
        .await?
        .ok_or_else(|| JobError::Running(name.to_owned()))
}

/// Runs a job now.
///
/// # Errors
/// As [`start_job`].
pub async fn run_job(
    engine: &Engine,
    config: &Config,
    name: &str,
    watcher: Option<Watcher>,
) -> Result<BackfillReport, JobError> {
    let started = start_job(engine, config, name, watcher).await?;
    Ok(started.work(engine, config).await?)
}

async fn begin(
    engine: &Engine,
    config: &Config,
    job: &JobConfig,
    watcher: Option<Watcher>,
) -> anyhow::Result<Option<StartedJob>> {
    reap(engine).await?;
    let now_ms = engine.clock.now_ms();
    let next_run_at = next_after(&job.schedule()?, now_ms);
    let known = match engine.store.job(&job.name).await? {
        Some(known) => known,
        None => {
            let new = Job {
                name: job.name.clone(),
                cron: job.cron.clone(),
                kind: job.job.as_str().to_owned(),
                subject: subject(config, job),
                last_run_at: None,
                next_run_at,
                state: "idle".to_owned(),
                detail: String::new(),
                run_id: None,
            };
            engine.store.configure_job(&new).await?;
            new
        }
    };
    if let Some(run_id) = known.run_id.filter(|_| known.state == "running")
        && engine.store.run(run_id).await?.state == RunState::Running
    {
        return Ok(None);
    }
    let wanted = Backfill {
        venue: job.venue.clone(),
        instrument: job.instrument.clone(),
        step: job.step()?,
        from: reach(job.job, known.last_run_at, now_ms),
        to: now_ms,
        duty: Some(format!("job:{}", job.name)),
    };
    let progress = Progress::begin(engine, Pipeline::Batch, "job", &job.name, watcher).await?;
    engine
        .store
        .begin_job(&job.name, progress.run_id, now_ms, next_run_at)
        .await?;
    Ok(Some(StartedJob {
        name: job.name.clone(),
        wanted,
        progress,
    }))
}

/// How far back a job asks: over its last run, so that nothing is left out between two, but not without end.
fn reach(kind: JobKind, last_run_at: Option<i64>, now_ms: i64) -> i64 {
    let (least_ms, most_ms) = match kind {
        JobKind::Candles => (3 * HOUR_MS, 7 * DAY_MS),
        JobKind::Daily => (3 * DAY_MS, 400 * DAY_MS),
    };
    let since = last_run_at.map_or(now_ms, |at| at - least_ms);
    since.clamp(now_ms - most_ms, now_ms - least_ms)
}

fn subject(config: &Config, job: &JobConfig) -> String {
    let usual = || usual_instrument(config, &job.venue);
    let instrument = job.instrument.clone().unwrap_or_else(usual);
    format!("{} {instrument}", job.venue)
}

async fn was_cut_off(engine: &Engine, name: &str) -> anyhow::Result<bool> {
    let Some(job) = engine.store.job(name).await? else {
        return Ok(false);
    };
    let Some(run_id) = job.run_id.filter(|_| job.state == "running") else {
        return Ok(false);
    };
    Ok(engine.store.run(run_id).await?.state == RunState::Interrupted)
}

/// The next time of a schedule after a time, both in milliseconds.
pub(super) fn next_after(cron: &Cron, at_ms: i64) -> Option<i64> {
    let at: DateTime<Utc> = DateTime::from_timestamp_millis(at_ms)?;
    // a schedule such as 30 February never comes
    let next = cron.find_next_occurrence(&at, false).ok()?;
    Some(next.timestamp_millis())
}

impl From<crate::store::StoreError> for JobError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Failed(anyhow::Error::new(error).context("the schedule cannot be followed"))
    }
}

/// The schedule of `cron` after `at_ms`, for tests and lists.
///
/// # Errors
/// When it is no schedule.
pub fn next_time(cron: &str, at_ms: i64) -> anyhow::Result<Option<i64>> {
    let cron: Cron = cron.parse().context("no schedule")?;
    Ok(next_after(&cron, at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_in_utc_and_never_now() {
        const MONDAY: i64 = 1_514_764_800_000;
        for (cron, at, expected) in [
            ("5 * * * *", MONDAY, Some(MONDAY + 5 * 60_000)),
            (
                "5 * * * *",
                MONDAY + 5 * 60_000,
                Some(MONDAY + HOUR_MS + 5 * 60_000),
            ),
            ("0 0 * * *", MONDAY, Some(MONDAY + DAY_MS)),
            (
                "30 6 * * mon",
                MONDAY,
                Some(MONDAY + 6 * HOUR_MS + 30 * 60_000),
            ),
            ("0 0 30 2 *", MONDAY, None),
        ] {
            assert_eq!(next_time(cron, at).unwrap(), expected, "{cron}");
        }
    }

    #[test]
    fn a_job_reaches_over_its_last_run() {
        let now = 1_000 * DAY_MS;
        for (last, expected) in [
            (None, now - 3 * HOUR_MS),
            (Some(now - HOUR_MS), now - 4 * HOUR_MS),
            (Some(now - 2 * DAY_MS), now - 2 * DAY_MS - 3 * HOUR_MS),
            (Some(now - 90 * DAY_MS), now - 7 * DAY_MS),
        ] {
            assert_eq!(reach(JobKind::Candles, last, now), expected, "{last:?}");
        }
    }
}
