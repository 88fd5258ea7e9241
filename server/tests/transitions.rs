//! What was found at each transition of an alert: kept as it was then, and shown wherever alerts are.

use app::model::{Baseline, CheckState};
use reqwest::{StatusCode, header};
use serde_json::Value;
use server::{config::Config, pipeline::alerting::act};

use crate::{
    alert_life::{AT_ONCE, judge, result},
    command::Assay,
    server_on_loopback::Server,
    support::{Bench, MINUTE, NOW},
};

const SERIES: &str = "BTC-USD/bitfinex/day";

#[tokio::test]
async fn each_transition_keeps_what_was_found_then() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let mut found = result("candle.spike", SERIES, CheckState::Warn);
    found.threshold = "at most 2 %".to_owned();
    judge(engine, AT_ONCE, &[found.clone()]).await;
    act::take(engine, 1, "ann").await.unwrap();
    engine.clock.advance(MINUTE);
    found.state = CheckState::Critical;
    found.threshold = "at most 8 %".to_owned();
    found.evidence.rows = vec![vec!["<b>18".to_owned()]];
    found.evidence.baseline = Some(Baseline {
        label: "return, %".to_owned(),
        // more than a drawer holds at once
        points: (0..1_000).map(|i| (NOW + i, i as f64)).collect(),
        centre: 0.5,
        limits: vec![("warn".to_owned(), -2.0, 2.0)],
        tested: (NOW + 1_000, 9.5),
    });
    judge(engine, AT_ONCE, &[found]).await;

    let server = Server::start(engine, bench.folder.path(), Config::default()).await;
    let json = async |path: &str| {
        let answer = server.get(path).send().await.unwrap();
        let status = answer.status();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        (status, body)
    };
    let (status, alert) = json("/api/v1/alerts/1").await;
    assert_eq!(status, StatusCode::OK, "{alert}");
    let events = alert["events"].as_array().unwrap();
    assert_eq!(events.len(), 3, "{alert}");
    assert_eq!(events[0]["evidence"]["rows"][0][0], "17");
    assert_eq!(events[0]["threshold"], "at most 2 %");
    assert_eq!(
        (&events[1]["actor"], &events[1]["evidence_size"]),
        (&"ann".into(), &0.into())
    );
    assert_eq!(events[1]["evidence"], Value::Null, "a person found nothing");
    let last = &events[2];
    assert_eq!(last["evidence"]["baseline"]["tested"][1], 9.5);

    let seq = last["seq"].as_i64().unwrap();
    let (_, one) = json(&format!("/api/v1/alerts/1/transitions/{seq}")).await;
    assert_eq!(&one, last);
    for missing in [
        "/api/v1/alerts/2",
        "/api/v1/alerts/x",
        "/api/v1/alerts/1/transitions/99",
        &format!("/api/v1/alerts/2/transitions/{seq}"),
    ] {
        assert_eq!(json(missing).await.0, StatusCode::NOT_FOUND, "{missing}");
    }

    // the drawer names what is large, and has it when somebody opens it
    let html = async |path: &str| {
        let request = server.get(path).header(header::ACCEPT, "text/html");
        request.send().await.unwrap().text().await.unwrap()
    };
    let drawer = html("/quality?alert=1").await;
    let href = format!("/quality/alerts/1/{seq}");
    assert_eq!(drawer.matches("data-testid=\"event-evidence\"").count(), 2);
    assert!(drawer.contains(&format!("loading=\"lazy\" src=\"{href}\"")));
    assert_eq!(drawer.matches("data-testid=\"event-rows\"").count(), 1);
    let opened = html(&href).await;
    assert!(
        opened.contains("event-baseline") && opened.contains("&lt;b&gt;18"),
        "{opened}"
    );
    assert!(opened.contains("at most 8 %") && !opened.contains("<b>18"));

    let assay = Assay {
        folder: bench.folder,
    };
    let shown = assay.run(&["alerts", "show", "1"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for words in [
        "limit: at most 2 %",
        "return, %: 9.5 at",
        "of 1000 before it 0.5",
        "<b>18",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}
