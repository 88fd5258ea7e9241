//! What keeps notices back: silences, maintenance windows, and alerts that explain others. Alerts are recorded all the
//! same.

use std::sync::Arc;

use app::{
    backend::Backend,
    model::{AlertState, CheckState},
};
use reqwest::StatusCode;
use serde_json::Value;
use server::{
    backend::StoreBackend,
    config::Config,
    pipeline::{
        Engine,
        alerting::{
            act::{self, Wanted},
            tick,
        },
    },
    quality::{
        calendar::Calendar,
        rule::{RuleBook, file::parse},
    },
};

use crate::{
    alert_life::{AT_ONCE, judge, judge_by, result},
    command::Assay,
    server_on_loopback::Server,
    support::{Bench, MINUTE, NOW},
};

const BINANCE: &str = "BTC-USDT/binance/live";
const KRAKEN: &str = "BTC-USD/kraken/live";

fn wanted(check_id: &str, entity: &str, for_ms: Option<i64>) -> Wanted {
    Wanted {
        check_id: check_id.to_owned(),
        entity: entity.to_owned(),
        reason: "the venue said so".to_owned(),
        for_ms,
    }
}

async fn fire(engine: &Engine, check: &'static str, entity: &str, state: CheckState) {
    judge(engine, AT_ONCE, &[result(check, entity, state)]).await;
}

/// Kind and muted of what happened to incidents.
async fn told(bench: &Bench) -> Vec<(String, i64)> {
    bench
        .rows("select kind, muted from incident_event order by id")
        .await
}

fn events(known: &[(&str, i64)]) -> Vec<(String, i64)> {
    known
        .iter()
        .map(|(kind, muted)| ((*kind).to_owned(), *muted))
        .collect()
}

#[tokio::test]
async fn a_silence_mutes_what_fits_until_its_time() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let (silence, muted) =
        act::silence(engine, wanted("feed.*", "*/binance/*", Some(MINUTE)), "ann")
            .await
            .unwrap();
    assert_eq!((silence.ends_at, muted), (Some(NOW + MINUTE), 0));
    fire(engine, "feed.http", BINANCE, CheckState::Error).await;
    fire(engine, "candle.gap", BINANCE, CheckState::Warn).await;
    fire(engine, "feed.http", KRAKEN, CheckState::Error).await;
    let silenced = bench
        .texts("select check_id || ' ' || entity from alert where silenced = 1")
        .await;
    assert_eq!(silenced, [format!("feed.http {BINANCE}")]);
    assert_eq!(
        told(&bench).await,
        events(&[("opened", 1), ("joined", 0), ("opened", 0)])
    );
    let listed = StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    )
    .silences()
    .await
    .unwrap();
    assert_eq!(
        (listed.len(), listed[0].muted, listed[0].actor.as_str()),
        (1, 1, "ann")
    );
    engine.clock.advance(MINUTE);
    tick(engine).await.unwrap();
    assert!(
        bench
            .texts("select entity from alert where silenced = 1")
            .await
            .is_empty()
    );
    assert_eq!(told(&bench).await.last(), Some(&("unmuted".to_owned(), 0)));
    assert!(
        tick(engine).await.unwrap().is_empty(),
        "nothing is left to do"
    );
    assert_eq!(
        bench
            .number("select count(*) from silence where ended_at is null")
            .await,
        0
    );
}

#[tokio::test]
async fn a_silence_until_resolved_does_not_outlive_the_problem() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let nothing = act::silence(engine, wanted("feed.http", KRAKEN, None), "ann").await;
    assert!(nothing.is_err(), "it would never end");
    fire(engine, "feed.http", KRAKEN, CheckState::Error).await;
    let (_, muted) = act::silence(engine, wanted("feed.http", KRAKEN, None), "ann")
        .await
        .unwrap();
    assert_eq!(muted, 1);
    // every word of it is recorded
    fire(engine, "feed.http", KRAKEN, CheckState::Critical).await;
    fire(engine, "feed.http", KRAKEN, CheckState::Pass).await;
    fire(engine, "feed.http", KRAKEN, CheckState::Error).await;
    assert_eq!(
        told(&bench).await,
        events(&[
            ("opened", 0),
            ("silenced", 1),
            ("worse", 1),
            ("alert_resolved", 1),
            ("resolved", 0),
            ("reopened", 0)
        ])
    );
    assert_eq!(
        act::unsilence(engine, 1).await.unwrap_err().to_string(),
        "there is no silence 1 that holds"
    );
}

