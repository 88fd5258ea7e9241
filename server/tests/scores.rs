//! Scores and timelines as they are asked for, from results and alerts in the database.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use std::path::Path;

use app::model::{CheckState, DAY_MS, HOUR_MS, MINUTE_MS, Outcome, Pipeline};
use serde_json::Value;
use server::{
    config::Config,
    pipeline::{judge::record, score, selfcheck::SelfCheck},
    quality::alert::Patience,
};

use crate::{
    server_on_loopback::Server,
    support::{Bench, MONDAY, NOW, calm, csv_of},
};

const LIVE: &str = "BTC-USDT/binance/live";

/// Stores a result of a live check, as the pipeline does.
async fn judge(bench: &Bench, check: &'static str, entity: &str, state: CheckState, failed: i64) {
    let book = bench.engine.hub.rules().now();
    let rule = book.get(check).unwrap();
    let outcome = Outcome {
        state,
        failed,
        ..rule.passed(entity, Pipeline::Live, 100, "a test".to_owned())
    };
    let mut tx = bench.engine.store.begin().await.unwrap();
    let now_ms = bench.engine.clock.now_ms();
    let patience = Patience::default();
    record(&mut tx, &book, &[outcome], None, patience, now_ms)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn ask(server: &Server, path: &str) -> Value {
    let answer = server.get(&format!("/api/v1{path}")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

fn of<'a>(board: &'a Value, kind: &str, name: &str) -> &'a Value {
    let scores = board["scores"].as_array().unwrap();
    scores
        .iter()
        .find(|score| score["of"] == kind && score["name"] == name)
        .unwrap()
}

#[tokio::test]
async fn a_finding_lowers_its_scores_until_it_is_over_and_each_opens_down_to_the_rows() {
    let bench = Bench::new().await;
    bench.engine.clock.set(NOW);
    judge(&bench, "candle.gap", LIVE, CheckState::Pass, 0).await;
    judge(&bench, "feed.silence", LIVE, CheckState::Pass, 0).await;
    assert!(score::keep(&bench.engine).await.unwrap() > 0);
    assert_eq!(
        score::keep(&bench.engine).await.unwrap(),
        0,
        "nothing has changed"
    );

    bench.engine.clock.advance(10 * MINUTE_MS);
    judge(&bench, "candle.gap", LIVE, CheckState::Error, 20).await;
    score::keep(&bench.engine).await.unwrap();
    let server = Server::start(&bench.engine, Path::new("."), Config::default()).await;
    let board = ask(&server, "/scores").await;
    let overall = of(&board, "overall", "");
    assert_eq!(overall["score"], 70.0, "{overall}");
    assert!(
        overall["cap"].as_str().unwrap().contains("candle.gap"),
        "{overall}"
    );
    assert_eq!(of(&board, "layer", "bronze")["score"], 100.0);
    assert_eq!(of(&board, "venue", "binance")["score"], 70.0);
    assert_eq!(of(&board, "dimension", "timeliness")["score"], 100.0);
    let history = of(&board, "layer", "silver")["history"].as_array().unwrap();
    assert_eq!(history.first().unwrap()[1], 100.0);
    assert_eq!(history.last().unwrap()[1], 70.0);

    let opened = ask(&server, "/scores/overall/all").await;
    let cost = &opened["costs"][0];
    assert_eq!(
        (&cost["check_id"], &cost["entity"]),
        (&"candle.gap".into(), &LIVE.into())
    );
    assert_eq!(cost["points"], 20.0, "20 of 100 candles of the only check");
    let alert = bench
        .engine
        .store
        .alert(cost["alert_id"].as_i64().unwrap())
        .await
        .unwrap();
    assert_eq!(alert.unwrap().alert.check_id, "candle.gap");
    let checked = ask(&server, "/scores/check/candle.gap").await;
    assert_eq!(checked["score"]["score"], 70.0);

    let health = ask(&server, "/health").await;
    assert_eq!(of(&health, "overall", "")["score"], 70.0);
    assert!(health["open_alerts"].as_i64().unwrap() == 1);

    bench.engine.clock.advance(10 * MINUTE_MS);
    judge(&bench, "candle.gap", LIVE, CheckState::Pass, 0).await;
    let board = ask(&server, "/scores").await;
    assert_eq!(of(&board, "overall", "")["score"], 100.0);
    for (path, status) in [
        ("/scores/layer/copper", 404),
        ("/scores/mood/good", 400),
        ("/scores?hours=0", 400),
        ("/timelines?hours=1000", 400),
    ] {
        let answer = server.get(&format!("/api/v1{path}")).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test]
async fn timelines_show_what_was_not_well_worst_first() {
    let bench = Bench::new().await;
    let states = [
        (0, "candle.gap", CheckState::Pass),
        (0, "candle.order", CheckState::Pass),
        (0, "feed.silence", CheckState::Warn),
        (60, "candle.gap", CheckState::Critical),
        (75, "candle.gap", CheckState::Pass),
        (90, "feed.silence", CheckState::Pass),
    ];
    let mut at = 0;
    for (minute, check, state) in states {
        bench.engine.clock.advance((minute - at) * MINUTE_MS);
        at = minute;
        judge(
            &bench,
            check,
            LIVE,
            state,
            i64::from(state != CheckState::Pass),
        )
        .await;
    }
    bench.engine.clock.advance(30 * MINUTE_MS);
    let server = Server::start(&bench.engine, Path::new("."), Config::default()).await;
    let answer = ask(&server, "/timelines?hours=168").await;
    let timelines = answer["timelines"].as_array().unwrap();
    let checks: Vec<&str> = timelines
        .iter()
        .map(|one| one["check_id"].as_str().unwrap())
        .collect();
    assert_eq!(
        checks,
        ["candle.gap", "feed.silence"],
        "what was well all the time is not shown"
    );
    let minute = |minutes: i64| NOW + minutes * MINUTE_MS;
    assert_eq!(
        timelines[0]["spans"],
        serde_json::json!([
            [minute(0), minute(60), "pass"],
            [minute(60), minute(75), "critical"],
            [minute(75), minute(120), "pass"],
        ])
    );
    // a day later all has been well for longer than the window
    bench.engine.clock.advance(DAY_MS);
    judge(&bench, "feed.silence", LIVE, CheckState::Pass, 0).await;
    assert_eq!(
        ask(&server, "/timelines").await["timelines"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn the_engine_tells_when_its_checks_are_not_evaluated() {
    let bench = Bench::new().await;
    judge(&bench, "feed.silence", LIVE, CheckState::Pass, 0).await;
    let selfcheck = SelfCheck::begin(bench.engine.clone(), &Config::default());
    selfcheck.look().await.unwrap();
    let state = async || bench.check("dq.heartbeat", LIVE).await.0;
    assert_eq!(state().await, "pass");
    bench.engine.clock.advance(HOUR_MS);
    selfcheck.look().await.unwrap();
    assert_eq!(state().await, "critical");
    let alerts = bench
        .texts("select severity from alert where check_id = 'dq.heartbeat'")
        .await;
    assert_eq!(alerts, ["critical"]);
    judge(&bench, "feed.silence", LIVE, CheckState::Pass, 0).await;
    selfcheck.look().await.unwrap();
    assert_eq!(state().await, "pass");
}

#[tokio::test]
async fn a_file_has_a_score_and_old_history_is_forgotten() {
    let bench = Bench::new().await;
    let report = bench.take("calm.csv", csv_of(&calm(1, MONDAY, 300))).await;
    assert_eq!(report.state, "done");
    score::keep(&bench.engine).await.unwrap();
    let rows = "select count(*) from score where kind = 'venue' and name = 'bitfinex'";
    assert_eq!(bench.number(rows).await, 1);
    bench.engine.clock.advance(91 * DAY_MS);
    score::forget(&bench.engine).await.unwrap();
    assert_eq!(bench.number("select count(*) from score").await, 0);
}
