//! The same exchanges over sockets.

use futures::SinkExt;
use serde_json::Value;
use yawc::{Frame, MaybeTlsStream, Options, WebSocket, frame::OpCode};

use super::*;

type Socket = WebSocket<MaybeTlsStream<tokio::net::TcpStream>>;

async fn start(config: SimulatorConfig) -> (RunningSimulator, Clock) {
    let clock = Clock::fixed(NOW);
    let config = SimulatorConfig {
        clock: clock.clone(),
        book_levels: 60,
        ..config
    };
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    (Simulator::start(any_port, config).await.unwrap(), clock)
}

async fn connect(url: &str, options: Options) -> Result<Socket, yawc::WebSocketError> {
    let url: reqwest::Url = url.parse().unwrap();
    WebSocket::connect(url).with_options(options).await
}

/// The next text, as it was sent.
async fn text(socket: &mut Socket) -> String {
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(20), socket.next_frame());
        let frame = frame
            .await
            .expect("it says something")
            .expect("it stays open");
        if frame.opcode() == OpCode::Text {
            return frame.as_str().to_owned();
        }
    }
}

const HELLO: &str = r#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":100},"req_id":1}"#;
const TRADES: &str =
    r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"]},"req_id":2}"#;

#[tokio::test]
async fn sockets_say_what_the_exchange_says() {
    for (fragment_bytes, options) in [
        (None, Options::default().without_compression()),
        (Some(64), Options::default().with_balanced_compression()),
    ] {
        let (simulator, clock) = start(SimulatorConfig {
            fragment_bytes,
            ..SimulatorConfig::default()
        })
        .await;
        let mut socket = connect(&simulator.stream_url(Protocol::Kraken), options)
            .await
            .unwrap();
        let mut heard = vec![text(&mut socket).await];
        let mut conn = simulator
            .world()
            .exchange(Protocol::Kraken)
            .connect("/ws", "", NOW)
            .unwrap();
        let mut expected = conn.due(NOW);
        for hello in [HELLO, TRADES] {
            socket.send(Frame::text(hello)).await.unwrap();
            expected.extend(conn.receive(hello, NOW));
            heard.extend([text(&mut socket).await, text(&mut socket).await]);
        }
        for step in 1..=20 {
            clock.set(NOW + step * 250);
            let said = conn.due(NOW + step * 250);
            for _ in &said {
                heard.push(text(&mut socket).await);
            }
            expected.extend(said);
        }
        let expected: Vec<String> = expected
            .into_iter()
            .map(|out| match out {
                Out::Text(text) => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(expected.len() > 30);
        assert_eq!(heard, expected);
        simulator.shutdown().await;
    }
}

#[tokio::test]
async fn ends_and_refusals_reach_the_client() {
    let (simulator, clock) = start(SimulatorConfig::default()).await;
    let url = simulator.stream_url(Protocol::Bitfinex);
    let mut socket = connect(&url, Options::default()).await.unwrap();
    text(&mut socket).await;
    clock.advance(500);
    simulator
        .faults()
        .set(Fault::Cut, Some(Protocol::Bitfinex), Some(NOW + 2_000));
    clock.advance(1_000);
    let frame = tokio::time::timeout(Duration::from_secs(20), socket.next_frame());
    let frame = frame.await.unwrap().unwrap();
    assert_eq!(
        (frame.opcode(), frame.close_code().map(u16::from)),
        (OpCode::Close, Some(1001))
    );

    simulator.faults().clear_all();
    let mut socket = connect(&url, Options::default()).await.unwrap();
    text(&mut socket).await;
    clock.advance(1_000);
    simulator.faults().set(Fault::Restart, None, None);
    clock.advance(1_000);
    let gone = tokio::time::timeout(Duration::from_secs(20), socket.next_frame())
        .await
        .unwrap();
    assert!(gone.is_err(), "it is torn down");
    let refused = connect(&url, Options::default())
        .await
        .err()
        .expect("nobody is let in");
    assert!(refused.to_string().contains("503"), "{refused}");
    simulator.faults().clear_all();
    simulator.faults().set(Fault::Blocked, None, None);
    let refused = connect(&url, Options::default())
        .await
        .err()
        .expect("nobody is let in");
    assert!(refused.to_string().contains("451"), "{refused}");
    simulator.faults().clear_all();
    assert!(connect(&url, Options::default()).await.is_ok());
}

#[tokio::test]
async fn pings_are_answered_and_streams_stay() {
    let (simulator, clock) = start(SimulatorConfig::default()).await;
    let url = format!(
        "{}/btcusdt@aggTrade",
        simulator.stream_url(Protocol::Binance)
    );
    let mut socket = connect(&url, Options::default()).await.unwrap();
    let mut count = 0;
    for step in 1..=120 {
        clock.set(NOW + step * 1_000);
        // One trade each second at least.
        text(&mut socket).await;
        count += 1;
    }
    assert_eq!(count, 120, "it lives longer than a minute");
}

#[tokio::test]
async fn all_venues_and_the_truth_are_on_one_listener() {
    let (simulator, clock) = start(SimulatorConfig {
        root: Protocol::Kraken,
        ..SimulatorConfig::default()
    })
    .await;
    clock.advance(30_000);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |url: String| -> (u16, String) {
        let answer = client.get(&url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (protocol, path) in [
        (Protocol::Binance, "/api/v3/depth?symbol=BTCUSDT&limit=5"),
        (Protocol::Coinbase, "/products/BTC-USD/book?level=2"),
        (Protocol::Kraken, "/0/public/Depth?pair=XBTUSD"),
        (Protocol::Bitstamp, "/api/v2/order_book/btcusd/"),
        (Protocol::Bitfinex, "/v2/book/tBTCUSD/P0"),
    ] {
        let (status, body) = get(format!("{}{path}", simulator.rest_url(protocol))).await;
        let (pure_path, query) = path.split_once('?').unwrap_or((path, ""));
        let pure = simulator
            .world()
            .exchange(protocol)
            .rest(pure_path, query, clock.now_ms());
        assert_eq!((status, body), (pure.status, pure.body), "{protocol}");
    }
    let root = get(format!("{}/0/public/Time", simulator.base_url()))
        .await
        .1;
    assert!(root.contains("unixtime"), "{root}");

    let truth =
        |what: &str, query: &str| format!("{}/truth/kraken/{what}?{query}", simulator.base_url());
    let (_, body) = get(truth("trades", &format!("from={NOW}&to={}", NOW + 30_000))).await;
    let trades: Value = serde_json::from_str(&body).unwrap();
    let known = simulator
        .truth()
        .trades(Protocol::Kraken, NOW, NOW + 30_000);
    assert_eq!(trades["trades"].as_array().unwrap().len(), known.len());
    assert_eq!(trades["trades"][0]["id"], known[0].id);
    let (_, body) = get(truth(
        "candles",
        &format!("from={}&to={NOW}", NOW - 300_000),
    ))
    .await;
    assert!(body.contains("\"opened_at\":"), "{body}");
    let (_, body) = get(truth("book", &format!("from={NOW}"))).await;
    assert!(body.contains("\"bids\":[[\""), "{body}");
    for (url, status) in [
        (truth("dreams", "from=0"), 404),
        (truth("trades", &format!("from={NOW}&to=0")), 400),
        (truth("trades", &format!("from=0&to={NOW}")), 400),
        (truth("trades", "from=soon"), 400),
        (
            format!("{}/truth/mtgox/trades?from=0", simulator.base_url()),
            404,
        ),
    ] {
        assert_eq!(get(url.clone()).await.0, status, "{url}");
    }
}

#[tokio::test]
async fn a_fault_can_be_switched_for_one_venue() {
    let (simulator, _clock) = start(SimulatorConfig::default()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let faults = format!("{}/faults", simulator.base_url());
    let post = async |path: &str| client.post(format!("{faults}{path}")).send().await.unwrap();
    let body = post("/blocked?venue=kraken&seconds=60")
        .await
        .text()
        .await
        .unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let on: Vec<&Value> = body["faults"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|fault| fault["on"] == true)
        .collect();
    assert_eq!(on.len(), 1);
    assert_eq!(
        (&on[0]["venue"], &on[0]["until_ms"]),
        (&Value::from("kraken"), &Value::from(NOW + 60_000))
    );
    assert!(
        simulator
            .faults()
            .is_on(Fault::Blocked, Some(Protocol::Kraken))
    );
    assert!(
        !simulator
            .faults()
            .is_on(Fault::Blocked, Some(Protocol::Binance))
    );
    assert_eq!(post("/blocked?venue=mtgox").await.status().as_u16(), 404);
    let delete = client
        .delete(format!("{faults}/blocked?venue=kraken"))
        .send()
        .await
        .unwrap();
    assert!(delete.status().is_success());
    assert!(simulator.faults().list().is_empty());
}

#[tokio::test]
async fn slow_answers_come_whole_in_the_end() {
    let (simulator, _clock) = start(SimulatorConfig {
        speed: 100.0,
        ..SimulatorConfig::default()
    })
    .await;
    simulator.faults().set(Fault::SlowBody, None, None);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!(
        "{}/0/public/Depth?pair=XBTUSD",
        simulator.rest_url(Protocol::Kraken)
    );
    let body = client.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(serde_json::from_str::<Value>(&body).is_ok(), "{body}");
}

#[tokio::test]
async fn a_recording_is_served_over_the_venues_path() {
    let recording = Recording::parse("x", "wss://ws.bitstamp.net/ <-> 1\n1.0: {\"a\":1}\n1.5: {\"a\":2}\nhttps://www.bitstamp.net/api/v2/order_book/btcusd -> 1.2: {\"b\":1}\n").unwrap();
    let (simulator, clock) = start(SimulatorConfig {
        replay: vec![recording],
        ..SimulatorConfig::default()
    })
    .await;
    let mut socket = connect(
        &simulator.stream_url(Protocol::Bitstamp),
        Options::default(),
    )
    .await
    .unwrap();
    assert_eq!(text(&mut socket).await, "{\"a\":1}");
    clock.advance(500);
    assert_eq!(text(&mut socket).await, "{\"a\":2}");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!(
        "{}/api/v2/order_book/btcusd/",
        simulator.rest_url(Protocol::Bitstamp)
    );
    assert_eq!(
        client.get(&url).send().await.unwrap().text().await.unwrap(),
        "{\"b\":1}"
    );
}
