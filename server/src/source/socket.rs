//! The web socket client: bounded in time and size, and every failure in words.
//!
//! The handshake is an ordinary request of the HTTP client, so that proxies, TLS and loopback are treated as elsewhere
//! and a refusal tells its status and Retry-After; the frames are yawc's.

mod handshake;
#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

use futures::SinkExt;
use reqwest::{Client, Upgraded};
use tokio::time::timeout;
use yawc::{Frame, OpCode, Options, Role, WebSocket, WebSocketError, close::CloseCode};

pub use super::error::OpenError;
use super::message::shortened;
use crate::clock::Clock;

/// Bounds of a connection.
#[derive(Debug, Clone)]
pub struct SocketConfig {
    /// Longest time from nothing to an open stream.
    pub open_timeout: Duration,
    /// Longest time that the other side may refuse to take a frame of ours.
    pub send_timeout: Duration,
    /// Largest frame taken, in bytes, before and after decompression.
    pub max_frame_bytes: usize,
    /// Largest message taken, in bytes: frames put together.
    pub max_message_bytes: usize,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Default for SocketConfig {
    /// 10 s to open, 5 s to send; 16 MB: the whole book of Coinbase comes as one frame of some megabytes.
    fn default() -> Self {
        Self {
            open_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(5),
            max_frame_bytes: 16 << 20,
            max_message_bytes: 16 << 20,
            user_agent: concat!("assay/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Opens connections; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sockets {
    /// Goes through the proxy of the environment, if there is one.
    remote: Client,
    /// For loopback: a proxy would look for it on its own host.
    local: Client,
    config: SocketConfig,
    clock: Clock,
}

/// What came over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Text(String),
    /// Bytes where text was expected: how many.
    Binary(usize),
    /// Are you there? It has been answered.
    Ping,
    /// An answer to a ping of ours.
    Pong,
    /// The other side says goodbye.
    Close {
        /// Its code; 1005 where it gave none.
        code: u16,
        /// Its words, shortened.
        reason: String,
    },
}

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// The other side went away without a word.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// A frame or message is larger than it can rightly be.
    #[error("a message exceeds {0} bytes")]
    TooLarge(usize),
    /// What came is no web socket.
    #[error("the venue breaks the web socket protocol: {0}")]
    Protocol(String),
    /// The other side takes nothing any more.
    #[error("the venue took no frame for {0:?}")]
    Stuck(Duration),
}

impl Sockets {
    /// A client with these bounds.
    ///
    /// # Errors
    /// When the TLS back end or the proxy settings of the environment cannot be used.
    pub fn new(config: SocketConfig, clock: Clock) -> anyhow::Result<Self> {
        let builder = || {
            Client::builder()
                .connect_timeout(config.open_timeout)
                .user_agent(&config.user_agent)
                // only HTTP/1.1 has the upgrade
                .http1_only()
                .no_gzip()
                .pool_max_idle_per_host(0)
                .redirect(reqwest::redirect::Policy::none())
        };
        Ok(Self {
            remote: builder().build()?,
            local: builder().no_proxy().build()?,
            config,
            clock,
        })
    }

    /// Connects to a `ws:` or `wss:` URL.
    ///
    /// # Errors
    /// Everything but an open stream is an error; see [`OpenError`].
    pub async fn open(&self, url: &str) -> Result<Socket, OpenError> {
        let opening = handshake::open(self, url);
        let (stream, extensions) = timeout(self.config.open_timeout, opening)
            .await
            .unwrap_or_else(|_| {
                Err(OpenError::Failed {
                    url: url.to_owned(),
                    reason: format!("no answer within {:?}", self.config.open_timeout),
                })
            })?;
        let ws = WebSocket::from_stream_with_extensions(
            stream,
            Role::Client,
            extensions.as_deref(),
            self.options(),
        )
        .map_err(|error| OpenError::Failed {
            url: url.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Socket {
            ws,
            max_bytes: self.config.max_frame_bytes,
            send_timeout: self.config.send_timeout,
        })
    }

    fn options(&self) -> Options {
        Options::default()
            // the library's limits are exclusive
            .with_limits(
                self.config.max_frame_bytes + 1,
                self.config.max_message_bytes + 1,
            )
            .with_low_latency_compression()
            .with_fragment_timeout(Duration::from_secs(30))
    }
}

/// An open connection.
pub struct Socket {
    ws: WebSocket<Upgraded>,
    max_bytes: usize,
    send_timeout: Duration,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl Socket {
    /// Waits for what comes next; may be given up and called again. A ping is answered with its own payload before it
    /// is told.
    ///
    /// # Errors
    /// When the connection is over.
    pub async fn next(&mut self) -> Result<Received, SocketError> {
        let frame = self.ws.next_frame().await;
        let (opcode, _, payload) = frame.map_err(|error| self.told(&error))?.into_parts();
        Ok(match opcode {
            OpCode::Text => match String::from_utf8(payload.into()) {
                Ok(text) => Received::Text(text),
                Err(_) => return Err(SocketError::Protocol("text is not utf-8".to_owned())),
            },
            OpCode::Ping => {
                // the library has queued the pong: sent now, a flood of pings cannot fill its queue
                self.flush().await?;
                Received::Ping
            }
            OpCode::Pong => Received::Pong,
            OpCode::Close => {
                // the library has queued the echo; who has said goodbye may be gone
                let _ = self.flush().await;
                closing(&payload)
            }
            OpCode::Binary | OpCode::Continuation => Received::Binary(payload.len()),
        })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the connection is over, or the other side takes nothing.
    pub async fn send(&mut self, text: &str) -> Result<(), SocketError> {
        self.write(Frame::text(text.to_owned())).await
    }

    /// Says goodbye; who does not listen is left without.
    pub async fn close(mut self, reason: &str) {
        let reason: String = reason.chars().filter(char::is_ascii).take(100).collect();
        let _ = self.write(Frame::close(CloseCode::Normal, reason)).await;
    }

    async fn write(&mut self, frame: Frame) -> Result<(), SocketError> {
        match timeout(self.send_timeout, self.ws.send(frame)).await {
            Ok(sent) => sent.map_err(|error| self.told(&error)),
            Err(_) => Err(SocketError::Stuck(self.send_timeout)),
        }
    }

    async fn flush(&mut self) -> Result<(), SocketError> {
        let flushed = timeout(self.send_timeout, SinkExt::<Frame>::flush(&mut self.ws)).await;
        match flushed {
            Ok(flushed) => flushed.map_err(|error| self.told(&error)),
            Err(_) => Err(SocketError::Stuck(self.send_timeout)),
        }
    }

    fn told(&self, error: &WebSocketError) -> SocketError {
        match error {
            WebSocketError::FrameTooLarge => SocketError::TooLarge(self.max_bytes),
            WebSocketError::ConnectionClosed => SocketError::Broken("no goodbye".to_owned()),
            WebSocketError::IoError(error) => SocketError::Broken(error.to_string()),
            error => SocketError::Protocol(error.to_string()),
        }
    }
}

/// A goodbye: a code of two bytes and words, or nothing.
fn closing(payload: &[u8]) -> Received {
    let (code, reason) = match payload.split_at_checked(2) {
        Some((code, reason)) => (u16::from_be_bytes([code[0], code[1]]), reason),
        None => (1005, &[][..]),
    };
    Received::Close {
        code,
        reason: shortened(&String::from_utf8_lossy(reason)),
    }
}
