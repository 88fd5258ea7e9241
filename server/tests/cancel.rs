//! A run that somebody stops leaves nothing half done, and can be begun again.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::server_on_loopback;
use crate::support;

use std::{path::Path, sync::Arc};

use app::model::{Pipeline, RunState, RunVm};
use command::Assay;
use server::{
    config::Config,
    pipeline::{
        Engine,
        batch::{FileReport, IngestOptions, ingest_file, recover},
        lock::{BatchLock, WAITING},
        progress::{Progress, Watcher},
        runs,
    },
    store::RunProgress,
};
use server_on_loopback::Server;
use support::{Bench, DATA, MONDAY, Row, VENUE, calm, csv_of, wild};

/// What is known of the market.
const SEEN: [&str; 5] = [
    "silver_candle",
    "gold_candle",
    "gold_day",
    "gold_period",
    "gold_profile",
];

/// Calls `act` with every step of the run; the clock moves with the steps, so that none goes untold.
fn watch(engine: &Engine, act: impl Fn(&Engine, &RunVm) + Send + Sync + 'static) -> Watcher {
    let engine = engine.clone();
    Arc::new(move |run: &RunVm| {
        engine.clock.advance(1_000);
        act(&engine, run);
    })
}

fn stop_when(engine: &Engine, when: impl Fn(&RunVm) -> bool + Send + Sync + 'static) -> Watcher {
    watch(engine, move |engine, run| {
        if when(run) {
            assert!(engine.hub.runs().stop(run.id));
        }
    })
}

async fn ingest(bench: &Bench, path: &Path, watcher: Option<Watcher>) -> FileReport {
    let options = IngestOptions {
        venue: Some(VENUE.to_owned()),
        ..IngestOptions::default()
    };
    ingest_file(&bench.engine, path, &options, watcher)
        .await
        .unwrap()
}

fn restated(rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.volume += 0.5;
    }
    rows
}

async fn states(bench: &Bench) -> (Vec<String>, Vec<String>) {
    (
        bench.texts("select state from run order by id").await,
        bench
            .texts("select state from bronze_landing order by id")
            .await,
    )
}

#[tokio::test]
async fn a_cancelled_ingest_leaves_silver_and_gold_as_they_were() {
    let rows = wild(71, MONDAY, 40_000);
    let bench = Bench::new().await;
    bench.take("first.csv", csv_of(&rows[..9_000])).await;
    let before = bench.digests_of(&SEEN).await;
    let second = bench.path("second.csv");
    std::fs::write(&second, csv_of(&restated(&rows[4_000..]))).unwrap();

    let stop = stop_when(&bench.engine, |run| run.rows >= 20_000);
    let report = ingest(&bench, &second, Some(stop)).await;
    assert_eq!(report.state, "cancelled", "{report:?}");
    assert_eq!(bench.digests_of(&SEEN).await, before);
    bench.assert_books_balance().await;
    assert_eq!(
        bench
            .number("select count(*) from silver_candle_restated")
            .await,
        0
    );
    let (runs, landings) = states(&bench).await;
    assert_eq!(runs, ["done", "cancelled"]);
    assert_eq!(landings, ["done", "cancelled"]);
    assert_eq!(
        recover(&bench.engine).await.unwrap(),
        0,
        "a restart leaves it alone"
    );

    let again = ingest(&bench, &second, None).await;
    assert_eq!(again.state, "done", "{again:?}");
    bench.assert_books_balance().await;
    let left_alone = Bench::new().await;
    left_alone.take("first.csv", csv_of(&rows[..9_000])).await;
    left_alone
        .take("second.csv", csv_of(&restated(&rows[4_000..])))
        .await;
    assert_eq!(bench.digests().await, left_alone.digests().await);
}

