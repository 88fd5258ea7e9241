//! Alerts with one cause are one incident, from the first alert to the last, and a person says what it was.

use std::{process::Stdio, time::Duration};

use app::{
    backend::Backend,
    model::{
        AlertState, CheckState, Dataset, GapCause, GapState, IncidentDetailVm, Opinion, Severity,
    },
};
use server::{
    backend::StoreBackend,
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        alerting::{act, tick},
    },
    quality::alert::replay::replay,
    store::{
        Store,
        gap::{NewGap, insert_gap},
    },
};

use crate::{
    alert_life::{AT_ONCE, PATIENT, judge, result},
    command::Assay,
    support::{Bench, MINUTE, NOW, calm, csv_of, engine},
};

const HOUR: i64 = 60 * MINUTE;
const BINANCE: &str = "BTC-USDT/binance/live";
const KRAKEN: &str = "BTC-USD/kraken/live";

fn backend(engine: &Engine) -> StoreBackend {
    StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    )
}

async fn incident(engine: &Engine, id: i64) -> IncidentDetailVm {
    backend(engine).incident(id).await.unwrap()
}

/// Scope, severity, open, alerts of every incident, oldest first.
async fn incidents(engine: &Engine) -> Vec<(String, Severity, bool, i64)> {
    let mut all = backend(engine).incidents(100).await.unwrap();
    all.sort_by_key(|incident| incident.id);
    all.into_iter()
        .map(|incident| {
            (
                incident.scope,
                incident.severity,
                incident.is_open,
                incident.alerts,
            )
        })
        .collect()
}

