//! Candles of the past: every page once, whatever happens in between.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::exchange;
use crate::support;

use std::{process::Stdio, sync::Arc, time::Duration};

use app::model::{HOUR_MS, MINUTE_MS, RunVm, Step};
use command::Assay;
use exchange::{NOW, config, exchange, hours_before};
use server::{
    config::Config,
    pipeline::{
        backfill::{Backfill, BackfillReport, backfill},
        progress::Watcher,
        replay::{ReplayFilter, replay, replay_of},
    },
    simulator::{Fault, RunningSimulator},
};
use support::{Bench, DATA};
use tokio::sync::Notify;

async fn bench() -> (Bench, RunningSimulator, Config) {
    let bench = Bench::new().await;
    bench.engine.clock.set(NOW);
    let exchange = exchange(&bench.engine.clock).await;
    let config = config(&exchange);
    (bench, exchange, config)
}

async fn take(bench: &Bench, config: &Config, wanted: &Backfill) -> BackfillReport {
    backfill(&bench.engine, config, wanted, None).await.unwrap()
}

/// Every step of the run is told; the clock moves with the steps.
fn watch(bench: &Bench, act: impl Fn(&RunVm) + Send + Sync + 'static) -> Watcher {
    let clock = bench.engine.clock.clone();
    Arc::new(move |run: &RunVm| {
        clock.advance(250);
        act(run);
    })
}

#[tokio::test]
async fn pages_follow_each_other_and_a_repeat_adds_nothing() {
    let (bench, _exchange, config) = bench().await;
    let wanted = hours_before(NOW - HOUR_MS, 60);
    let first = take(&bench, &config, &wanted).await;
    assert_eq!(first.state, "done", "{first:?}");
    assert_eq!((first.pages, first.pages_known), (4, 0));
    let minutes = 60 * 60 + 1; // both ends lie inside a minute
    assert_eq!(
        (first.rows, first.accepted, first.quarantined),
        (minutes, minutes, 0)
    );
    assert_eq!((first.expected, first.observed), (minutes, minutes));
    bench.assert_books_balance().await;
    let digests = bench.digests().await;

    let again = take(&bench, &config, &wanted).await;
    assert_eq!((again.pages, again.pages_known), (4, 4), "{again:?}");
    assert_eq!((again.accepted, again.deduplicated), (0, minutes));
    assert_eq!(bench.digests().await, digests);

    assert_eq!(replay(&bench.engine, None).await.unwrap(), 4);
    assert_eq!(bench.digests().await, digests);
    bench.assert_books_balance().await;
    let candles = ReplayFilter {
        from: Some(wanted.from),
        to: Some(wanted.from + HOUR_MS),
        ..ReplayFilter::default()
    };
    assert_eq!(replay_of(&bench.engine, candles, None).await.unwrap(), 4);
    assert_eq!(bench.digests().await, digests);
    bench.assert_books_balance().await;
    let nothing = ReplayFilter {
        from: None,
        to: Some(first.from),
        ..candles
    };
    assert_eq!(replay_of(&bench.engine, nothing, None).await.unwrap(), 0);
    let gap = bench.check("candle.gap", "backfill 1m").await;
    assert_eq!(gap.0, "pass", "{gap:?}");
    let pipelines = bench
        .texts("select distinct pipeline from silver_candle")
        .await;
    assert_eq!(pipelines, ["batch"]);
}

#[tokio::test]
async fn what_has_not_settled_is_left_for_the_next_time() {
    let (bench, _exchange, config) = bench().await;
    let mut wanted = hours_before(NOW, 1);
    let first = take(&bench, &config, &wanted).await;
    // at 15 s past the minute neither the running minute nor the one before it has settled for long enough
    assert_eq!(first.to, NOW - 15_000 - MINUTE_MS);
    let not_final = bench
        .number("select count(*) from silver_candle where is_final = 0")
        .await;
    assert_eq!(not_final, 0);
    bench.engine.clock.advance(2 * MINUTE_MS);
    wanted.to += 2 * MINUTE_MS;
    let second = take(&bench, &config, &wanted).await;
    assert_eq!((second.state, second.accepted), ("done", 2), "{second:?}");
    bench.assert_books_balance().await;

    let future = Backfill {
        from: NOW + HOUR_MS,
        to: NOW + 2 * HOUR_MS,
        ..wanted.clone()
    };
    let nothing = take(&bench, &config, &future).await;
    assert_eq!((nothing.state, nothing.pages), ("done", 0));
    let backwards = Backfill {
        to: wanted.from,
        ..wanted
    };
    let refused = backfill(&bench.engine, &config, &backwards, None).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("later than --from")
    );
}

