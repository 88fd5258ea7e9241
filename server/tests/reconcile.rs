//! Live against batch: minutes of the live pipeline against those of a backfill, in the simulator. Untouched they all
//! agree; whatever is tampered with on either side is found, shown, exported, and gone once it is mended.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use app::model::{AlertState, CheckState, Difference, MINUTE_MS, Pipeline};
use server::{
    pipeline::{
        Engine,
        backfill::backfill,
        goldchecks::{GoldChecks, evaluate},
    },
    store::{
        Names, SeriesKey, StoreError,
        export::{Cell, Filter, TABLES},
        touched::touch,
        view::Window,
    },
};
use sqlx::{AssertSqlSafe, SqlitePool, sqlite::SqliteConnectOptions};

use crate::{
    exchange::{config, hours_before},
    live_faults::bench::{Bench, START},
};

const OF: (&str, &str) = ("BTC-USDT", "simulator");
const ENTITY: &str = "BTC-USDT/simulator/gold";

/// Judges until nothing is left to judge.
async fn settle(engine: &Engine) {
    let mut duty = GoldChecks::new(engine.clone());
    while duty.step().await.unwrap() {}
}

async fn names(engine: &Engine) -> Names {
    let key = engine.store.numbers(OF.0, OF.1).await.unwrap().unwrap();
    Names {
        instrument_id: key.instrument_id,
        venue_id: key.venue_id,
    }
}

/// Changes rows behind the pipelines' back; the stretch counts as changed.
async fn tamper(engine: &Engine, sql: &[String], at: i64) {
    let file = engine.store.file().unwrap();
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file))
        .await
        .unwrap();
    for text in sql {
        let done = sqlx::query(AssertSqlSafe(text.clone()))
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1, "{text}");
    }
    pool.close().await;
    let key = SeriesKey {
        names: names(engine).await,
        pipeline: Pipeline::Live,
        step_ms: MINUTE_MS,
    };
    let mut tx = engine.store.begin().await.unwrap();
    touch(&mut tx, &key, at, at).await.unwrap();
    tx.commit().await.unwrap();
}

fn minute(pipeline: &str, at: i64) -> String {
    format!("pipeline = '{pipeline}' and step_ms = 60000 and opened_at = {at}")
}

async fn counts(engine: &Engine) -> (i64, i64) {
    let days = engine
        .store
        .reconcile_days(OF, Window::newest(10))
        .await
        .unwrap();
    days.iter().fold((0, 0), |(compared, matched), day| {
        (compared + day.compared, matched + day.matched)
    })
}

async fn kinds(engine: &Engine) -> Vec<(i64, Difference)> {
    let found = engine
        .store
        .differences(OF, Window::newest(100))
        .await
        .unwrap();
    found
        .iter()
        .rev()
        .map(|difference| (difference.opened_at, difference.kind))
        .collect()
}

/// Rows of `assay export --dataset difference`, which reads the store like this.
async fn exported(engine: &Engine) -> usize {
    let table = TABLES
        .iter()
        .find(|table| table.dataset == "difference")
        .unwrap();
    let mut rows = 0;
    let count = |cells: &[Cell]| -> Result<(), StoreError> {
        assert_eq!(cells.len(), table.columns.len());
        assert_eq!(cells[1], Cell::Text(OF.1.to_owned()));
        rows += 1;
        Ok(())
    };
    let filter = Filter {
        venue: Some(OF.1.to_owned()),
        ..Filter::default()
    };
    engine.store.export(table, &filter, count).await.unwrap();
    rows
}