/// Rules of which one is explained by another.
fn book() -> RuleBook {
    let rule = |name: &str, rest: &str| {
        format!(
            "[check.{name}]\ntitle = \"t\"\ndimension = \"timeliness\"\nrule = \"native\"\nseverity = \"error\"\n{rest}\n"
        )
    };
    let feed = format!(
        "dataset = \"feed\"\nlayer = \"bronze\"\n{}{}",
        rule("silence", ""),
        rule("http", "inhibited_by = [\"feed.silence\"]")
    );
    let candle = format!(
        "dataset = \"candle\"\nlayer = \"silver\"\n{}{}",
        rule("contract", ""),
        rule(
            "gap",
            "inhibited_by = [\"candle.contract\", \"feed.silence\"]"
        )
    );
    let mut rules = parse("feed.toml", &feed).unwrap();
    rules.extend(parse("candle.toml", &candle).unwrap());
    RuleBook::new(rules)
}

#[tokio::test]
async fn an_alert_that_explains_others_mutes_them_at_its_venue_or_landing() {
    use CheckState::{Error, Pass, Warn};
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let rules = book();
    engine.hub.rules().replace(Arc::new(book()));
    let file = "BTC-USD/kraken/a.csv";
    // the cause is told last, and is the cause all the same
    let results = [
        result("feed.http", BINANCE, Error),
        result("candle.gap", BINANCE, Warn),
        result("feed.silence", BINANCE, Error),
        result("candle.gap", KRAKEN, Warn),
        result("candle.gap", file, Warn),
        result("candle.contract", file, Error),
    ];
    judge_by(engine, &rules, AT_ONCE, &results).await;
    let explained = async || {
        bench
            .texts("select check_id || ' ' || entity || ' ' || inhibited_by from alert where inhibited_by is not null order by id")
            .await
    };
    assert_eq!(
        explained().await,
        [
            format!("feed.http {BINANCE} feed.silence"),
            format!("candle.gap {BINANCE} feed.silence"),
            format!("candle.gap {file} candle.contract"),
        ]
    );
    assert_eq!(
        bench
            .number("select count(*) from alert where state = 'firing'")
            .await,
        6
    );
    assert_eq!(bench.number("select count(*) from incident").await, 3);
    judge_by(
        engine,
        &rules,
        AT_ONCE,
        &[
            result("feed.silence", BINANCE, Pass),
            result("feed.http", BINANCE, Pass),
        ],
    )
    .await;
    assert_eq!(
        explained().await.len(),
        2,
        "the resolved one keeps its reason: {:?}",
        explained().await
    );
    let open = bench
        .texts("select check_id from alert where state <> 'resolved' and inhibited_by is not null")
        .await;
    assert_eq!(open, ["candle.gap"], "only that of the file");
    assert_eq!(
        bench
            .texts(
                "select e.kind from incident_event e join incident i on i.id = e.incident_id
                 where i.scope = 'live:binance' and e.muted = 0 order by e.id",
            )
            .await,
        ["joined", "unmuted", "alert_resolved"]
    );
}

#[tokio::test]
async fn maintenance_mutes_while_it_lasts() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let window = format!(
        "[[window]]\nreason = \"new disks\"\nentity = \"*/kraken/*\"\nfrom = \"{}\"\nto = \"{}\"\n",
        NOW + MINUTE,
        NOW + 3 * MINUTE
    );
    let calendar = Calendar::parse("maintenance.toml", &window).unwrap();
    engine
        .hub
        .rules()
        .replace(Arc::new(book().with_calendar(calendar)));
    fire(engine, "feed.http", KRAKEN, CheckState::Error).await;
    let mut flags = Vec::new();
    for _ in 0..4 {
        tick(engine).await.unwrap();
        flags.push(bench.number("select silenced from alert").await);
        engine.clock.advance(MINUTE);
    }
    assert_eq!(flags, [0, 1, 1, 0]);
    assert_eq!(
        told(&bench).await,
        events(&[("opened", 0), ("silenced", 1), ("unmuted", 0)])
    );
}

