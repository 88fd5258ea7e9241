//! Streams on the wire: a task for each connection, driven by the clock.

use std::time::Duration;

use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures::SinkExt;
use tokio::{sync::watch, time::timeout};
use yawc::{Frame, HttpStream, IncomingUpgrade, Options, WebSocket, frame::OpCode};

use super::Shared;
use crate::simulator::{
    exchange::{Conn, Exchange, Out},
    time::SimTime,
};

/// Largest message of a client.
const MAX_MESSAGE: usize = 64 * 1024;
/// A client that does not take what is sent for so long is dropped.
const SLOW_READER: Duration = Duration::from_secs(10);
/// Longest sleep: a clock that is set by hand is noticed.
const LONGEST_SLEEP: Duration = Duration::from_millis(25);

/// Takes a connection, or says why not.
pub(super) fn open(
    shell: &Shared,
    exchange: &dyn Exchange,
    (path, query): (&str, &str),
    upgrade: IncomingUpgrade,
) -> Response {
    let conn = match exchange.connect(path, query, shell.world.now_ms()) {
        Ok(conn) => conn,
        Err(refused) => return refusal(refused),
    };
    let options = Options::default()
        .with_limits(MAX_MESSAGE, MAX_MESSAGE)
        .with_low_latency_compression();
    let options = match shell.fragment_bytes {
        Some(bytes) => options.with_max_fragment_size(bytes),
        None => options,
    };
    let (response, socket) = match upgrade.upgrade(options) {
        Ok(upgraded) => upgraded,
        Err(error) => {
            tracing::debug!(%error, "a client asks for a stream in a strange way");
            return StatusCode::BAD_REQUEST.into_response();
        }
    };
    let time = shell.world.time().clone();
    let faults = shell.world.faults().changes();
    let stop = shell.stop.clone();
    shell.streams.spawn(async move {
        if let Ok(socket) = socket.await {
            tokio::select! {
                () = drive(socket, conn, time, faults) => {}
                () = stop.cancelled() => {}
            }
        }
    });
    response.map(|_| Body::empty())
}

fn refusal(answer: crate::simulator::exchange::RestAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::FORBIDDEN);
    // What is answered to a handshake with 200 would be an odd kind of success.
    let status = if status.is_success() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        status
    };
    let mut response = (status, answer.body).into_response();
    for (name, value) in answer.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Runs a connection until either side ends it.
async fn drive(
    mut socket: WebSocket<HttpStream>,
    mut conn: Box<dyn Conn>,
    time: SimTime,
    mut faults: watch::Receiver<u64>,
) {
    loop {
        let said = conn.due(time.now());
        if !send(&mut socket, said).await {
            return;
        }
        let sleep = time.real(conn.next_due() - time.now()).min(LONGEST_SLEEP);
        let said = tokio::select! {
            frame = socket.next_frame() => {
                let Ok(frame) = frame else {
                    return;
                };
                match frame.opcode() {
                    OpCode::Text => match std::str::from_utf8(frame.payload()) {
                        Ok(text) => conn.receive(text, time.now()),
                        Err(_) => return,
                    },
                    OpCode::Ping => conn.ping(time.now()),
                    OpCode::Pong => conn.pong(frame.payload(), time.now()),
                    OpCode::Close => return,
                    _ => Vec::new(),
                }
            }
            // A switched fault may have something to say at once.
            Ok(()) = faults.changed() => Vec::new(),
            () = tokio::time::sleep(sleep) => Vec::new(),
        };
        if !send(&mut socket, said).await {
            return;
        }
    }
}

/// Sends everything; false once the connection is over.
async fn send(socket: &mut WebSocket<HttpStream>, said: Vec<Out>) -> bool {
    if said.is_empty() {
        return true;
    }
    let all = async {
        for out in said {
            match out {
                Out::Text(text) => socket.feed(Frame::text(text)).await.ok()?,
                Out::Ping(payload) => socket.feed(Frame::ping(payload)).await.ok()?,
                Out::Close { code, reason } => {
                    socket.feed(Frame::close(code.into(), reason)).await.ok()?;
                    socket.flush().await.ok()?;
                    return None;
                }
                Out::Drop => {
                    socket.flush().await.ok()?;
                    return None;
                }
            }
        }
        socket.flush().await.ok()
    };
    matches!(timeout(SLOW_READER, all).await, Ok(Some(())))
}