#[tokio::test]
async fn untouched_minutes_agree_and_what_is_tampered_with_is_found() {
    let bench = Bench::start().await;
    let engine = &bench.engine;
    let config = config(&bench.simulator);
    let report = backfill(engine, &config, &hours_before(START, 6), None)
        .await
        .unwrap();
    assert_eq!(report.state, "done");
    settle(engine).await;
    let (compared, matched) = counts(engine).await;
    assert!((350..=360).contains(&compared), "{compared}");
    assert_eq!(matched, compared, "{:?}", kinds(engine).await);
    let check = bench.check("rec.live_vs_batch").await;
    assert_eq!(
        (check.entity.as_str(), check.state, check.value),
        (ENTITY, CheckState::Pass, Some(1.0))
    );

    let at = |minutes: i64| START - 15_000 - minutes * MINUTE_MS;
    let changes = [
        format!(
            "update silver_candle set close = close * 1.0003 where {}",
            minute("live", at(200))
        ),
        format!(
            "update silver_candle set volume = volume * 0.9 where {}",
            minute("live", at(150))
        ),
        format!(
            "delete from silver_candle where {}",
            minute("live", at(100))
        ),
        format!(
            "delete from silver_candle where {}",
            minute("batch", at(50))
        ),
    ];
    tamper(engine, &changes, at(50)).await;
    tamper(engine, &[], at(200)).await;
    settle(engine).await;
    assert_eq!(
        kinds(engine).await,
        [
            (at(200), Difference::Price),
            (at(150), Difference::Volume),
            (at(100), Difference::MissingLive),
            (at(50), Difference::MissingBatch)
        ]
    );
    assert_eq!(counts(engine).await, (compared, compared - 4));
    let check = bench.check("rec.live_vs_batch").await;
    assert_eq!((check.state, check.failed), (CheckState::Error, 4));
    let alerts = engine.store.alerts(100).await.unwrap();
    let ours = |alerts: &[app::model::AlertVm]| -> Vec<AlertState> {
        let is_ours = |alert: &&app::model::AlertVm| alert.check_id == "rec.live_vs_batch";
        alerts
            .iter()
            .filter(is_ours)
            .map(|alert| alert.state)
            .collect()
    };
    assert_eq!(ours(&alerts).len(), 1);
    assert!(ours(&alerts)[0].is_open());

    // the chart marks these minutes
    let series = engine.store.numbers(OF.0, OF.1).await.unwrap().unwrap();
    let window = Window {
        to_ms: START,
        ..Window::newest(300)
    };
    let bars = engine.store.bars(series, MINUTE_MS, window).await.unwrap();
    for minutes in [200, 150, 100, 50] {
        let bar = bars
            .iter()
            .find(|bar| bar.opened_at == at(minutes))
            .unwrap();
        assert_eq!((bar.flagged, bar.worst), (1, 2), "{minutes}");
    }
    // pages follow each other without holes or repeats
    let page = |to_ms: i64| Window {
        to_ms,
        ..Window::newest(3)
    };
    let first = engine.store.differences(OF, page(i64::MAX)).await.unwrap();
    let rest = engine
        .store
        .differences(OF, page(first[2].opened_at))
        .await
        .unwrap();
    assert_eq!((first.len(), rest.len()), (3, 1));

    assert_eq!(exported(engine).await, 4);

    let mended = format!(
        "update silver_candle set close = close / 1.0003 where {}",
        minute("live", at(200))
    );
    tamper(engine, &[mended], at(200)).await;
    settle(engine).await;
    assert_eq!(counts(engine).await, (compared, compared - 3));
    assert_eq!(kinds(engine).await.len(), 3);
}

#[tokio::test]
async fn history_is_judged_by_the_year_and_again_on_demand() {
    use crate::support::{Bench as Files, MONDAY, calm, csv_of};

    let files = Files::new().await;
    let rows = calm(3, MONDAY, 3 * 1440);
    files.take("three-days.csv", csv_of(&rows)).await;
    settle(&files.engine).await;
    let state = |check: &'static str| files.check(check, "bitfinex/2018");
    let (rollup, failed, _) = state("candle.rollup").await;
    assert_eq!((rollup.as_str(), failed), ("pass", 0));
    // the first and the last day may not be whole
    assert_eq!(state("candle.day_complete").await.0, "pass");
    assert_eq!(state("candle.hourly_volume").await.0, "not_evaluated");
    assert_eq!(state("candle.drift").await.0, "not_evaluated");
    assert_eq!(
        files.number("select count(*) from touched").await,
        0,
        "nothing waits"
    );

    let writer = files.writer().await;
    sqlx::query(
        "update gold_candle set high = high + 1 where step_ms = 3600000 and opened_at = $1",
    )
    .bind(MONDAY + 3_600_000)
    .execute(&writer)
    .await
    .unwrap();
    let book = files.engine.hub.rules().now();
    let outcomes = evaluate(&files.engine, &book, (MONDAY, MONDAY + 1440 * MINUTE_MS))
        .await
        .unwrap();
    let rollup = outcomes
        .iter()
        .find(|outcome| outcome.check_id == "candle.rollup")
        .unwrap();
    assert_eq!(
        (rollup.state, rollup.failed, rollup.entity.as_str()),
        (CheckState::Error, 1, "BTC-USD/bitfinex/2018")
    );
    assert_eq!(rollup.evidence.rows[0][2], "high");
}