#[tokio::test]
async fn operators_act_over_http_with_forms_and_programs() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    fire(engine, "feed.http", KRAKEN, CheckState::Error).await;
    let server = Server::start(engine, bench.folder.path(), Config::default()).await;
    let post = async |path: &str, form: &[(&str, &str)]| {
        let request = server
            .post(path)
            .header("sec-fetch-site", "same-origin")
            .form(form);
        let answer = request.send().await.unwrap();
        let back = answer.headers().get("location").cloned();
        (
            answer.status(),
            back,
            serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap_or_default(),
        )
    };
    let (status, _, answer) = post("/api/v1/alerts/1/acknowledge", &[("by", "ann")]).await;
    assert_eq!(
        (status, &answer["alert"]["acknowledged_by"]),
        (StatusCode::OK, &"ann".into())
    );
    let (status, back, _) = post(
        "/api/v1/alerts/1/unacknowledge",
        &[("back", "/quality?alert=1")],
    )
    .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(back.unwrap(), "/quality?alert=1");
    let (status, _, answer) = post("/api/v1/alerts/1/unacknowledge", &[]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(
        post("/api/v1/alerts/7/acknowledge", &[]).await.0,
        StatusCode::NOT_FOUND
    );
    let (_, _, answer) = post("/api/v1/incidents/1/false-alarm", &[("by", "ann")]).await;
    assert_eq!(answer["incident"]["opinion"], "false_alarm");
    let (_, back, _) = post(
        "/api/v1/incidents/1/undo",
        &[("back", "https://evil.example")],
    )
    .await;
    assert_eq!(back.unwrap(), "/");

    // the page's form has a time and a button beside it
    let form = [
        ("check", "feed.*"),
        ("entity", "*"),
        ("reason", "r"),
        ("for", "1h"),
        ("until_resolved", "true"),
    ];
    let (status, _, answer) = post("/api/v1/silences", &form).await;
    assert_eq!(
        (status, &answer["muted"], &answer["ends_at"]),
        (StatusCode::OK, &1.into(), &Value::Null)
    );
    for bad in [
        &[("for", "1h")][..],
        &[("for", "soon"), ("reason", "r")],
        &[("reason", "r")],
        &[("for", "1h"), ("reason", "r"), ("chek", "x")],
        &[("for", "9999d"), ("reason", "r")],
    ] {
        assert_eq!(
            post("/api/v1/silences", bad).await.0,
            StatusCode::BAD_REQUEST,
            "{bad:?}"
        );
    }
    let read = async |path: &str| {
        let answer = server.get(path).send().await.unwrap();
        serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()
    };
    assert_eq!(
        read("/api/v1/silences").await["silences"][0]["check_id"],
        "feed.*"
    );
    assert_eq!(
        read("/api/v1/incidents").await["incidents"][0]["scope"],
        "live:kraken"
    );
    assert_eq!(read("/api/v1/incidents/1").await["incident"]["id"], 1);
    assert_eq!(read("/api/v1/alerts").await["alerts"][0]["silenced"], true);
    let gone = server
        .delete("/api/v1/silences/1")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(gone.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(
        read("/api/v1/silences").await["silences"],
        serde_json::json!([])
    );

    let foreign = server
        .post("/api/v1/alerts/1/acknowledge")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let state = engine.store.alert(1).await.unwrap().unwrap().alert.state;
    assert_eq!(state, AlertState::Firing);
}

#[tokio::test]
async fn operators_act_by_commands() {
    let assay = Assay::new();
    let engine = crate::support::engine(&assay.database()).await;
    fire(&engine, "feed.http", KRAKEN, CheckState::Error).await;
    let json = |args: &[&str]| {
        let output = assay.run(&[args, &["--json"]].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert_eq!(json(&["alerts"])["alerts"][0]["check_id"], "feed.http");
    assert_eq!(
        json(&["alerts", "ack", "1", "--by", "ann"])["acknowledged_by"],
        "ann"
    );
    assert_eq!(
        json(&["alerts", "--state", "acknowledged"])["alerts"][0]["id"],
        1
    );
    assert_eq!(
        json(&["alerts", "unack", "1", "--by", "ann"])["state"],
        "firing"
    );
    let shown = json(&["alerts", "show", "1"]);
    assert_eq!(shown["events"].as_array().unwrap().len(), 3);
    assert_eq!(
        json(&["alerts", "false-alarm", "1", "--by", "bob"])["opinion"],
        "false_alarm"
    );
    assert_eq!(json(&["alerts", "confirm", "1"])["opinion"], "confirmed");
    assert_eq!(json(&["alerts", "undo", "1"])["opinion"], Value::Null);
    assert_eq!(json(&["incidents"])["incidents"][0]["alerts"], 1);
    let silence = json(&[
        "silence",
        "add",
        "--check",
        "feed.*",
        "--until-resolved",
        "--reason",
        "r",
    ]);
    assert_eq!(silence["muted"], 1);
    assert_eq!(json(&["silence", "list"])["silences"][0]["muted"], 1);
    assert_eq!(json(&["silence", "end", "1"])["ended"], true);
    for (args, code) in [
        (&["alerts", "ack", "9"][..], 1),
        (&["silence", "end", "1"], 1),
        (&["silence", "add", "--reason", "r"], 2),
        (&["silence", "add", "--for", "soon", "--reason", "r"], 2),
    ] {
        assert_eq!(assay.run(args).status.code(), Some(code), "{args:?}");
    }
    let people = assay.run(&["alerts", "show", "1"]);
    let people = String::from_utf8(people.stdout).unwrap();
    assert!(
        people.contains("pending -> firing [error] by engine"),
        "{people}"
    );
}
