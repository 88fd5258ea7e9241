//! Jobs at fixed times, on a clock that the test sets.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::exchange;
use crate::server_on_loopback;
use crate::support;

use std::sync::Arc;

use app::model::{HOUR_MS, MINUTE_MS, bucket_start};
use command::Assay;
use exchange::{NOW, config, exchange};
use server::{
    config::{Config, JobConfig, JobKind},
    pipeline::schedule::{JobError, Schedule, run_job, start_job},
    simulator::{Fault, RunningSimulator},
    store::job::Job,
};
use server_on_loopback::Server;
use support::{Bench, DATA};

fn job(name: &str, cron: &str, kind: JobKind) -> JobConfig {
    JobConfig {
        name: name.to_owned(),
        cron: cron.to_owned(),
        job: kind,
        venue: "simulator".to_owned(),
        instrument: None,
        step: None,
    }
}

async fn bench() -> (Bench, RunningSimulator, Arc<Config>) {
    let bench = Bench::new().await;
    bench.engine.clock.set(NOW);
    let exchange = exchange(&bench.engine.clock).await;
    let mut config = config(&exchange);
    config.batch.schedule = vec![
        job("hourly", "5 * * * *", JobKind::Candles),
        job("days", "10 0 * * *", JobKind::Daily),
    ];
    (bench, exchange, Arc::new(config))
}

async fn schedule(bench: &Bench, config: &Arc<Config>) -> Schedule {
    Schedule::begin(bench.engine.clone(), Arc::clone(config))
        .await
        .unwrap()
}

async fn names(schedule: &Schedule) -> Vec<String> {
    let reports = schedule.look().await.unwrap();
    reports.into_iter().map(|(name, _)| name).collect()
}

async fn stored(bench: &Bench, name: &str) -> Job {
    bench.engine.store.job(name).await.unwrap().unwrap()
}

