use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::Redirect,
    routing::get,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

const NOW: i64 = 1_790_000_000_000;

fn source() -> HttpSource {
    let config = HttpConfig {
        total_timeout: Duration::from_secs(20),
        max_body_bytes: 1_000,
        ..HttpConfig::default()
    };
    HttpSource::new(&config, Clock::fixed(NOW)).unwrap()
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{addr}")
}

#[tokio::test]
async fn a_good_answer_comes_back_exactly() {
    let handler = |headers: HeaderMap| async move {
        let agent = headers[header::USER_AGENT].to_str().unwrap().to_owned();
        ([("x-mbx-used-weight-1m", "17")], agent)
    };
    let base = serve(Router::new().route("/", get(handler))).await;
    let answer = source().get(&base).await.unwrap();
    assert_eq!((answer.status, answer.used_weight), (200, Some(17)));
    assert_eq!((answer.sent_at_ms, answer.received_at_ms), (NOW, NOW));
    assert!(answer.body.starts_with(b"assay/"));
    assert_eq!(answer.url, base);
}

#[tokio::test]
async fn a_large_body_is_not_read_to_its_end() {
    let base = serve(Router::new().route("/", get(|| async { "x".repeat(1_001) }))).await;
    let error = source().get(&base).await.unwrap_err();
    assert!(
        matches!(error, FetchError::TooLarge { limit: 1_000, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn redirects_to_other_hosts_are_not_followed() {
    let other = serve(Router::new().route("/", get(|| async { "other" }))).await;
    let router = Router::new()
        .route(
            "/away",
            get(move || async move { Redirect::temporary(&other) }),
        )
        .route("/near", get(|| async { Redirect::temporary("/data") }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/data", get(|| async { "data" }));
    let base = serve(router).await;
    let source = source();
    assert_eq!(
        source.get(&format!("{base}/near")).await.unwrap().body,
        b"data"
    );
    for path in ["away", "loop"] {
        let error = source.get(&format!("{base}/{path}")).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Refused { .. }),
            "{path}: {error}"
        );
        assert_eq!(error.status(), Some(307), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_kept_as_far_as_it_came() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Closed with a request unread, the connection would be reset and what was sent lost.
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[[1,";
        stream.write_all(head).await.unwrap();
    });
    let error = source().get(&format!("http://{addr}/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Transient { .. }), "{error}");
    assert_eq!(
        error.answer().map(|answer| answer.body.clone()),
        Some(b"[[1,".to_vec())
    );
}

#[tokio::test]
async fn nobody_there_is_transient_and_nonsense_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let error = source().get(&format!("http://{addr}/")).await.unwrap_err();
    assert!(
        matches!(error, FetchError::Transient { answer: None, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("cannot connect"), "{error}");
    for url in ["", "binance", "file:///etc/passwd", "ftp://127.0.0.1/"] {
        let error = source().get(url).await.unwrap_err();
        assert!(matches!(error, FetchError::BadUrl { .. }), "{url}: {error}");
    }
}

#[test]
fn statuses_are_sorted() {
    let judged = |status: StatusCode| {
        let answer = Answer {
            url: "http://venue/".to_owned(),
            status: status.as_u16(),
            sent_at_ms: NOW,
            received_at_ms: NOW,
            body: b"words".to_vec(),
            used_weight: None,
        };
        judge(answer, Some("7")).map_or_else(
            |error| {
                assert_eq!(
                    error.answer().map(|answer| answer.body.as_slice()),
                    Some(&b"words"[..])
                );
                match error {
                    FetchError::Transient {
                        retry_after_ms: Some(7_000),
                        ..
                    } => "transient",
                    FetchError::RateLimited {
                        retry_after_ms: Some(7_000),
                        ..
                    } => "rate limited",
                    FetchError::Blocked { .. } => "blocked",
                    FetchError::Refused { .. } => "refused",
                    _ => "other",
                }
            },
            |_| "good",
        )
    };
    for (status, expected) in [
        (200, "good"),
        (204, "good"),
        (302, "refused"),
        (400, "refused"),
        (401, "blocked"),
        (403, "blocked"),
        (404, "refused"),
        (408, "transient"),
        (418, "rate limited"),
        (429, "rate limited"),
        (451, "blocked"),
        (500, "transient"),
        (503, "transient"),
    ] {
        assert_eq!(
            judged(StatusCode::from_u16(status).unwrap()),
            expected,
            "{status}"
        );
    }
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    // 1,790,000,000 s after the epoch is 21 September 2026, 14:13:20 UTC.
    for (text, expected) in [
        ("30", Some(30_000)),
        (" 0 ", Some(0)),
        ("Mon, 21 Sep 2026 14:14:20 GMT", Some(60_000)),
        ("Mon, 21 Sep 2026 14:00:00 GMT", Some(0)),
        ("99999999", Some(MAX_RETRY_AFTER_MS)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999", None),
    ] {
        assert_eq!(retry_after_ms(text, NOW), expected, "{text:?}");
    }
}

#[test]
fn loopback_needs_no_proxy() {
    for (url, expected) in [
        ("http://127.0.0.1:3000/", true),
        ("http://[::1]:3000/", true),
        ("http://localhost/", true),
        ("https://data-api.binance.vision/", false),
        ("http://127.0.0.1.example.org/", false),
    ] {
        assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
    }
}
