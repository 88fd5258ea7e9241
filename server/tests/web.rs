//! What the web serves: pages, headers, guards, tiles and the API.

use std::sync::{Arc, Mutex};

use app::{
    backend::{Backend, MarketQuery},
    model::{FeedVm, HOUR_MS, MINUTE_MS, Severity},
};
use reqwest::{Client, Response, StatusCode, header, redirect};
use serde_json::Value;
use server::{
    backend::StoreBackend,
    clock::Clock,
    hub::Hub,
    store::{Store, testing},
    web::{Charts, Fault, FaultDesk, FaultError, Secret, Web, page_paths, serve},
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const NOW: i64 = 1_790_000_030_000;

struct Server {
    url: String,
    web: Web,
    client: Client,
    folder: TempDir,
    shutdown: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Server {
    async fn empty() -> Self {
        Self::with(|_| {}).await
    }

    async fn filled() -> Self {
        let server = Self::empty().await;
        testing::fill(&server.web.store, NOW).await.expect("fill");
        server
    }

    async fn with(change: impl FnOnce(&mut Web)) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("assay.db");
        let store = Store::open(&format!("sqlite:{}", file.display()))
            .await
            .expect("store");
        let mut web = Web {
            store,
            hub: Hub::new("test"),
            clock: Clock::fixed(NOW),
            operator: None,
            site_root: folder.path().to_owned(),
            faults: None,
            charts: Charts::default(),
        };
        change(&mut web);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let shutdown = CancellationToken::new();
        tokio::spawn(serve(listener, web.clone(), shutdown.clone()));
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .expect("client");
        Self {
            url,
            web,
            client,
            folder,
            shutdown,
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("answer")
    }

    async fn json(&self, path: &str) -> (StatusCode, Value) {
        let response = self.get(path).await;
        (response.status(), json(response).await)
    }

    fn backend(&self) -> StoreBackend {
        StoreBackend::new(
            self.web.store.clone(),
            self.web.hub.clone(),
            self.web.clock.clone(),
        )
    }
}

/// Every page that needs no parameter, and one that does not exist.
fn pages() -> Vec<String> {
    let mut paths: Vec<String> = page_paths()
        .into_iter()
        .filter(|path| !path.contains(['{', '*']))
        .collect();
    paths.push("/no/such/page".to_owned());
    paths
}

/// Nothing is cut off: after the document come only whole scripts, with which Leptos hands data to the browser.
fn is_whole(html: &str) -> bool {
    html.trim_end()
        .split_once("</body></html>")
        .is_some_and(|(_, rest)| {
            rest.split_inclusive("</script>")
                .all(|script| script.starts_with("<script") && script.ends_with("</script>"))
        })
}

async fn json(response: Response) -> Value {
    let bytes = response.bytes().await.expect("body");
    serde_json::from_slice(&bytes).expect("json")
}

async fn page(server: &Server, path: &str) -> Response {
    server
        .client
        .get(format!("{}{path}", server.url))
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .expect("answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_page_is_complete_and_guarded_with_and_without_data() {
    for server in [Server::empty().await, Server::filled().await] {
        for path in pages() {
            let response = page(&server, &path).await;
            let exists = path != "/no/such/page";
            assert_eq!(response.status() == StatusCode::OK, exists, "{path}");
            let headers = response.headers().clone();
            let text = |name: &str| headers[name].to_str().expect("ascii").to_owned();
            assert_eq!(text("x-content-type-options"), "nosniff");
            assert_eq!(text("referrer-policy"), "same-origin");
            assert_eq!(text("cache-control"), "no-cache, no-transform");
            let policy = text("content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            let html = response.text().await.expect("text");
            let nonce = policy
                .split_once("'nonce-")
                .and_then(|(_, rest)| rest.split_once('\''))
                .map(|(nonce, _)| nonce)
                .expect("a nonce");
            assert!(is_whole(&html), "{path}: {html}");
            // what has no nonce would not run
            for script in html.split("<script").skip(1) {
                assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{script}");
            }
            assert!(
                !html.contains("<script>alert(1)"),
                "rows from outside are escaped"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hundreds_of_requests_at_once_all_get_whole_pages() {
    let server = Arc::new(Server::filled().await);
    let paths = pages();
    let next = Arc::new(Mutex::new(0..300_usize));
    let mut workers = Vec::new();
    for _ in 0..20 {
        let (server, paths, next) = (Arc::clone(&server), paths.clone(), Arc::clone(&next));
        workers.push(tokio::spawn(async move {
            let mut whole = 0;
            loop {
                let Some(index) = next.lock().expect("lock").next() else {
                    return whole;
                };
                let html = page(&server, &paths[index % paths.len()])
                    .await
                    .text()
                    .await;
                assert!(is_whole(&html.expect("text")));
                whole += 1;
            }
        }));
    }
    let mut whole = 0;
    for worker in workers {
        whole += worker.await.expect("worker");
    }
    assert_eq!(whole, 300);
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_refused() {
    let server = Server::empty().await;
    let ask = async |host: &str| {
        let request = server.client.get(format!("{}/healthz", server.url));
        let response = request.header(header::HOST, host).send().await;
        response.expect("answer").status()
    };
    assert_eq!(ask("localhost:3000").await, StatusCode::OK);
    assert_eq!(ask("evil.example").await, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(
        ask("evil.example:3000").await,
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[derive(Debug, Default)]
struct Desk(Mutex<Option<(String, Option<u64>)>>);

impl FaultDesk for Desk {
    fn list(&self) -> Vec<Fault> {
        let set = self.0.lock().expect("lock").clone();
        vec![Fault {
            name: "silence".to_owned(),
            on: set.is_some(),
            seconds_left: set.and_then(|(_, seconds)| seconds),
        }]
    }

    fn set(&self, name: &str, seconds: Option<u64>) -> Result<(), FaultError> {
        if name != "silence" {
            return Err(FaultError::Unknown {
                known: vec!["silence".to_owned()],
            });
        }
        *self.0.lock().expect("lock") = Some((name.to_owned(), seconds));
        Ok(())
    }

    fn clear(&self, _: &str) -> Result<(), FaultError> {
        *self.0.lock().expect("lock") = None;
        Ok(())
    }
}

#[tokio::test]
async fn only_operators_switch_faults() {
    let desk = Arc::new(Desk::default());
    let given = Arc::clone(&desk);
    let server = Server::with(|web| web.faults = Some(given)).await;
    let url = format!("{}/api/v1/simulator/faults/silence", server.url);
    let foreign = server
        .client
        .post(&url)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign.send().await.expect("answer").status(),
        StatusCode::FORBIDDEN
    );
    assert!(desk.0.lock().expect("lock").is_none());

    let ours = server
        .client
        .post(format!("{url}?seconds=30"))
        .header("sec-fetch-site", "same-origin");
    let answer = json(ours.send().await.expect("answer")).await;
    assert_eq!(answer["faults"][0]["on"], true);
    assert_eq!(answer["faults"][0]["seconds_left"], 30);
    let too_long = server.client.post(format!("{url}?seconds=0")).send().await;
    assert_eq!(too_long.expect("answer").status(), StatusCode::BAD_REQUEST);
    let unknown = server.client.post(format!("{}x", url)).send().await;
    assert_eq!(unknown.expect("answer").status(), StatusCode::NOT_FOUND);
    let cleared = server.client.delete(&url).send().await.expect("answer");
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        server.json("/api/v1/simulator/faults").await.1["faults"][0]["on"],
        false
    );
}

#[tokio::test]
async fn a_token_opens_what_being_here_does_not() {
    let server = Server::with(|web| web.operator = Some(Secret::new("s3cret"))).await;
    let url = format!("{}/api/v1/simulator/faults", server.url);
    let without = server.client.get(&url).send().await.expect("answer");
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(without.headers()["www-authenticate"], "Bearer");
    let with = server
        .client
        .get(&url)
        .bearer_auth("s3cret")
        .send()
        .await
        .expect("answer");
    assert_eq!(
        with.status(),
        StatusCode::NOT_FOUND,
        "no simulator runs here"
    );
    let answer = json(with).await;
    assert!(
        answer["error"]
            .as_str()
            .is_some_and(|words| words.contains("--live simulator"))
    );
}

#[tokio::test]
async fn closed_tiles_are_kept_and_open_ones_asked_for_again() {
    let server = Server::filled().await;
    let row = server.backend().series().await.expect("series").remove(0);
    let open_index = row.vm.last_at / (512 * MINUTE_MS);
    let tile = |index: i64, query: &str| format!("/tiles/BTC-USDT/binance/60000/{index}{query}");

    let closed = server.get(&tile(open_index - 1, "?v=7")).await;
    assert_eq!(
        closed.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(closed.bytes().await.expect("body").len() % 48, 0);
    let unversioned = server.get(&tile(open_index - 1, "")).await;
    assert_eq!(unversioned.headers()["cache-control"], "no-cache");

    let open = server.get(&tile(open_index, "?v=7")).await;
    assert_eq!(open.headers()["cache-control"], "no-cache");
    let tag = open.headers()["etag"].clone();
    let again = server
        .client
        .get(format!("{}{}", server.url, tile(open_index, "?v=7")))
        .header(header::IF_NONE_MATCH, tag)
        .send()
        .await
        .expect("answer");
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(again.bytes().await.expect("body").is_empty());

    let all = server.get("/tiles/BTC-USD/bitfinex/60000/49309").await;
    let first_tile = 1_514_764_800_000 / (512 * MINUTE_MS);
    assert_eq!(first_tile, 49_308, "512 minutes, aligned with the epoch");
    assert_eq!(all.bytes().await.expect("body").len(), 512 * 48);
}

#[tokio::test]
async fn bounds_of_tiles_charts_and_lists_are_kept() {
    let server = Server::filled().await;
    for (path, status) in [
        ("/tiles/BTC-USDT/binance/60000/9223372036854775807", 400),
        ("/tiles/BTC-USDT/binance/60000/-9223372036854775808", 400),
        ("/tiles/BTC-USDT/binance/60001/0", 400),
        ("/tiles/BTC-USDT/binance/x/0", 400),
        ("/tiles/BTC-USDT/nowhere/60000/0", 404),
        ("/tiles/BTC-USDT/binance/60000/0", 200),
        ("/tiles/BTC-USDT/binance/604800000/-5", 200),
        (
            "/chart/price.svg?instrument=BTC-USDT&venue=binance&step=1h",
            200,
        ),
        ("/chart/price.svg?w=200&h=1600&theme=dark", 200),
        ("/chart/price.svg?w=199", 400),
        ("/chart/price.svg?h=1601", 400),
        ("/chart/price.svg?w=-1", 400),
        ("/chart/price.svg?step=2h", 400),
        ("/chart/price.svg?from=yesterday", 400),
        ("/chart/price.svg?venue=nowhere", 404),
        ("/api/v1/candles?limit=0", 400),
        ("/api/v1/candles?limit=1001", 400),
        ("/api/v1/candles?limit=1000&step=1m", 200),
        ("/api/v1/candles?state=open", 400),
        ("/api/v1/candles?venu=binance", 400),
        ("/api/v1/alerts?state=bad", 400),
        ("/api/v1/runs?pipeline=other", 400),
        ("/api/v1/nothing", 404),
        ("/theme?set=pink", 400),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        let kind = response.headers()["content-type"]
            .to_str()
            .expect("ascii")
            .to_owned();
        if path.starts_with("/api") {
            assert_eq!(kind, "application/json", "{path}");
            let answer = json(response).await;
            assert_eq!(
                answer["error"].is_string(),
                status != 200,
                "{path}: {answer}"
            );
        } else if path.starts_with("/chart") && status == 200 {
            assert_eq!(kind, "image/svg+xml", "{path}");
        }
    }
}

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
async fn pages_get_what_the_store_holds() {
    let server = Server::filled().await;
    testing::fire(&server.web.store, "binance", Severity::Critical, NOW)
        .await
        .expect("fire");
    let backend = server.backend();
    let overview = backend.overview().await.expect("overview");
    assert_eq!(overview.seq, 1);
    assert_eq!(overview.verdict.word, "not to be trusted");
    assert_eq!(
        overview.verdict.reason,
        "1 open alert (1 critical): no message from binance for 3 min; newest price 41 s old; \
         98.61 % of the last 24 h present"
    );
    let kpis: Vec<(&str, &str)> = overview
        .kpis
        .iter()
        .map(|kpi| (kpi.key.as_str(), kpi.value.as_str()))
        .collect();
    assert_eq!(
        kpis,
        [
            ("price", "91,234.50"),
            ("change", "▲ +1.37 %"),
            ("spread", "0.11 bps"),
            ("volume", "12,345.6 BTC"),
            ("freshness", "41 s"),
            ("completeness", "98.61 %"),
            ("alerts", "1"),
        ]
    );
    assert_eq!(overview.kpis[0].spark.len(), 24);
    let layers: Vec<_> = overview
        .layers
        .iter()
        .map(|layer| {
            (
                layer.layer.as_str(),
                layer.rows,
                layer.rejects,
                layer.open_alerts,
            )
        })
        .collect();
    assert_eq!(
        layers,
        [
            ("bronze", 2, 0, 1),
            ("silver", 7202, 1, 0),
            ("gold", 900, 3, 0)
        ]
    );
    assert_eq!(
        (
            overview.alerts.len(),
            overview.open_alerts,
            overview.runs.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(overview.series[0].venue, "binance");
    assert!(overview.series[0].live && !overview.series[1].live);
    assert_eq!(
        overview.series[1].first_at, 1_514_764_800_000,
        "not the Monday before"
    );

    let query = |instrument: &str, step: &str| MarketQuery {
        instrument: instrument.to_owned(),
        venue: String::new(),
        step: step.to_owned(),
    };
    let market = backend
        .market(&query("BTC-USD", "1m"))
        .await
        .expect("market");
    assert_eq!(
        (market.chosen, market.step_ms, market.bars.len()),
        (Some(1), MINUTE_MS, 60)
    );
    assert!(market.quote.is_none() && market.book.is_none());
    let market = backend
        .market(&query("ETH-USD", "7m"))
        .await
        .expect("market");
    assert_eq!((market.chosen, market.step_ms), (Some(0), HOUR_MS));
    assert_eq!(market.book.expect("book").book.asks[0].size, 0.25);

    let quality = backend.quality().await.expect("quality");
    assert_eq!(quality.checks[0].check_id, "feed.silence", "worst first");
    assert_eq!(
        (
            quality.quarantined,
            quality.quarantine.len(),
            quality.landings.len()
        ),
        (1, 1, 1)
    );

    let alert = backend.alert(overview.alerts[0].id).await.expect("alert");
    assert_eq!(alert.evidence_columns, ["venue", "last"]);
    assert_eq!(
        (alert.events.len(), alert.threshold.as_str()),
        (1, "a message in 90 s")
    );
    assert!(!alert.advice.is_empty() && !alert.alert.title.is_empty());
    let missing = backend
        .alert(99)
        .await
        .expect_err("no such alert")
        .to_string();
    assert_eq!(missing, "alert 99 not found");
}

#[tokio::test]
async fn nothing_known_is_shown_as_unknown() {
    let server = Server::empty().await;
    let overview = server.backend().overview().await.expect("overview");
    assert!(overview.verdict.unknown);
    assert!(
        overview
            .kpis
            .iter()
            .filter(|kpi| kpi.key != "alerts")
            .all(|kpi| kpi.value == "–")
    );
    let market = server
        .backend()
        .market(&MarketQuery::default())
        .await
        .expect("market");
    assert_eq!((market.chosen, market.step_ms), (None, HOUR_MS));
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
async fn the_theme_goes_back_only_within_this_site() {
    let server = Server::empty().await;
    for (query, back) in [
        ("set=dark&back=/market%3Fstep=1h", "/market?step=1h"),
        ("set=light&back=//evil.example", "/"),
        ("set=auto&back=https://evil.example", "/"),
        ("set=dark&back=/a%0d%0ax:y", "/"),
        ("set=dark", "/"),
    ] {
        let response = server.get(&format!("/theme?{query}")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{query}");
        assert_eq!(response.headers()["location"], back, "{query}");
        let cookie = response.headers()["set-cookie"].to_str().expect("ascii");
        assert!(
            cookie.starts_with("theme=") && cookie.ends_with("SameSite=Lax"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn reports_of_broken_pages_are_bounded() {
    let server = Server::empty().await;
    let report = async |body: String| {
        let request = server
            .client
            .post(format!("{}/api/client-error", server.url));
        request.body(body).send().await.expect("answer").status()
    };
    assert_eq!(
        report("panicked\nat x".to_owned()).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(report("x".repeat(4096)).await, StatusCode::NO_CONTENT);
    assert_eq!(
        report("x".repeat(4097)).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    for _ in 3..30 {
        report(String::new()).await;
    }
    assert_eq!(report(String::new()).await, StatusCode::TOO_MANY_REQUESTS);
    server.web.clock.advance(MINUTE_MS);
    assert_eq!(report(String::new()).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn files_are_kept_by_version_or_asked_for_by_tag() {
    let server = Server::empty().await;
    let pkg = server.folder.path().join("pkg");
    std::fs::create_dir(&pkg).expect("folder");
    std::fs::write(pkg.join("assay.css"), "a{}").expect("file");
    std::fs::write(pkg.join("assay.css.br"), "brotli").expect("file");
    std::fs::write(server.folder.path().join("secret"), "s").expect("file");

    let plain = server.get("/pkg/assay.css").await;
    assert_eq!(plain.headers()["cache-control"], "no-cache");
    assert_eq!(plain.headers()["content-type"], "text/css");
    let tag = plain.headers()["etag"].clone();
    assert_eq!(plain.text().await.expect("text"), "a{}");
    let ask = async |path: &str, name: header::HeaderName, value: header::HeaderValue| {
        let request = server.client.get(format!("{}{path}", server.url));
        request.header(name, value).send().await.expect("answer")
    };
    let known = ask("/pkg/assay.css", header::IF_NONE_MATCH, tag.clone()).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let small = ask(
        "/pkg/assay.css?v=1",
        header::ACCEPT_ENCODING,
        header::HeaderValue::from_static("br"),
    )
    .await;
    assert_eq!(small.headers()["content-encoding"], "br");
    assert_eq!(
        small.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_ne!(small.headers()["etag"], tag);
    for path in ["/pkg/missing.js?v=1", "/pkg/..%2fsecret", "/pkg/"] {
        let missing = server.get(path).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(missing.headers()["cache-control"], "no-cache", "{path}");
    }
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
