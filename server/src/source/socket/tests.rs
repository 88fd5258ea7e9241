use axum::{
    Router,
    http::{StatusCode, header},
    response::{Html, IntoResponse},
    routing::get,
};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use yawc::{HttpWebSocket, IncomingUpgrade};

use super::*;

const NOW: i64 = 1_790_000_000_000;

fn sockets(config: SocketConfig) -> Sockets {
    Sockets::new(config, Clock::fixed(NOW)).unwrap()
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("ws://{addr}/")
}

/// A server that does this with each connection.
async fn serve<F>(
    options: Options,
    with: impl Fn(HttpWebSocket) -> F + Clone + Send + Sync + 'static,
) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let handler = move |upgrade: IncomingUpgrade| async move {
        let (response, upgrading) = upgrade.upgrade(options).unwrap();
        tokio::spawn(async move {
            if let Ok(ws) = upgrading.await {
                with(ws).await;
            }
        });
        response
    };
    listen(Router::new().route("/", get(handler))).await
}

#[tokio::test]
async fn compressed_and_fragmented_messages_come_whole() {
    let options = Options::default()
        .with_low_latency_compression()
        .with_max_fragment_size(100);
    let long = "{\"price\":\"67123.45\"}".repeat(1_000);
    let sent = long.clone();
    let url = serve(options, move |mut ws| {
        let sent = sent.clone();
        async move {
            for _ in 0..3 {
                ws.send(Frame::text(sent.clone())).await.unwrap();
            }
            while let Some(frame) = ws.next().await {
                if frame.opcode() == OpCode::Text {
                    ws.send(frame).await.unwrap();
                }
            }
        }
    })
    .await;
    let mut socket = sockets(SocketConfig::default()).open(&url).await.unwrap();
    for _ in 0..3 {
        assert_eq!(socket.next().await, Ok(Received::Text(long.clone())));
    }
    for text in ["", "ä€", &long] {
        socket.send(text).await.unwrap();
        assert_eq!(socket.next().await, Ok(Received::Text(text.to_owned())));
    }
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let url = serve(Options::default(), |mut ws| async move {
        ws.send(Frame::ping("1699999999")).await.unwrap();
        while let Some(frame) = ws.next().await {
            if frame.opcode() == OpCode::Pong {
                ws.send(Frame::text(format!("pong {}", frame.as_str())))
                    .await
                    .unwrap();
                ws.send(Frame::close(CloseCode::Away, "24 h"))
                    .await
                    .unwrap();
            }
        }
    })
    .await;
    let mut socket = sockets(SocketConfig::default()).open(&url).await.unwrap();
    assert_eq!(socket.next().await, Ok(Received::Ping));
    assert_eq!(
        socket.next().await,
        Ok(Received::Text("pong 1699999999".to_owned()))
    );
    let goodbye = Received::Close {
        code: 1001,
        reason: "24 h".to_owned(),
    };
    assert_eq!(socket.next().await, Ok(goodbye));
    assert!(matches!(socket.next().await, Err(SocketError::Broken(_))));
}

#[tokio::test]
async fn messages_that_are_too_large_end_the_connection() {
    for fragment in [None, Some(400)] {
        for compress in [false, true] {
            let mut options = Options::default();
            if compress {
                options = options.with_low_latency_compression();
            }
            if let Some(fragment) = fragment {
                options = options.with_max_fragment_size(fragment);
            }
            let url = serve(options, |mut ws| async move {
                ws.send(Frame::text("x".repeat(1_000))).await.unwrap();
                let _ = ws.send(Frame::text("x".repeat(1_001))).await;
                while ws.next().await.is_some() {}
            })
            .await;
            let config = SocketConfig {
                max_frame_bytes: 1_000,
                max_message_bytes: 1_000,
                ..SocketConfig::default()
            };
            let mut socket = sockets(config).open(&url).await.unwrap();
            let first = socket.next().await;
            assert_eq!(
                first,
                Ok(Received::Text("x".repeat(1_000))),
                "{fragment:?} {compress}"
            );
            let second = socket.next().await;
            assert_eq!(
                second,
                Err(SocketError::TooLarge(1_000)),
                "{fragment:?} {compress}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_told() {
    let url = serve(Options::default(), |ws| async move { drop(ws) }).await;
    let mut socket = sockets(SocketConfig::default()).open(&url).await.unwrap();
    assert!(matches!(socket.next().await, Err(SocketError::Broken(_))));
}

#[tokio::test]
async fn refusals_tell_status_and_retry_after() {
    let router = Router::new()
        .route(
            "/region",
            get(|| async { StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS }),
        )
        .route(
            "/busy",
            get(|| async {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "7")]).into_response()
            }),
        )
        .route("/page", get(|| async { Html("please log in") }))
        .route(
            "/fake",
            get(|| async {
                let headers = [
                    (header::UPGRADE, "websocket"),
                    (header::CONNECTION, "upgrade"),
                ];
                (StatusCode::SWITCHING_PROTOCOLS, headers)
            }),
        );
    let base = listen(router).await;
    let sockets = sockets(SocketConfig::default());
    for (path, status, retry_after_ms) in [
        ("region", Some(451), None),
        ("busy", Some(429), Some(7_000)),
        ("page", Some(200), None),
        ("absent", Some(404), None),
        ("fake", None, None),
    ] {
        let error = sockets.open(&format!("{base}{path}")).await.unwrap_err();
        assert_eq!(
            (error.status(), error.retry_after_ms()),
            (status, retry_after_ms),
            "{path}: {error}"
        );
    }
    for url in ["", "http://127.0.0.1:1/", "ws//x", "wss://"] {
        let error = sockets.open(url).await.unwrap_err();
        assert!(matches!(error, OpenError::BadUrl { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = SocketConfig {
        open_timeout: Duration::from_millis(200),
        ..SocketConfig::default()
    };
    let url = format!("ws://{}/", mute.local_addr().unwrap());
    let error = sockets(config).open(&url).await.unwrap_err();
    assert!(
        error.to_string().contains("no answer within 200ms"),
        "{error}"
    );
    drop(mute);
    let error = sockets(SocketConfig::default())
        .open(&url)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cannot connect"), "{error}");
}
