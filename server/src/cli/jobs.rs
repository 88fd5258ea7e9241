//! `assay jobs`, `assay run` and `assay cancel`

use app::model::format_utc;
use clap::Args;

use super::{
    Common, backfill,
    bar::{Unit, bar, watcher},
    print_json, stop_on_signal,
};
use crate::{
    config::Config,
    pipeline::{
        Engine, runs,
        schedule::{next_time, run_job},
    },
};

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Name of the job in the configuration.
    #[arg(value_name = "JOB")]
    job: String,
}

/// Options of `cancel`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// Number of the run.
    #[arg(value_name = "RUN")]
    run: i64,
}

/// Lists configured jobs, and those of before that still have a history.
pub(super) async fn list(
    engine: &Engine,
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    let mut jobs = engine.store.jobs().await?;
    // what the configuration says counts, also before a server has noted it
    let now_ms = engine.clock.now_ms();
    for job in &mut jobs {
        let schedule = &config.batch.schedule;
        if schedule
            .iter()
            .all(|configured| configured.name != job.name)
        {
            job.next_run_at = None;
        }
    }
    for job in &config.batch.schedule {
        if jobs.iter().all(|known| known.name != job.name) {
            jobs.push(crate::store::job::Job {
                name: job.name.clone(),
                cron: job.cron.clone(),
                kind: job.job.as_str().to_owned(),
                subject: job.venue.clone(),
                last_run_at: None,
                next_run_at: next_time(&job.cron, now_ms)?,
                state: "idle".to_owned(),
                detail: String::new(),
                run_id: None,
            });
        }
    }
    if common.json {
        print_json(&serde_json::json!({ "jobs": jobs }))?;
        return Ok(true);
    }
    if jobs.is_empty() {
        println!("no job is configured; add [[batch.schedule]] to assay.toml");
    }
    for job in jobs {
        let time = |at: Option<i64>| at.map_or_else(|| "never".to_owned(), format_utc);
        println!(
            "{} ({}, {} {}): {}",
            job.name, job.cron, job.kind, job.subject, job.state
        );
        println!(
            "  last {}, next {}",
            time(job.last_run_at),
            time(job.next_run_at)
        );
        if !job.detail.is_empty() {
            println!("  {}", job.detail);
        }
    }
    Ok(true)
}

/// Runs a job now; false if it did not come to the end.
pub(super) async fn run(
    engine: &Engine,
    args: &RunArgs,
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    stop_on_signal(engine);
    let bar = bar(&args.job, Unit::Candles);
    let report = run_job(engine, config, &args.job, bar.as_ref().map(watcher)).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let report = report?;
    if common.json {
        print_json(&report)?;
    } else {
        backfill::print(&report);
    }
    engine.store.close().await;
    Ok(report.state == "done")
}

/// Asks a run to stop; false if it has ended.
pub(super) async fn cancel(
    engine: &Engine,
    args: &CancelArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let asked = runs::cancel(engine, args.run).await?;
    if common.json {
        print_json(&serde_json::json!({ "run": args.run, "asked": asked }))?;
    } else if asked {
        println!("run {} was asked to stop", args.run);
    } else {
        println!("run {} is not running", args.run);
    }
    Ok(asked)
}
