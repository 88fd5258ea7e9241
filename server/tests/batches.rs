//! The pages of batches over a real store.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::server_on_loopback;
use crate::support;

use std::time::Duration;

use app::model::RunState;
use reqwest::{Response, StatusCode};
use serde_json::Value;
use server::{
    config::{Config, JobConfig, JobKind},
    pipeline::schedule::Schedule,
    store::run::NewRun,
};
use server_on_loopback::Server;
use support::{Bench, MINUTE, MONDAY, calm, csv_of};

const HOSTILE: &str = "<script>alert(1)<b>&amp;.csv";

async fn bench(config: Config) -> (Bench, Server) {
    let bench = Bench::new().await;
    let server = Server::start(&bench.engine, bench.folder.path(), config).await;
    (bench, server)
}

async fn text(response: Response) -> String {
    String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap()
}

async fn page(server: &Server, path: &str) -> (StatusCode, String) {
    let asked = server.get(path).header("accept", "text/html");
    let response = asked.send().await.unwrap();
    (response.status(), text(response).await)
}

async fn json(server: &Server, path: &str) -> (StatusCode, Value) {
    let response = server.get(path).send().await.unwrap();
    let status = response.status();
    (
        status,
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap(),
    )
}

fn count(html: &str, testid: &str) -> usize {
    html.matches(&format!("data-testid=\"{testid}\"")).count()
}

