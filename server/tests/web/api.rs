//! The API, probes and metrics.

use super::*;

#[tokio::test]
async fn the_description_names_every_endpoint_and_every_list_answers() {
    let server = Server::filled().await;
    testing::fire(&server.web.store, "binance", Severity::Error, NOW)
        .await
        .expect("fire");
    let (_, description) = server.json("/api/v1/openapi.json").await;
    let paths = description["paths"].as_object().expect("paths");
    for name in [
        "health",
        "quotes",
        "candles",
        "books",
        "articles",
        "alerts",
        "checks",
        "runs",
        "landings",
        "quarantine",
        "openapi.json",
        "simulator/faults",
        "simulator/faults/{name}",
    ] {
        assert!(paths.contains_key(&format!("/{name}")), "{name}");
    }
    for (path, methods) in paths {
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let Some(list) = schema["required"][0].as_str() else {
            continue;
        };
        if path.starts_with("/simulator") {
            continue;
        }
        let (status, answer) = server.json(&format!("/api/v1{path}?limit=2")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let rows = answer[list]
            .as_array()
            .unwrap_or_else(|| panic!("{path}: {answer}"));
        assert!((1..=2).contains(&rows.len()), "{path}: {answer}");
    }
    let faults = &paths["/simulator/faults/{name}"];
    assert!(faults["post"].is_object() && faults["delete"].is_object());
}

#[tokio::test]
async fn lists_can_be_filtered() {
    let server = Server::filled().await;
    let rows = async |path: &str, list: &str| {
        let (status, answer) = server.json(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer[list].as_array().expect("list").clone()
    };
    let day = rows(
        "/api/v1/candles?instrument=BTC-USD&venue=bitfinex&step=1h&from=2018-01-02&to=2018-01-03T00:00:00Z",
        "candles",
    )
    .await;
    assert_eq!(day.len(), 24);
    assert_eq!(day[0]["opened_at"], 1_514_851_200_000_i64, "oldest first");
    let newest = rows("/api/v1/candles?venue=bitfinex&step=1m&limit=3", "candles").await;
    assert_eq!(
        newest[2]["opened_at"],
        1_514_764_800_000 + 3 * 86_400_000 - MINUTE_MS
    );
    assert_eq!(newest[2]["vwap"], 102.5);
    assert_eq!(rows("/api/v1/runs?pipeline=batch", "runs").await.len(), 1);
    assert_eq!(rows("/api/v1/runs?state=failed", "runs").await.len(), 0);
    assert_eq!(
        rows("/api/v1/landings?pipeline=live", "landings")
            .await
            .len(),
        1
    );
    assert_eq!(rows("/api/v1/checks?state=pass", "checks").await.len(), 1);
    assert_eq!(
        rows("/api/v1/quarantine?state=discarded", "quarantine")
            .await
            .len(),
        0
    );
}

#[tokio::test]
async fn probes_and_metrics_tell_how_the_process_is() {
    let server = Server::filled().await;
    testing::fire(&server.web.store, "binance", Severity::Warn, NOW)
        .await
        .expect("fire");
    server.web.hub.feed(FeedVm {
        venue: "binance".to_owned(),
        instrument: "BTC-USDT".to_owned(),
        simulated: false,
        state: "ok".to_owned(),
        error: String::new(),
        last_ok_at: Some(NOW - 1500),
        next_at: None,
        polls: 3,
        errors: 1,
        stream: None,
    });
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
    assert_eq!(server.get("/readyz").await.status(), StatusCode::OK);
    let metrics = server.get("/metrics").await.text().await.expect("text");
    for line in [
        "assay_landings 2",
        "assay_quarantined 1",
        "assay_rows{layer=\"gold\",table=\"candle\"} 900",
        "assay_open_alerts{severity=\"warn\"} 1",
        "assay_open_alerts{severity=\"critical\"} 0",
        "assay_event_streams 0",
        "assay_feed_age_ms{instrument=\"BTC-USDT\",venue=\"binance\"} 1500",
        "assay_feed_errors_total{instrument=\"BTC-USDT\",venue=\"binance\"} 1",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} in {metrics}"
        );
    }
    server.web.store.close().await;
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
    assert_eq!(
        server.get("/readyz").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    let (status, broken) = server.json("/api/v1/alerts").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        !broken.to_string().contains("pool"),
        "details stay in the log: {broken}"
    );
}

#[tokio::test]
async fn json_is_compressed() {
    let server = Server::filled().await;
    let request = server
        .client
        .get(format!("{}/api/v1/openapi.json", server.url));
    let response = request
        .header(header::ACCEPT_ENCODING, "br")
        .send()
        .await
        .expect("answer");
    assert_eq!(response.headers()["content-encoding"], "br");
}
