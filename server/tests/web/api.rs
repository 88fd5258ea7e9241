//! The API, probes and metrics.

use super::*;

fn feed() -> FeedVm {
    FeedVm {
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
    }
}

#[tokio::test]
async fn the_description_names_every_endpoint_and_every_list_answers() {
    let server = Server::filled().await;
    testing::fire(&server.web.store, "binance", Severity::Error, NOW)
        .await
        .expect("fire");
    server.web.hub.feed(feed());
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
        "trades",
        "minutes",
        "consensus",
        "gaps",
        "sources",
        "source-events",
        "scores",
        "scores/{kind}/{name}",
        "timelines",
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
        let parameters = methods["get"]["parameters"].as_array().expect("parameters");
        let has_limit = parameters.iter().any(|one| one["name"] == "limit");
        let limit = if has_limit { "?limit=2" } else { "" };
        let (status, answer) = server.json(&format!("/api/v1{path}{limit}")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let rows = answer[list]
            .as_array()
            .unwrap_or_else(|| panic!("{path}: {answer}"));
        let most = if has_limit || path == "/sources" {
            2
        } else {
            usize::MAX
        };
        // nothing of the filled database differs between the pipelines, and nothing has judged or told anything
        let empty = [
            "/differences",
            "/incidents",
            "/notices",
            "/notify",
            "/reconciliation",
            "/scores",
            "/silences",
            "/timelines",
        ];
        let least = usize::from(!empty.contains(&path.as_str()));
        assert!((least..=most).contains(&rows.len()), "{path}: {answer}");
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
async fn the_live_engine_is_told_row_by_row() {
    let server = Server::filled().await;
    let ask = async |path: &str| {
        let (status, answer) = server.json(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    };
    let trades = ask("/api/v1/trades?limit=2").await;
    let told: Vec<_> = trades["trades"]
        .as_array()
        .expect("list")
        .iter()
        .map(|trade| {
            (
                trade["trade_id"].as_i64(),
                trade["side"].as_str(),
                trade["late"].as_bool(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(71), Some("sell"), Some(false)),
            (Some(72), Some("buy"), Some(true))
        ],
        "the newest, oldest first"
    );
    let none = ask("/api/v1/trades?instrument=BTC-USD&venue=kraken").await;
    assert_eq!(none["trades"].as_array().map(Vec::len), Some(0));
    let (status, _) = server
        .json("/api/v1/trades?instrument=X&venue=kraken")
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let agreed = ask("/api/v1/consensus?instrument=BTC-USDT").await;
    assert_eq!(agreed["consensus"][0]["deviations"], Value::Array(vec![]));
    let newest = &agreed["consensus"][1];
    assert_eq!(
        (newest["price"].as_f64(), newest["venues"].as_i64()),
        (Some(91_231.0), Some(3))
    );
    assert_eq!(newest["deviations"][1]["venue"], "coinbase");
    assert_eq!(newest["deviations"][1]["used"], false);

    let minute = ask("/api/v1/minutes").await;
    assert_eq!(minute["minutes"][0]["buy_volume"], 0.25);
    assert_eq!(minute["minutes"][0]["is_final"], false);

    let open = ask("/api/v1/gaps?state=open").await;
    assert_eq!(open["gaps"][0]["cause"], "silence");
    assert_eq!(open["gaps"][0]["to_at"], Value::Null);
    let all = ask("/api/v1/gaps").await;
    assert_eq!(all["gaps"].as_array().map(Vec::len), Some(3));
    let of_venue = ask("/api/v1/gaps?venue=bitfinex").await;
    assert_eq!(of_venue["gaps"].as_array().map(Vec::len), Some(1));

    let events = ask("/api/v1/source-events?venue=binance&limit=1").await;
    assert_eq!(events["source_events"][0]["kind"], "failed_over");
    let sources = ask("/api/v1/sources").await;
    assert_eq!(sources["primaries"][0]["venue"], "binance");
    let (status, _) = server.json("/api/v1/gaps?step=1h").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn probes_and_metrics_tell_how_the_process_is() {
    let server = Server::filled().await;
    testing::fire(&server.web.store, "binance", Severity::Warn, NOW)
        .await
        .expect("fire");
    server.web.hub.feed(feed());
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