#[tokio::test]
async fn dropped_in_the_middle_it_goes_on_behind_the_last_page() {
    let (bench, _exchange, config) = bench().await;
    let wanted = hours_before(NOW - HOUR_MS, 100);
    let reached = Arc::new(Notify::new());
    let notify = Arc::clone(&reached);
    let watcher = watch(&bench, move |run| {
        if run.phase == "fetching" && run.rows >= 2_000 {
            notify.notify_one();
        }
    });
    tokio::select! {
        report = backfill(&bench.engine, &config, &wanted, Some(watcher)) => panic!("it was faster: {report:?}"),
        () = reached.notified() => {}
    }
    let taken = bench.number("select count(*) from silver_candle").await;
    assert!(taken >= 1_000, "{taken}");
    bench.assert_books_balance().await;

    bench.engine.clock.set(NOW);
    let rest = take(&bench, &config, &wanted).await;
    assert_eq!(rest.state, "done", "{rest:?}");
    let taken = bench
        .number("select count(*) from silver_candle where landing_id in (1, 2)")
        .await;
    assert_eq!(rest.resumed_at, Some(rest.from + taken * MINUTE_MS));
    assert_eq!(rest.accepted, 6_001 - taken);
    bench.assert_books_balance().await;

    let (left_alone, _exchange, config) = self::bench().await;
    take(&left_alone, &config, &wanted).await;
    assert_eq!(bench.digests().await, left_alone.digests().await);
    let states = bench.texts("select state from run order by id").await;
    assert_eq!(states, ["interrupted", "done"]);
    let cursor = bench.texts("select resume_from from checkpoint").await;
    assert_eq!(cursor, [""], "nothing is left to do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_it_goes_on_behind_the_last_page() {
    let (left_alone, exchange, config) = bench().await;
    let wanted = hours_before(NOW - HOUR_MS, 400);
    let whole = take(&left_alone, &config, &wanted).await;
    assert_eq!(whole.accepted, 24_001, "{whole:?}");

    let assay = Assay::new();
    let toml = format!("[venue.simulator]\nrest = \"{}\"\n", exchange.base_url());
    assay.write("assay.toml", toml);
    support::engine(&assay.database()).await.store.close().await;
    let args = format!(
        "backfill --venue simulator --from {} --to {} --json",
        wanted.from, wanted.to
    );
    let args: Vec<&str> = args.split(' ').collect();
    let pool = support::pool(&assay.database()).await;
    let mut child = assay
        .command(&args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(2));
    loop {
        tick.tick().await;
        let row: Option<(i64,)> = sqlx::query_as("select rows from run")
            .fetch_optional(&pool)
            .await
            .unwrap();
        assert!(child.try_wait().unwrap().is_none(), "it was faster");
        if row.is_some_and(|(rows,)| rows >= 3_000) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    pool.close().await;

    // the exchange answers from another thread
    let output = tokio::task::block_in_place(|| assay.run(&args));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["resumed_at"].is_i64(), "{report}");
    assert!(report["accepted"].as_i64().unwrap() <= 21_001, "{report}");
    let tables = assay.digest();
    for digest in left_alone.digests_of(&DATA).await {
        let same = tables["tables"]
            .as_array()
            .unwrap()
            .iter()
            .find(|table| table["table"] == digest.table);
        assert_eq!(same.unwrap()["sha256"], digest.sha256, "{}", digest.table);
    }
    let pool = support::pool(&assay.database()).await;
    let states: Vec<(String,)> = sqlx::query_as("select state from run order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(states, [("interrupted".to_owned(),), ("done".to_owned(),)]);
}

#[tokio::test]
async fn a_venue_in_trouble_is_asked_again() {
    let (bench, exchange, config) = bench().await;
    let faults = exchange.faults().clone();
    let mut troubles = vec![Fault::RateLimit, Fault::ServerError, Fault::TruncatedJson];
    faults.set(troubles[0], None, None);
    let troubles = std::sync::Mutex::new((troubles.remove(0), troubles));
    let seen = faults.clone();
    let watcher = watch(&bench, move |run| {
        if run.phase == "waiting for the venue" {
            let mut troubles = troubles.lock().unwrap();
            seen.clear(troubles.0, None);
            if let Some(next) = troubles.1.pop() {
                seen.set(next, None, None);
                troubles.0 = next;
            }
        }
    });
    let wanted = hours_before(NOW - HOUR_MS, 2);
    let report = backfill(&bench.engine, &config, &wanted, Some(watcher))
        .await
        .unwrap();
    assert_eq!((report.state, report.accepted), ("done", 121), "{report:?}");
    assert!(faults.list().is_empty(), "every trouble was met");
    let refused = bench
        .texts("select state || ' ' || detail from bronze_landing where state <> 'done'")
        .await;
    assert!(
        refused.len() == 1 && refused[0].starts_with("refused the answer is not valid json"),
        "{refused:?}"
    );
    bench.assert_books_balance().await;

    faults.set(Fault::Blocked, None, None);
    let blocked = take(&bench, &config, &hours_before(NOW - 9 * HOUR_MS, 2)).await;
    assert_eq!(blocked.state, "failed");
    let reason = blocked.reason.unwrap();
    assert!(
        reason.contains("HTTP 451") && reason.contains("where it left off"),
        "{reason}"
    );
    let states = bench.texts("select state from run order by id").await;
    assert_eq!(states, ["done", "failed"]);
}

#[tokio::test]
async fn a_minute_that_the_venue_leaves_out_is_a_gap() {
    let (bench, exchange, config) = bench().await;
    exchange.faults().set(Fault::MissingMinutes, None, None);
    bench.engine.clock.advance(40 * MINUTE_MS);
    let wanted = hours_before(NOW + 35 * MINUTE_MS, 2);
    let report = take(&bench, &config, &wanted).await;
    assert_eq!(report.state, "done");
    let missing = report.expected - report.observed;
    assert!((20..30).contains(&missing), "{report:?}");
    let (state, failed, summary) = bench.check("candle.gap", "backfill 1m").await;
    assert!(state != "pass" && failed > 0, "{state} {failed} {summary}");
}

#[tokio::test]
async fn cancelled_it_keeps_its_pages_and_goes_on_later() {
    let (bench, _exchange, config) = bench().await;
    let wanted = hours_before(NOW - HOUR_MS, 60);
    let runs = bench.engine.hub.runs().clone();
    let watcher = watch(&bench, move |run| {
        if run.rows >= 2_000 {
            assert!(runs.stop(run.id));
        }
    });
    let report = backfill(&bench.engine, &config, &wanted, Some(watcher))
        .await
        .unwrap();
    assert_eq!(report.state, "cancelled", "{report:?}");
    bench.assert_books_balance().await;
    bench.engine.clock.set(NOW);
    let rest = take(&bench, &config, &wanted).await;
    assert_eq!((rest.state, rest.observed), ("done", 3_601), "{rest:?}");
    assert!(rest.resumed_at.is_some());
}

#[tokio::test]
async fn steps_and_files_of_one_series_meet_in_gold() {
    let (bench, _exchange, config) = bench().await;
    let day = Backfill {
        step: Step::ALL[5],
        from: NOW - 40 * 24 * HOUR_MS,
        to: NOW,
        ..hours_before(NOW, 1)
    };
    let days = take(&bench, &config, &day).await;
    assert_eq!(
        (days.state, days.observed),
        ("done", days.expected),
        "{days:?}"
    );
    let minutes = take(&bench, &config, &hours_before(NOW - HOUR_MS, 30)).await;
    assert_eq!(minutes.state, "done");
    bench.assert_books_balance().await;
    let digests = bench.digests().await;
    replay(&bench.engine, None).await.unwrap();
    assert_eq!(bench.digests().await, digests);
}