async fn say(engine: &Engine, entity: &str, results: &[(&'static str, CheckState)]) {
    let results: Vec<_> = results
        .iter()
        .map(|(check, state)| result(check, entity, *state))
        .collect();
    judge(engine, AT_ONCE, &results).await;
}

#[tokio::test]
async fn an_outage_of_a_venue_is_one_incident() {
    use CheckState::{Critical, Error, Pass, Warn};
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let names = engine.store.names("BTC-USDT", "binance").await.unwrap();
    say(engine, BINANCE, &[("feed.silence", Warn)]).await;
    engine.clock.advance(MINUTE);
    say(
        engine,
        BINANCE,
        &[("feed.stream", Error), ("feed.silence", Critical)],
    )
    .await;
    say(engine, "BTC-USD/binance/live", &[("feed.http", Error)]).await;
    say(engine, KRAKEN, &[("feed.http", Warn)]).await;
    assert_eq!(
        incidents(engine).await,
        [
            ("live:binance".to_owned(), Severity::Critical, true, 3),
            ("live:kraken".to_owned(), Severity::Warn, true, 1),
        ]
    );
    // two gaps of the outage, one of the day before
    let mut tx = engine.store.begin().await.unwrap();
    for (from_at, state) in [
        (NOW - MINUTE, GapState::Filled),
        (NOW + HOUR, GapState::Recorded),
        (NOW - 24 * HOUR, GapState::Filled),
    ] {
        let gap = NewGap {
            names,
            dataset: Dataset::Candle,
            from_at,
            to_at: Some(from_at + 2 * MINUTE),
            from_id: None,
            to_id: None,
            cause: GapCause::Silence,
            state,
            detected_at: from_at,
            next_at: 0,
            detail: String::new(),
        };
        insert_gap(&mut tx, &gap).await.unwrap();
    }
    tx.commit().await.unwrap();
    engine.clock.set(NOW + 10 * HOUR);
    say(
        engine,
        BINANCE,
        &[("feed.silence", Pass), ("feed.stream", Pass)],
    )
    .await;
    assert!(
        incident(engine, 1).await.incident.is_open,
        "one alert is left"
    );
    say(engine, "BTC-USD/binance/live", &[("feed.http", Pass)]).await;
    let detail = incident(engine, 1).await;
    let vm = &detail.incident;
    assert_eq!(
        (vm.opened_at, vm.resolved_at, vm.range, vm.rows),
        (NOW, Some(NOW + 10 * HOUR), Some((NOW, NOW + 10 * HOUR)), 3)
    );
    assert_eq!(vm.checks, ["feed.http", "feed.silence", "feed.stream"]);
    assert_eq!(vm.repair, "1 of 2 gaps filled, 1 cannot be");
    assert!(
        vm.title.starts_with("binance: feed.silence"),
        "{}",
        vm.title
    );
    let words: Vec<&str> = detail
        .timeline
        .iter()
        .map(|event| event.words.as_str())
        .collect();
    assert!(words[0].starts_with("feed.silence fires:"), "{words:#?}");
    assert_eq!(
        words.last(),
        Some(&"resolved after 10 h 0 min"),
        "{words:#?}"
    );
    assert_eq!(
        bench
            .texts("select kind from incident_event where incident_id = 1 order by id")
            .await,
        [
            "opened",
            "worse",
            "joined",
            "joined",
            "alert_resolved",
            "alert_resolved",
            "alert_resolved",
            "resolved"
        ],
    );
}

#[tokio::test]
async fn a_relapse_belongs_to_the_incident_and_a_later_fault_does_not() {
    use CheckState::{Pass, Warn};
    let bench = Bench::new().await;
    let engine = &bench.engine;
    for check in ["feed.http", "feed.freshness", "feed.stream"] {
        say(engine, BINANCE, &[(check, Warn)]).await;
        engine.clock.advance(MINUTE);
        say(engine, BINANCE, &[(check, Pass)]).await;
        engine.clock.advance(if check == "feed.http" {
            4 * MINUTE
        } else {
            5 * MINUTE
        });
    }
    let events: Vec<(i64, String)> = bench
        .rows("select incident_id, kind from incident_event order by id")
        .await;
    let known = [
        (1, "opened"),
        (1, "alert_resolved"),
        (1, "resolved"),
        (1, "reopened"),
        (1, "alert_resolved"),
        (1, "resolved"),
        (2, "opened"),
        (2, "alert_resolved"),
        (2, "resolved"),
    ];
    assert_eq!(events, known.map(|(id, kind)| (id, kind.to_owned())));
}

#[tokio::test]
async fn what_a_person_says_counts_and_can_be_taken_back() {
    use CheckState::{Pass, Warn};
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let file = "BTC-USD/bitfinex/a.csv";
    let mut found = result("candle.gap", file, Warn);
    found.evidence.range = Some((NOW - 10 * HOUR, NOW - 9 * HOUR));
    judge(engine, AT_ONCE, &[found]).await;
    say(engine, "BTC-USD/bitfinex/b.csv", &[("candle.gap", Warn)]).await;
    say(engine, KRAKEN, &[("feed.http", Warn)]).await;
    assert_eq!(
        incidents(engine).await.len(),
        3,
        "each landing, and what is live"
    );
    engine.clock.advance(HOUR);
    say(engine, KRAKEN, &[("feed.http", Pass)]).await;

    for id in [1, 3] {
        act::say(engine, id, Some(Opinion::Confirmed), "ann")
            .await
            .unwrap();
    }
    act::say(engine, 2, Some(Opinion::FalseAlarm), "bob")
        .await
        .unwrap();
    let said = incident(engine, 2).await.incident;
    assert_eq!(
        (said.opinion, said.opinion_by.as_str()),
        (Some(Opinion::FalseAlarm), "bob")
    );
    let ranges = async |instrument, venue| {
        engine
            .store
            .confirmed_ranges(instrument, venue)
            .await
            .unwrap()
    };
    assert_eq!(
        ranges("BTC-USD", "bitfinex").await,
        [(NOW - 10 * HOUR, NOW - 9 * HOUR)]
    );
    assert_eq!(
        ranges("BTC-USD", "kraken").await,
        [(NOW, NOW + HOUR)],
        "as long as it stood"
    );
    assert_eq!(ranges("BTC-USD", "bit").await, []);
    let counts = async || {
        let counts = engine.store.rule_counts(NOW).await.unwrap();
        let gap = counts
            .into_iter()
            .find(|of| of.check_id == "candle.gap")
            .unwrap();
        (gap.open_alerts, gap.alerts, gap.confirmed, gap.false_alarms)
    };
    assert_eq!(counts().await, (2, 2, 1, 1));

    act::say(engine, 2, None, "bob").await.unwrap();
    act::say(engine, 1, None, "ann").await.unwrap();
    assert_eq!(counts().await, (2, 2, 0, 0));
    assert_eq!(ranges("BTC-USD", "bitfinex").await, []);
    let detail = incident(engine, 2).await;
    assert_eq!(
        (detail.incident.opinion, detail.incident.opinion_by.as_str()),
        (None, "")
    );
    let last = detail.timeline.last().unwrap();
    assert_eq!(
        (last.words.as_str(), last.actor.as_str()),
        ("opinion taken back", "bob")
    );
    assert!(act::say(engine, 99, None, "ann").await.is_err());
}

/// Reads until the only alert of the database is in a state.
async fn until(bench: &Store, state: AlertState) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..3_000 {
        looks.tick().await;
        let alerts = bench.alerts_in(state, 10).await.unwrap();
        if alerts
            .iter()
            .any(|alert| alert.check_id == "rec.live_vs_batch")
        {
            return;
        }
    }
    panic!("the server did not get to {state}");
}

#[tokio::test]
async fn a_server_that_is_killed_goes_on_where_it_was() {
    let assay = Assay::new();
    // the sample is not taken into a database that holds something
    let file = assay.write("calm.csv", csv_of(&calm(3, NOW - HOUR, 30)));
    assert_eq!(assay.ingest(&file).0, 0);
    let mut engine = engine(&assay.database()).await;
    engine.hub = Hub::new("test");
    engine.clock = Clock::system();
    let entity = "BTC-USD/bitfinex/day";
    let say = async |state| {
        judge(
            &engine,
            PATIENT,
            &[result("rec.live_vs_batch", entity, state)],
        )
        .await
    };
    let killed_when = async |state| {
        let mut server = assay
            .command(&["serve", "--live", "off", "--addr", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until(&engine.store, state).await;
        server.kill().unwrap();
        server.wait().unwrap();
    };
    say(CheckState::Warn).await;
    // it has waited: only the time is missing
    let back = |sql: &str| format!("{sql} where check_id = 'rec.live_vs_batch'");
    let writer = sqlx::SqlitePool::connect(&format!("sqlite:{}", assay.database().display()))
        .await
        .unwrap();
    let wait = async || {
        let sql = back("update alert set since = since - 3600000");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&writer)
            .await
            .unwrap();
    };
    wait().await;
    killed_when(AlertState::Firing).await;
    let id = engine.store.alerts_in(AlertState::Firing, 1).await.unwrap()[0].id;
    act::take(&engine, id, "ann").await.unwrap();
    say(CheckState::Pass).await;
    wait().await;
    killed_when(AlertState::Resolved).await;
    tick(&engine).await.unwrap();
    let events = engine.store.alert_events(id, 100).await.unwrap();
    let states: Vec<AlertState> = events.iter().map(|event| event.to_state).collect();
    use AlertState::{Acknowledged, Firing, Pending, Recovering, Resolved};
    assert_eq!(
        states,
        [Pending, Firing, Acknowledged, Recovering, Resolved]
    );
    assert_eq!(
        replay(&events).unwrap().map(|alert| alert.state),
        Some(Resolved)
    );
    let listed = assay.run(&["incidents", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let own = |one: &&serde_json::Value| one["scope"] == "batch:BTC-USD/bitfinex/day";
    let incidents = listed["incidents"].as_array().unwrap();
    let ones: Vec<_> = incidents.iter().filter(own).collect();
    assert_eq!(ones.len(), 1);
    assert_eq!(ones[0]["is_open"], false);
}