/// Five minutes past the next hour.
fn next_hourly(after: i64) -> i64 {
    let this = bucket_start(after, HOUR_MS) + 5 * MINUTE_MS;
    if this > after { this } else { this + HOUR_MS }
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_once_for_all_it_missed() {
    let (bench, _exchange, config) = bench().await;
    let clock = bench.engine.clock.clone();
    let schedule = schedule(&bench, &config).await;
    assert_eq!(names(&schedule).await, Vec::<String>::new());
    let due = next_hourly(NOW);
    assert_eq!(stored(&bench, "hourly").await.next_run_at, Some(due));
    clock.set(due - 1);
    assert_eq!(names(&schedule).await, Vec::<String>::new());
    clock.set(due);
    assert_eq!(names(&schedule).await, ["hourly"]);
    assert_eq!(names(&schedule).await, Vec::<String>::new());
    let job = stored(&bench, "hourly").await;
    assert_eq!(
        (job.state.as_str(), job.last_run_at),
        ("done", Some(due)),
        "{job:?}"
    );
    assert_eq!(job.next_run_at, Some(due + HOUR_MS));
    let minutes = bench
        .number("select count(*) from silver_candle where pipeline = 'batch'")
        .await;
    assert_eq!(minutes, 179, "three hours, less what has not settled");
    let runs = bench
        .texts("select kind || ' ' || subject || ' ' || state from run")
        .await;
    assert_eq!(runs, ["job hourly done"]);

    // down for seven hours: one run, which reaches over all of them
    drop(schedule);
    clock.advance(7 * HOUR_MS + MINUTE_MS);
    let schedule = self::schedule(&bench, &config).await;
    let ran = names(&schedule).await;
    assert!(ran.contains(&"hourly".to_owned()), "{ran:?}");
    assert_eq!(names(&schedule).await, Vec::<String>::new());
    let first = bench
        .number("select min(opened_at) from silver_candle where step_ms = 60000")
        .await;
    let last = bench
        .number("select max(opened_at) from silver_candle where step_ms = 60000")
        .await;
    let held = bench
        .number("select count(*) from silver_candle where step_ms = 60000")
        .await;
    assert_eq!(
        held,
        (last - first) / MINUTE_MS + 1,
        "no minute is left out between the runs"
    );
    bench.assert_books_balance().await;
    let digests = bench.digests_of(&DATA).await;
    server::pipeline::replay::replay(&bench.engine, None)
        .await
        .unwrap();
    assert_eq!(bench.digests_of(&DATA).await, digests);
}

#[tokio::test]
async fn a_venue_that_fails_is_told_and_asked_again_at_the_next_time() {
    let (bench, exchange, config) = bench().await;
    let schedule = schedule(&bench, &config).await;
    exchange.faults().set(Fault::Blocked, None, None);
    bench.engine.clock.set(next_hourly(NOW));
    assert_eq!(names(&schedule).await, ["hourly"]);
    let job = stored(&bench, "hourly").await;
    assert_eq!(job.state, "failed");
    assert!(job.detail.contains("HTTP 451"), "{job:?}");
    exchange.faults().clear(Fault::Blocked, None);
    assert_eq!(
        names(&schedule).await,
        Vec::<String>::new(),
        "not before its time"
    );
    bench.engine.clock.advance(HOUR_MS);
    assert_eq!(names(&schedule).await, ["hourly"]);
    assert_eq!(stored(&bench, "hourly").await.state, "done");
    let states = bench.texts("select state from run order by id").await;
    assert_eq!(states, ["failed", "done"]);
}

#[tokio::test]
async fn a_job_that_was_cut_off_runs_again_at_the_start() {
    let (bench, _exchange, config) = bench().await;
    schedule(&bench, &config).await;
    let started = start_job(&bench.engine, &config, "hourly", None)
        .await
        .unwrap();
    let again = start_job(&bench.engine, &config, "hourly", None).await;
    assert!(matches!(again, Err(JobError::Running(_))), "{again:?}");
    assert_eq!(stored(&bench, "hourly").await.state, "running");
    // the process ends
    drop(started);
    let schedule = schedule(&bench, &config).await;
    assert_eq!(names(&schedule).await, ["hourly"]);
    assert_eq!(stored(&bench, "hourly").await.state, "done");
    let states = bench.texts("select state from run order by id").await;
    assert_eq!(states, ["interrupted", "done"]);
}

#[tokio::test]
async fn the_configuration_decides_which_jobs_there_are() {
    let (bench, _exchange, config) = bench().await;
    schedule(&bench, &config).await;
    let mut other = (*config).clone();
    other.batch.schedule = vec![job("hourly", "30 * * * *", JobKind::Candles)];
    let other = Arc::new(other);
    let schedule = schedule(&bench, &other).await;
    assert_eq!(stored(&bench, "days").await.next_run_at, None);
    let due = stored(&bench, "hourly").await.next_run_at.unwrap();
    assert_eq!(due % HOUR_MS, 30 * MINUTE_MS);
    bench.engine.clock.advance(30 * 24 * HOUR_MS);
    assert_eq!(
        names(&schedule).await,
        ["hourly"],
        "days is not configured any more"
    );
    let unknown = run_job(&bench.engine, &other, "days", None)
        .await
        .unwrap_err();
    assert!(unknown.to_string().contains("it knows hourly"), "{unknown}");
}

#[tokio::test]
async fn daily_candles_come_by_the_day() {
    let (bench, _exchange, config) = bench().await;
    let report = run_job(&bench.engine, &config, "days", None).await.unwrap();
    assert_eq!((report.state, report.step), ("done", "1d"), "{report:?}");
    assert_eq!(report.observed, report.expected);
    assert!((2..=4).contains(&report.observed), "{report:?}");
    let steps = bench
        .texts("select distinct cast(step_ms as text) from silver_candle")
        .await;
    assert_eq!(steps, ["86400000"]);
}

#[tokio::test]
async fn operators_run_a_job_over_http() {
    let (bench, _exchange, config) = bench().await;
    schedule(&bench, &config).await;
    let server = Server::start(&bench.engine, bench.folder.path(), (*config).clone()).await;
    let foreign = server
        .post("/api/v1/jobs/hourly/run")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let unknown = server.post("/api/v1/jobs/weekly/run").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    let answer = server.post("/api/v1/jobs/hourly/run").send().await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let run_id = answer["run_id"].as_i64().unwrap();
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(5));
    while stored(&bench, "hourly").await.state == "running" {
        tick.tick().await;
    }
    let run = bench.engine.store.run(run_id).await.unwrap();
    assert_eq!(
        (run.kind.as_str(), run.state.as_str()),
        ("job", "done"),
        "{run:?}"
    );
    let jobs = server.get("/api/v1/jobs").send().await.unwrap();
    let jobs: serde_json::Value = serde_json::from_slice(&jobs.bytes().await.unwrap()).unwrap();
    assert_eq!(jobs["jobs"][1]["name"], "hourly");
    assert_eq!(jobs["jobs"][1]["state"], "done");
}

#[test]
fn the_command_line_lists_and_runs_jobs() {
    let assay = Assay::new();
    let toml = "[[batch.schedule]]\nname = \"hourly\"\ncron = \"5 * * * *\"\njob = \"candles\"\nvenue = \"simulator\"\n";
    assay.write("assay.toml", toml);
    let json = |args: &[&str]| -> serde_json::Value {
        let output = assay.run(args);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let jobs = json(&["jobs", "--json"]);
    assert_eq!(jobs["jobs"][0]["state"], "idle");
    assert!(jobs["jobs"][0]["next_run_at"].is_i64(), "{jobs}");
    let report = json(&["run", "hourly", "--json"]);
    assert_eq!(report["state"], "done", "{report}");
    let jobs = json(&["jobs", "--json"]);
    assert_eq!(jobs["jobs"][0]["state"], "done", "{jobs}");
    let unknown = assay.run(&["run", "weekly"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no job \"weekly\""));
}
