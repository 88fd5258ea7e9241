//! One socket and the task that reads and writes it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::line::{Line, LineKind};
use crate::{
    clock::Clock,
    source::{
        link::Conn,
        socket::{Received, Socket, Sockets},
    },
};

/// Frames to send that may wait for the socket; the link's own pace is far below.
const OUTBOX: usize = 64;
/// Unit in which bytes that wait for the driver are counted.
const KB: usize = 1_024;
/// Bytes that wait for the driver of a source before its sockets are no longer read, in kB.
const WAITING_KB: usize = 32 << 10;
/// Messages that may wait.
const WAITING: usize = 1_024;

/// Longest time to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// What happened to a connection.
#[derive(Debug)]
pub enum Told {
    /// It stands.
    Opened,
    /// It could not be opened.
    OpenFailed {
        /// What happened, in words.
        reason: String,
        /// HTTP status, where the venue answered.
        status: Option<u16>,
        /// How long the venue wants to be left alone, where it says so.
        retry_after_ms: Option<i64>,
    },
    /// A message came.
    Line(Line),
    /// It is over.
    Closed(String),
}

/// What happened to which connection. The bytes of it count as waiting until it is dropped.
#[derive(Debug)]
pub struct Event {
    /// Which.
    pub conn: Conn,
    /// What.
    pub told: Told,
    _bytes: Option<OwnedSemaphorePermit>,
}

/// Where the connections of a source tell what happens; bounded in messages and bytes.
#[derive(Debug, Clone)]
pub struct Reports {
    events: mpsc::Sender<Event>,
    bytes: Arc<Semaphore>,
}

impl Reports {
    /// An empty channel.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(WAITING);
        let bytes = Arc::new(Semaphore::new(WAITING_KB));
        (Self { events, bytes }, receiver)
    }

    /// Waits for room; false if nobody listens any more.
    async fn tell(&self, conn: Conn, told: Told) -> bool {
        let length = match &told {
            Told::Line(line) => line.text.len(),
            _ => 0,
        };
        let kb = length.div_ceil(KB).min(WAITING_KB) as u32;
        // the semaphore is never closed
        let bytes = Arc::clone(&self.bytes).acquire_many_owned(kb).await.ok();
        let event = Event {
            conn,
            told,
            _bytes: bytes,
        };
        self.events.send(event).await.is_ok()
    }
}

/// A connection that is open or being opened; dropped, it is closed.
#[derive(Debug)]
pub struct Connection {
    outbox: mpsc::Sender<String>,
    stop: CancellationToken,
}

impl Connection {
    /// Opens a connection in a task of its own.
    #[must_use]
    pub fn open(
        sockets: &Sockets,
        url: String,
        conn: Conn,
        reports: Reports,
        clock: Clock,
    ) -> Self {
        let (outbox, sends) = mpsc::channel(OUTBOX);
        let stop = CancellationToken::new();
        let (sockets, over) = (sockets.clone(), stop.clone());
        tokio::spawn(async move {
            let living = live(&sockets, &url, conn, &reports, sends, &clock, &over);
            tokio::pin!(living);
            tokio::select! {
                told = &mut living => {
                    reports.tell(conn, told).await;
                }
                // it says goodbye, unless it waits for somebody who is gone
                () = over.cancelled() => {
                    let _ = timeout(GOODBYE, living).await;
                }
            }
        });
        Self { outbox, stop }
    }

    /// Sends a frame; false if the socket does not take it.
    pub fn send(&self, text: String) -> bool {
        self.outbox.try_send(text).is_ok()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The life of a connection; gives how it ended.
async fn live(
    sockets: &Sockets,
    url: &str,
    conn: Conn,
    reports: &Reports,
    mut sends: mpsc::Receiver<String>,
    clock: &Clock,
    over: &CancellationToken,
) -> Told {
    let mut socket = match sockets.open(url).await {
        Ok(socket) => socket,
        Err(error) => {
            return Told::OpenFailed {
                status: error.status(),
                retry_after_ms: error.retry_after_ms(),
                reason: error.to_string(),
            };
        }
    };
    if !reports.tell(conn, Told::Opened).await {
        return Told::Closed("nobody listens".to_owned());
    }
    loop {
        let received = tokio::select! {
            () = over.cancelled() => {
                socket.close("done").await;
                return Told::Closed("closed".to_owned());
            }
            Some(text) = sends.recv() => match socket.send(&text).await {
                Ok(()) => continue,
                Err(error) => return Told::Closed(error.to_string()),
            },
            received = Socket::next(&mut socket) => received,
        };
        let line = |kind, text| Line {
            at: clock.now_ms(),
            kind,
            text,
        };
        let told = match received {
            Ok(Received::Text(text)) => Told::Line(line(LineKind::Frame, text)),
            Ok(Received::Binary(bytes)) => {
                // out of shape like any other such message
                Told::Line(line(
                    LineKind::Frame,
                    format!("{bytes} bytes that are no text"),
                ))
            }
            Ok(Received::Ping | Received::Pong) => continue,
            Ok(Received::Close { code, reason }) => {
                return Told::Closed(format!("the venue closed the connection ({code} {reason})"));
            }
            Err(error) => return Told::Closed(error.to_string()),
        };
        if !reports.tell(conn, told).await {
            return Told::Closed("nobody listens".to_owned());
        }
    }
}
