//! A small venue: trades all the time, and talks as told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{SinkExt, StreamExt};
use server::clock::Clock;
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
    time::timeout,
};
use yawc::{Frame, HttpWebSocket, IncomingUpgrade, OpCode, Options, close::CloseCode};

/// Longest that anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a handshake is answered with.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Accept,
    /// Status and Retry-After in seconds.
    Refuse(u16, Option<u32>),
}

/// How the venue talks.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    pub answer: Answer,
    pub compress: bool,
    pub fragment: Option<usize>,
    /// The first connection is confirmed, but brings nothing.
    pub mute_first: bool,
    /// The first connection is not even confirmed.
    pub dumb_first: bool,
    pub drop_at_once: bool,
    /// The first connection sends a frame that is too large.
    pub oversize_first: bool,
    /// Every tenth message is rubbish.
    pub garbage: bool,
    /// Connections up to this number say nothing any more.
    pub hushed: usize,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            answer: Answer::Accept,
            compress: false,
            fragment: None,
            mute_first: false,
            dumb_first: false,
            drop_at_once: false,
            oversize_first: false,
            garbage: false,
            hushed: 0,
        }
    }
}

/// What the venue saw.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Times of handshakes by the engine's clock.
    pub handshakes: Vec<i64>,
    pub pongs: usize,
    pub bad_pongs: usize,
    /// Connections that the client closed.
    pub closed: usize,
}

/// The running venue.
#[derive(Debug, Clone)]
pub struct Venue {
    pub addr: std::net::SocketAddr,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    talk: Mutex<Talk>,
    seen: watch::Sender<Seen>,
    trades: broadcast::Sender<i64>,
    orders: broadcast::Sender<()>,
    clock: Clock,
}

/// Time between two trades.
const BEAT: Duration = Duration::from_millis(10);

impl Venue {
    pub async fn start(talk: Talk, clock: Clock) -> Self {
        let inner = Arc::new(Inner {
            talk: Mutex::new(talk),
            seen: watch::channel(Seen::default()).0,
            trades: broadcast::channel(1_000).0,
            orders: broadcast::channel(8).0,
            clock,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let addr = listener.local_addr().expect("address");
        let router = Router::new()
            .route("/stream", get(connect))
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let trades = inner.trades.clone();
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(BEAT);
            for id in 1.. {
                beat.tick().await;
                let _ = trades.send(id);
            }
        });
        Self { addr, inner }
    }

    pub fn seen(&self) -> Seen {
        self.inner.seen.borrow().clone()
    }

    pub async fn until(&self, what: &str, holds: impl FnMut(&Seen) -> bool) {
        let mut seen = self.inner.seen.subscribe();
        let waited = timeout(PATIENCE, seen.wait_for(holds)).await;
        waited.unwrap_or_else(|_| panic!("{what}")).expect("venue");
    }

    /// Announces that it goes down on every connection that stands.
    pub fn shut_down(&self) {
        let _ = self.inner.orders.send(());
    }

    /// Connections that stand now say nothing any more.
    pub fn hush(&self) {
        let count = self.seen().handshakes.len();
        self.inner.talk.lock().unwrap().hushed = count;
    }

    pub fn accept(&self) {
        self.inner.talk.lock().unwrap().answer = Answer::Accept;
    }
}

async fn connect(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    upgrade: Result<IncomingUpgrade, StatusCode>,
) -> Response {
    let talk = *inner.talk.lock().unwrap();
    let now = inner.clock.now_ms();
    inner.seen.send_modify(|seen| seen.handshakes.push(now));
    assert!(headers.contains_key(header::USER_AGENT));
    if let Answer::Refuse(status, retry_after) = talk.answer {
        let status = StatusCode::from_u16(status).expect("status");
        return match retry_after {
            Some(seconds) => (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response(),
            None => status.into_response(),
        };
    }
    let mut options = Options::default();
    if talk.compress {
        options = options.with_low_latency_compression();
    }
    if let Some(size) = talk.fragment {
        options = options.with_max_fragment_size(size);
    }
    let number = inner.seen.borrow().handshakes.len();
    let (response, upgrading) = upgrade.expect("upgrade").upgrade(options).expect("upgrade");
    tokio::spawn(async move {
        if let Ok(ws) = upgrading.await {
            talk_to(ws, number, &inner).await;
        }
    });
    response.into_response()
}

async fn talk_to(mut ws: HttpWebSocket, number: usize, inner: &Inner) {
    let talk = *inner.talk.lock().unwrap();
    let mut trades = inner.trades.subscribe();
    let mut orders = inner.orders.subscribe();
    let is_first = number == 1;
    let Some(hello) = ws.next().await else {
        return;
    };
    assert!(hello.as_str().contains("SUBSCRIBE"), "{}", hello.as_str());
    if talk.drop_at_once {
        return;
    }
    if !(talk.dumb_first && is_first) {
        let _ = ws.send(Frame::text(r#"{"result":null,"id":1}"#)).await;
    }
    if talk.oversize_first && is_first {
        let _ = ws.send(Frame::text("x".repeat(40_000))).await;
    }
    let mut count = 0_u64;
    let mut asked: Option<String> = None;
    loop {
        let sent = tokio::select! {
            id = trades.recv() => {
                count += 1;
                let is_hushed = number <= inner.talk.lock().unwrap().hushed;
                if is_hushed || ((talk.mute_first || talk.dumb_first) && is_first) {
                    continue;
                }
                let Ok(id) = id else {
                    return;
                };
                if talk.garbage && count.is_multiple_of(10) {
                    let _ = ws.send(Frame::text("{\"stream\":\"btcusdt@aggTr")).await;
                }
                if count.is_multiple_of(20) && asked.is_none() {
                    let payload = format!("{count}");
                    asked = Some(payload.clone());
                    let _ = ws.send(Frame::ping(payload)).await;
                }
                let _ = ws.send(Frame::text(trade(id, inner.clock.now_ms()))).await;
                ws.send(Frame::text(quote())).await
            }
            Ok(()) = orders.recv() => {
                let words = r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#;
                ws.send(Frame::text(words)).await
            }
            frame = ws.next() => match frame {
                Some(frame) if frame.opcode() == OpCode::Pong => {
                    let good = asked.take().is_some_and(|asked| asked == frame.as_str());
                    inner.seen.send_modify(|seen| {
                        seen.pongs += 1;
                        seen.bad_pongs += usize::from(!good);
                    });
                    Ok(())
                }
                Some(frame) if frame.opcode() != OpCode::Close => Ok(()),
                _ => {
                    inner.seen.send_modify(|seen| seen.closed += 1);
                    return;
                }
            },
        };
        // as Binance does: a ping that is not answered ends the connection
        if asked.is_some() && count % 200 == 199 {
            let _ = ws.send(Frame::close(CloseCode::Policy, "no pong")).await;
            return;
        }
        if sent.is_err() {
            return;
        }
    }
}

fn trade(id: i64, at: i64) -> String {
    format!(
        r#"{{"stream":"btcusdt@aggTrade","data":{{"e":"aggTrade","E":{at},"s":"BTCUSDT","a":{id},"p":"67000.10","q":"0.01000000","f":{id},"l":{id},"T":{at},"m":false,"M":true}}}}"#
    )
}

fn quote() -> String {
    r#"{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"67000.00","B":"1.00000000","a":"67000.20","A":"1.00000000"}}"#.to_owned()
}