/// Prices whose third row breaks a hard rule.
fn broken(seed: u64, first: i64, minutes: usize) -> String {
    let mut rows = calm(seed, first, minutes);
    rows[2].high = rows[2].low / 2.0;
    csv_of(&rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_are_listed_shown_and_compared() {
    let (bench, server) = bench(Config::default()).await;
    let first = bench
        .take("first.csv", csv_of(&calm(1, MONDAY, 2_000)))
        .await;
    assert_eq!(first.state, "done", "{first:?}");
    let later = MONDAY + 3_000 * MINUTE;
    let second = bench.take(HOSTILE, broken(2, later, 3_000)).await;
    assert_eq!(
        (second.state, second.quarantined),
        ("done", 1),
        "{second:?}"
    );
    let refused = bench
        .take("letter.csv", "Dear all,\nno prices here.\n")
        .await;
    assert_eq!(refused.state, "refused");
    let ids: Vec<i64> = bench
        .rows::<(i64,)>("select id from bronze_landing order by id")
        .await
        .into_iter()
        .map(|(id,)| id)
        .collect();

    let (status, list) = page(&server, "/batches").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(count(&list, "batch-row"), 3);
    assert!(
        !list.contains("<script>alert(1)") && !list.contains("<b>&amp;"),
        "{list}"
    );
    assert!(list.contains("&lt;script&gt;alert(1)"));
    let (_, list) = page(&server, "/batches?state=refused").await;
    assert_eq!(count(&list, "batch-row"), 1);
    let (_, list) = page(&server, "/batches?show=runs").await;
    assert_eq!(count(&list, "run-list-row"), 3);

    let (status, html) = page(&server, &format!("/batches/{}", ids[1])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("Every row is accounted for."), "{html}");
    assert!(
        !html.contains("<script"),
        "no script, and none from outside"
    );
    assert_eq!(count(&html, "set-apart"), 1);
    assert!(
        html.contains("candle.ohlc") || html.contains("candle.high"),
        "the rule is named"
    );
    assert!(count(&html, "batch-check") > 5, "{html}");
    assert!(html.contains("class=\"hist\"") && html.contains("2018-01"));
    assert!(html.contains(&format!("/batches/compare?a={}&amp;b={}", ids[0], ids[1])));
    let (status, html) = page(&server, &format!("/batches/{}", ids[2])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("refused") && html.contains("No profile"));

    // by default with the one before it of the same series
    for path in [
        format!("/batches/compare?a={}&b={}", ids[0], ids[1]),
        format!("/batches/compare?b={}", ids[1]),
        "/batches/compare".to_owned(),
    ] {
        let (status, html) = page(&server, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let side = |name: &str, id: i64| {
            html.contains(&format!(
                "data-testid=\"side-{name}\" data-batch-id=\"{id}\""
            ))
        };
        assert!(side("a", ids[0]) && side("b", ids[1]), "{path}: {html}");
        assert!(
            html.contains("hist-line") && html.contains("+1,000"),
            "{html}"
        );
        assert!(!html.contains("<script"));
    }

    let (status, landing) = json(&server, &format!("/api/v1/landings/{}", ids[1])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(landing["batch"]["rows"], 3_000);
    assert_eq!(landing["batch"]["quarantined"], 1);
    assert!(!landing["batch"]["verdict"].as_str().unwrap().is_empty());
    assert_eq!(landing["profile"]["months"][0]["month"], "2018-01");
    assert_eq!(landing["before"][0], ids[0]);
    let (_, runs) = json(&server, "/api/v1/runs?state=running").await;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 0);
    let (_, api) = json(&server, "/api/v1/openapi.json").await;
    assert!(api["paths"]["/landings/{id}"]["get"].is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_not_there_is_said_to_be() {
    let (bench, server) = bench(Config::default()).await;
    for path in [
        "/batches/1",
        "/batches/x%3Cscript%3E",
        "/batches/compare",
        "/batches/compare?a=1&b=2",
    ] {
        let (status, html) = page(&server, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(count(&html, "refused"), 1, "{path}: {html}");
        assert!(!html.contains("<script"), "{path}: {html}");
    }
    let (status, _) = page(&server, "/batches/compare?a=x").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, answer) = json(&server, "/api/v1/landings/1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(answer["error"].as_str().unwrap().contains("not found"));
    // alone, a file has none before it
    bench.take("only.csv", csv_of(&calm(1, MONDAY, 100))).await;
    let (status, html) = page(&server, "/batches/compare?b=1").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forms_cancel_runs_and_read_rows_again() {
    let (bench, server) = bench(Config::default()).await;
    let engine = &bench.engine;
    let run = NewRun {
        pipeline: app::model::Pipeline::Batch,
        kind: "ingest",
        subject: "slow.csv",
        holder: "another process",
        started_at: engine.clock.now_ms(),
    };
    let run_id = engine.store.begin_run(run).await.unwrap();
    let (_, html) = page(&server, "/batches").await;
    let action = format!("/runs/{run_id}/cancel");
    assert!(html.contains(&format!("action=\"{action}\"")), "{html}");
    let foreign = server.post(&action).header("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert!(!engine.store.is_run_asked_to_stop(run_id).await.unwrap());
    let ours = server.post(&action).header("sec-fetch-site", "same-origin");
    let response = ours.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "/batches");
    assert!(engine.store.is_run_asked_to_stop(run_id).await.unwrap());
    engine.store.interrupt_run(run_id, 1).await.unwrap();
    let again = server.post(&action).header("accept", "text/html");
    let response = again.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("is not running"));

    bench.take("broken.csv", broken(3, MONDAY, 100)).await;
    let id = bench.number("select max(id) from bronze_landing").await;
    let retry = server.post(&format!("/batches/{id}/retry"));
    assert_eq!(retry.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while bench
        .number("select count(*) from run where kind = 'quarantine retry' and state = 'done'")
        .await
        == 0
    {
        tick.tick().await;
    }
    let unknown = server.post("/batches/99/retry").send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_and_the_inbox_are_shown_and_a_job_is_run_by_a_form() {
    let mut config = Config::default();
    let inbox = tempfile::tempdir().unwrap();
    std::fs::create_dir(inbox.path().join("done")).unwrap();
    for name in ["a.csv", "done/b.csv", "done/b.csv.report.json"] {
        std::fs::write(inbox.path().join(name), "x").unwrap();
    }
    config.batch.inbox = Some(inbox.path().to_owned());
    config.batch.schedule = vec![JobConfig {
        name: "last-hours".to_owned(),
        cron: "5 * * * *".to_owned(),
        job: JobKind::Candles,
        venue: "simulator".to_owned(),
        instrument: None,
        step: None,
    }];
    let (bench, server) = bench(config.clone()).await;
    Schedule::begin(bench.engine.clone(), config.into())
        .await
        .unwrap();
    let (_, html) = page(&server, "/batches").await;
    assert_eq!(count(&html, "job-row"), 1);
    assert!(
        html.contains("5 * * * *") && html.contains("1 file<"),
        "{html}"
    );
    assert!(html.contains("action=\"/jobs/last-hours/run\""), "{html}");
    // nothing listens there: the run fails, but it is a run
    let run = server.post("/jobs/last-hours/run").send().await.unwrap();
    assert_eq!(run.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        bench
            .number("select count(*) from run where kind = 'job'")
            .await,
        1
    );
    let unknown = server.post("/jobs/nothing/run").send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn uploads_are_shown_in_a_frame_of_ours_alone() {
    let (bench, server) = bench(Config::default()).await;
    let (_, html) = page(&server, "/batches").await;
    assert!(html.contains("src=\"/upload/frame\"") && html.contains("target=\"upload-frame\""));
    for (path, framed) in [
        ("/upload/frame", true),
        ("/upload/new", true),
        ("/upload/run/99", true),
        ("/batches/1", false),
        ("/batches", false),
    ] {
        let asked = server.get(path).header("accept", "text/html");
        let response = asked.send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let (policy, options) = (header("content-security-policy"), header("x-frame-options"));
        let (ancestors, frames) = if framed {
            ("frame-ancestors 'self'", "SAMEORIGIN")
        } else {
            ("frame-ancestors 'none'", "DENY")
        };
        assert!(policy.contains(ancestors), "{path}: {policy}");
        assert_eq!(options, frames, "{path}");
        if path != "/batches" {
            assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        }
    }
    // the page of a finished run leads to its batch, out of the frame
    bench.take("prices.csv", csv_of(&calm(4, MONDAY, 50))).await;
    let run_id = bench.number("select max(id) from run").await;
    assert_eq!(
        bench.engine.store.run(run_id).await.unwrap().state,
        RunState::Done
    );
    let (_, html) = page(&server, &format!("/upload/run/{run_id}")).await;
    assert!(
        html.contains("href=\"/batches/1\" target=\"_top\""),
        "{html}"
    );
    let (status, html) = page(&server, "/upload/run/99").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("class=\"bare\"") && html.contains("there is no run"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_operator_signs_in_once() {
    let bench = Bench::new().await;
    let token = server::secret::Secret::new("s3cret");
    let server = Server::with_token(&bench.engine, bench.folder.path(), token).await;
    let (_, html) = page(&server, "/batches").await;
    assert_eq!(
        (count(&html, "sign-in"), count(&html, "upload-form")),
        (1, 0)
    );
    let refused = server.post("/jobs/x/run").header("accept", "text/html");
    let response = refused.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(count(&text(response).await, "sign-in"), 1);

    let wrong = server.post("/operator").form(&[("token", "s3cre")]);
    let response = wrong.header("accept", "text/html").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(!response.headers().contains_key("set-cookie"));
    assert!(
        text(response)
            .await
            .contains("That is not the operator token")
    );
    let right = [("token", "s3cret"), ("back", "//evil.example/")];
    let response = server.post("/operator").form(&right).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "/", "not to another site");
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();

    let ask = |site: &'static str| {
        let asked = server.post("/jobs/x/run").header("cookie", &cookie);
        asked.header("sec-fetch-site", site).send()
    };
    assert_eq!(
        ask("same-origin").await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        ask("same-site").await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let signed = server.get("/batches").header("cookie", &cookie);
    let html = text(signed.send().await.unwrap()).await;
    assert_eq!(
        (count(&html, "sign-in"), count(&html, "upload-form")),
        (0, 1)
    );
}
