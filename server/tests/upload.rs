//! Files over HTTP: received, looked at, committed or discarded.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::server_on_loopback;
use crate::support;

use std::{convert::Infallible, time::Duration};

use app::model::{DAY_MS, RunState, RunVm};
use axum::body::Bytes;
use futures::{StreamExt, stream};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use server::{
    config::Config,
    pipeline::{
        batch::IngestOptions,
        upload::{UploadError, Uploads},
    },
};
use server_on_loopback::Server;
use support::{Bench, MONDAY, calm, csv_of, gzip};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn bench(max_mb: u64) -> (Bench, Server) {
    let bench = Bench::new().await;
    let mut config = Config::default();
    config.batch.max_upload_mb = max_mb;
    let server = Server::start(&bench.engine, bench.folder.path(), config).await;
    (bench, server)
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.bytes().await.unwrap().to_vec()).unwrap()
}

async fn ended(bench: &Bench, run_id: i64) -> RunVm {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    loop {
        tick.tick().await;
        let run = bench.engine.store.run(run_id).await.unwrap();
        if run.state != RunState::Running {
            return run;
        }
    }
}

fn waiting(bench: &Bench) -> usize {
    std::fs::read_dir(bench.path("uploads")).map_or(0, Iterator::count)
}

fn prices(minutes: usize) -> String {
    csv_of(&calm(111, MONDAY, minutes))
}