/// Taken in again after others it counts as the newest, and a replay sees it so.
#[tokio::test]
async fn what_was_cancelled_lands_anew_behind_what_has_come_since() {
    let rows = calm(72, MONDAY, 30_000);
    let bench = Bench::new().await;
    let first = bench.path("first.csv");
    std::fs::write(&first, csv_of(&rows)).unwrap();
    let stop = stop_when(&bench.engine, |run| run.rows >= 10_000);
    assert_eq!(ingest(&bench, &first, Some(stop)).await.state, "cancelled");
    bench
        .take("second.csv", csv_of(&restated(&rows[500..900])))
        .await;
    assert_eq!(ingest(&bench, &first, None).await.state, "done");
    let digests = bench.digests_of(&DATA).await;
    server::pipeline::replay::replay(&bench.engine, None)
        .await
        .unwrap();
    assert_eq!(bench.digests_of(&DATA).await, digests);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn cancelled_while_its_bytes_land_a_file_has_never_been_there() {
    let bench = Bench::new().await;
    let file = bench.path("a.csv");
    std::fs::write(&file, csv_of(&calm(73, MONDAY, 2_000))).unwrap();
    let stop = stop_when(&bench.engine, |run| run.phase == "landing");
    assert_eq!(ingest(&bench, &file, Some(stop)).await.state, "cancelled");
    for table in ["bronze_landing", "bronze_part", "silver_candle"] {
        let rows = bench.number(&format!("select count(*) from {table}")).await;
        assert_eq!(rows, 0, "{table}");
    }
    assert_eq!(ingest(&bench, &file, None).await.state, "done");
}

#[tokio::test]
async fn an_ingest_that_waits_for_another_says_so_and_can_be_cancelled() {
    let bench = Bench::new().await;
    let file = bench.path("a.csv");
    std::fs::write(&file, csv_of(&calm(74, MONDAY, 100))).unwrap();
    let lock = BatchLock::acquire(&bench.engine.store).await.unwrap();
    let stop = stop_when(&bench.engine, |run| run.phase == WAITING);
    assert_eq!(ingest(&bench, &file, Some(stop)).await.state, "cancelled");
    assert_eq!(states(&bench).await, (vec!["cancelled".to_owned()], vec![]));
    drop(lock);
    assert_eq!(ingest(&bench, &file, None).await.state, "done");
}

#[tokio::test]
async fn another_process_can_cancel_a_run_through_the_database() {
    let bench = Bench::new().await;
    let begin = || Progress::begin(&bench.engine, Pipeline::Batch, "ingest", "a.csv", None);
    let at = RunProgress {
        phase: "refining",
        ..RunProgress::default()
    };
    // as another process: an engine that knows nothing of the run but what the database says
    let other = support::engine(&bench.path("assay.db")).await;
    let mut at_work = begin().await.unwrap();
    at_work.note(at).await.unwrap();
    assert!(runs::cancel(&other, at_work.run_id).await.unwrap());
    let error = at_work.note(at).await.unwrap_err();
    assert!(runs::is_cancelled(&error), "{error:#}");
    at_work.end_with(&Err(error)).await.unwrap();

    let waiting = begin().await.unwrap();
    assert!(runs::cancel(&other, waiting.run_id).await.unwrap());
    waiting.cancelled().await;
    // neither process takes the other's runs for dead
    runs::reap(&other).await.unwrap();
    assert_eq!(states(&bench).await.0, ["cancelled", "running"]);
    waiting.end(RunState::Cancelled, "").await.unwrap();
    assert!(!runs::cancel(&other, 2).await.unwrap(), "it has ended");
}

#[tokio::test]
async fn only_operators_cancel_over_http() {
    let bench = Bench::new().await;
    let server = Server::start(&bench.engine, bench.folder.path(), Config::default()).await;
    let file = bench.path("a.csv");
    std::fs::write(&file, csv_of(&calm(76, MONDAY, 100))).unwrap();
    let lock = BatchLock::acquire(&bench.engine.store).await.unwrap();
    let (sender, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let watcher = watch(&bench.engine, move |_, run| {
        if run.phase == WAITING {
            sender.send(run.id).unwrap();
        }
    });
    let ask = async {
        let id = waiting.recv().await.unwrap();
        let path = format!("/api/v1/runs/{id}/cancel");
        let foreign = server.post(&path).header("sec-fetch-site", "cross-site");
        assert_eq!(foreign.send().await.unwrap().status(), 403);
        assert_eq!(server.post(&path).send().await.unwrap().status(), 200);
        let unknown = server.post("/api/v1/runs/99/cancel").send().await.unwrap();
        assert_eq!(unknown.status(), 404);
        let odd = server.post("/api/v1/runs/x/cancel").send().await.unwrap();
        assert_eq!(odd.status(), 400);
        id
    };
    let options = IngestOptions::default();
    let (report, id) = tokio::join!(
        ingest_file(&bench.engine, &file, &options, Some(watcher)),
        ask
    );
    assert_eq!(report.unwrap().state, "cancelled");
    let ended = server
        .post(&format!("/api/v1/runs/{id}/cancel"))
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 404, "it has ended");
    drop(lock);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_takes_the_whole_file_back_and_exits_with_1() {
    let assay = Assay::new();
    let file = assay.write("big.csv", csv_of(&calm(77, MONDAY, 400_000)));
    support::engine(&assay.database()).await.store.close().await;
    let pool = support::pool(&assay.database()).await;
    let child = assay
        .command(&["ingest", file.to_str().unwrap(), "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(5));
    loop {
        tick.tick().await;
        let rows: Option<(i64,)> = sqlx::query_as("select rows from run")
            .fetch_optional(&pool)
            .await
            .unwrap();
        if rows.is_some_and(|(rows,)| rows > 0) {
            break;
        }
    }
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["files"][0]["state"], "cancelled", "{json}");
    let (state,): (String,) = sqlx::query_as("select state from run")
        .fetch_one(&pool)
        .await
        .unwrap();
    let (rows,): (i64,) = sqlx::query_as("select count(*) from silver_candle")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!((state.as_str(), rows), ("cancelled", 0));
    pool.close().await;
    let left = std::fs::read_dir(assay.folder.path()).unwrap().flatten();
    let locks: Vec<_> = left
        .filter(|file| file.file_name().to_string_lossy().contains("-run-"))
        .collect();
    assert!(locks.is_empty(), "{locks:?}");
}