#[tokio::test]
async fn a_file_is_shown_before_it_is_committed() {
    let (bench, server) = bench(10).await;
    let body = gzip(prices(5_000));
    let bytes = body.len();
    let sent = server
        .post("/api/v1/uploads?name=..%2Fbitfinex-2018.csv.gz")
        .body(body);
    let response = sent.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let upload = json(response).await;
    assert_eq!(upload["name"], "bitfinex-2018.csv.gz");
    assert_eq!(upload["bytes"], bytes);
    assert_eq!(upload["inspect"]["is_usable"], true, "{upload}");
    assert!(
        upload["inspect"]["text"]
            .as_str()
            .unwrap()
            .contains("candle"),
        "{upload}"
    );
    assert_eq!(
        bench.number("select count(*) from bronze_landing").await,
        0,
        "nothing has landed"
    );
    let run = ended(&bench, upload["run_id"].as_i64().unwrap()).await;
    assert_eq!(
        (run.kind.as_str(), run.state, run.bytes_total),
        ("upload", RunState::Done, bytes as i64)
    );

    let id = upload["id"].as_str().unwrap();
    assert!(
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    let commit = server
        .post(&format!("/api/v1/uploads/{id}/commit?venue=bitfinex"))
        .send()
        .await
        .unwrap();
    let run = ended(&bench, json(commit).await["run_id"].as_i64().unwrap()).await;
    assert_eq!(
        (run.kind.as_str(), run.state, run.accepted),
        ("ingest", RunState::Done, 5_000),
        "{run:?}"
    );
    assert_eq!(
        bench
            .texts("select venue || ' ' || origin from bronze_landing")
            .await,
        ["bitfinex bitfinex-2018.csv.gz"]
    );
    bench.assert_books_balance().await;
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while waiting(&bench) > 0 {
        tick.tick().await;
    }
    let again = server
        .post(&format!("/api/v1/uploads/{id}/commit"))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_data_is_said_to_be_and_can_be_discarded() {
    let (bench, server) = bench(10).await;
    let sent = server
        .post("/api/v1/uploads?name=letter.txt")
        .body("Dear Sir or Madam\n");
    let upload = json(sent.send().await.unwrap()).await;
    assert_eq!(upload["inspect"]["is_usable"], false, "{upload}");
    assert_eq!(waiting(&bench), 1);
    let path = format!("/api/v1/uploads/{}", upload["id"].as_str().unwrap());
    let foreign = server.delete(&path).header("origin", "http://evil.example");
    assert_eq!(
        foreign.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        server.delete(&path).send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server.delete(&path).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(waiting(&bench), 0);
    for id in ["..%2Fassay.db", "assay.db", "%2e%2e", "0"] {
        let answer = server
            .delete(&format!("/api/v1/uploads/{id}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{id}");
    }
    assert!(bench.path("assay.db").exists());
    let odd = server
        .post("/api/v1/uploads/0/commit?venue=a%2Fb")
        .send()
        .await
        .unwrap();
    assert_eq!(odd.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_leaves_nothing() {
    let (bench, server) = bench(1).await;
    let large = vec![b'x'; (1 << 20) + 1];
    let told = server
        .post("/api/v1/uploads?name=large.csv")
        .body(large.clone());
    assert_eq!(
        told.send().await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    // without a length: found out while it comes
    let uploads = Uploads::new(bench.engine.clone(), 1);
    let pieces = stream::iter(
        large
            .chunks(100_000)
            .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
            .collect::<Vec<_>>(),
    );
    let untold = uploads.receive("large.csv", None, pieces).await;
    assert!(
        matches!(untold, Err(UploadError::TooLarge { limit_mb: 1 })),
        "{untold:?}"
    );
    assert_eq!(waiting(&bench), 0);
    assert_eq!(bench.texts("select state from run").await, ["refused"]);
    let exact = server
        .post("/api/v1/uploads?name=fits.csv")
        .body(vec![b'x'; 1 << 20]);
    assert_eq!(exact.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_sender_that_breaks_off_leaves_nothing() {
    let (bench, server) = bench(10).await;
    let address = server.url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/uploads?name=a.csv HTTP/1.1\r\nhost: {address}\r\ncontent-length: 5000\r\n\r\ntime,open"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while bench
        .number("select count(*) from run where phase = 'receiving'")
        .await
        == 0
    {
        tick.tick().await;
    }
    drop(socket);
    let run = ended(&bench, 1).await;
    assert!(
        matches!(run.state, RunState::Failed | RunState::Interrupted),
        "{run:?}"
    );
    while waiting(&bench) > 0 {
        tick.tick().await;
    }
    assert_eq!(bench.number("select count(*) from upload").await, 0);

    // what says too much of itself
    let uploads = Uploads::new(bench.engine.clone(), 1);
    let piece = || stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"time,open"))]);
    let short = uploads.receive("a.csv", Some(5_000), piece()).await;
    assert!(matches!(short, Err(UploadError::Broken(_))), "{short:?}");
    assert_eq!(waiting(&bench), 0);
}

#[tokio::test]
async fn an_upload_can_be_cancelled_while_it_comes() {
    let (bench, server) = bench(10).await;
    let uploads = Uploads::new(bench.engine.clone(), 10);
    let endless = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"time,open\n"))])
        .chain(stream::pending());
    let receive = uploads.receive("endless.csv", None, endless);
    let cancel = async {
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while bench
            .number("select count(*) from run where phase = 'receiving'")
            .await
            == 0
        {
            tick.tick().await;
        }
        server
            .post("/api/v1/runs/1/cancel")
            .send()
            .await
            .unwrap()
            .status()
    };
    let (received, status) = tokio::join!(receive, cancel);
    assert!(
        matches!(received, Err(UploadError::Cancelled)),
        "{received:?}"
    );
    assert_eq!(status, StatusCode::OK);
    assert_eq!(waiting(&bench), 0);
    assert_eq!(bench.texts("select state from run").await, ["cancelled"]);
}

#[tokio::test]
async fn uploads_that_nobody_commits_go_after_a_day_and_at_the_limit() {
    let (bench, _server) = bench(10).await;
    let uploads = Uploads::new(bench.engine.clone(), 10);
    let send = async |name: &str| {
        let body = stream::iter([Ok::<_, Infallible>(Bytes::from(name.to_owned()))]);
        uploads.receive(name, None, body).await.unwrap().id
    };
    let first = send("0").await;
    for number in 1..20 {
        bench.engine.clock.advance(1);
        send(&number.to_string()).await;
    }
    assert_eq!(waiting(&bench), 16);
    assert!(
        matches!(uploads.discard(&first).await, Err(UploadError::Unknown)),
        "the oldest went"
    );
    bench.engine.clock.advance(DAY_MS);
    let last = send("last").await;
    assert_eq!(waiting(&bench), 1);

    // after a crash: a commit that was cut off can be made again, files of nobody go
    assert!(
        bench
            .engine
            .store
            .move_upload(&last, "received", "committing")
            .await
            .unwrap()
    );
    std::fs::write(bench.path("uploads/stray.part"), "x").unwrap();
    uploads.begin().await.unwrap();
    assert_eq!(waiting(&bench), 1);
    assert!(
        uploads
            .commit(&last, IngestOptions::default())
            .await
            .is_ok()
    );
}

fn form(name: &str, body: &str) -> (String, String) {
    let text = format!(
        "--b0undary\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: text/csv\r\n\r\n{body}\r\n--b0undary--\r\n"
    );
    ("multipart/form-data; boundary=b0undary".to_owned(), text)
}

#[tokio::test]
async fn without_scripts_two_buttons_do_the_same() {
    let (bench, server) = bench(10).await;
    let asked = server.get("/upload/new").send().await.unwrap();
    let policy = asked.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("form-action 'self'") && !policy.contains("script"),
        "{policy}"
    );
    assert!(
        text(asked)
            .await
            .contains("enctype=\"multipart/form-data\"")
    );

    // more than the framework's own limit for forms
    let (kind, body) = form("prices&amp;<b>.csv", &prices(60_000));
    assert!(body.len() > 2 << 20);
    let foreign = server
        .post("/upload")
        .header("content-type", &kind)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign.body(body.clone()).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(waiting(&bench), 0);
    let sent = server
        .post("/upload")
        .header("content-type", &kind)
        .header("sec-fetch-site", "same-origin")
        .body(body);
    let response = sent.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(!page.contains("<b>") && !page.contains("<script"), "{page}");
    let id = page
        .split("/upload/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();

    let commit = server
        .post(&format!("/upload/{id}/commit"))
        .form(&[("venue", "kraken"), ("instrument", "")]);
    let response = commit.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let run_id = location.rsplit('/').next().unwrap().parse().unwrap();
    let run = ended(&bench, run_id).await;
    assert_eq!(run.accepted, 60_000, "{run:?}");
    let page = text(server.get(&location).send().await.unwrap()).await;
    assert!(
        page.contains("data-state=\"done\"") && !page.contains("http-equiv"),
        "{page}"
    );
    assert_eq!(
        bench.texts("select venue from bronze_landing").await,
        ["kraken"]
    );

    let (kind, body) = form("other.csv", &prices(10));
    let sent = server
        .post("/upload")
        .header("content-type", &kind)
        .body(body);
    let page = text(sent.send().await.unwrap()).await;
    let id = page
        .split("/upload/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let response = server
        .post(&format!("/upload/{id}/discard"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let (kind, _) = form("", "");
    let empty = "--b0undary\r\ncontent-disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--b0undary--\r\n";
    let none = server
        .post("/upload")
        .header("content-type", kind)
        .body(empty);
    assert_eq!(none.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        server.get("/upload/run/99").send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while waiting(&bench) > 0 {
        tick.tick().await;
    }
}

#[tokio::test]
async fn a_socket_that_waits_does_not_hold_the_writer() {
    let (bench, server) = bench(10).await;
    let address = server.url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/uploads?name=slow.csv HTTP/1.1\r\nhost: {address}\r\ncontent-length: 20\r\n\r\ntime,open"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while bench
        .number("select count(*) from run where phase = 'receiving'")
        .await
        == 0
    {
        tick.tick().await;
    }
    let report = bench.take("a.csv", prices(1_000)).await;
    assert_eq!(report.state, "done", "{report:?}");
    socket.write_all(b",high,low,c").await.unwrap();
    let mut answer = vec![0; 15];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 OK");
}
