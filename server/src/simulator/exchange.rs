//! An exchange without sockets: questions and connections are plain values, the time is given. A test drives it by hand,
//! the network shell by the clock; both see the same.

use super::params::Params;

/// How an answer comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// At once.
    #[default]
    AtOnce,
    /// Never: the connection stays open.
    Never,
    /// In pieces over so many milliseconds.
    Slow(i64),
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers in lower case, the content type among them.
    pub headers: Vec<(&'static str, String)>,
    /// What it says.
    pub body: String,
    /// How it comes.
    pub pace: Pace,
}

impl RestAnswer {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            pace: Pace::AtOnce,
        }
    }

    pub(super) fn json(body: &(impl ToString + ?Sized)) -> Self {
        Self::new(200, "application/json", body.to_string())
    }

    pub(super) fn error(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub(super) fn html(status: u16, title: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        );
        Self::new(status, "text/html; charset=utf-8", body)
    }

    pub(super) fn with(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| *key == name)?;
        Some(&found.1)
    }
}

/// What an exchange does on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// Sends a text frame.
    Text(String),
    /// Sends a ping, which wants its payload back.
    Ping(Vec<u8>),
    /// Closes with a code and a reason.
    Close {
        /// WebSocket close code.
        code: u16,
        /// In words.
        reason: String,
    },
    /// Is gone without a word.
    Drop,
}

/// One venue.
pub trait Exchange: Send + Sync + std::fmt::Debug {
    /// Answers a question over REST: `/api/v3/depth`, `symbol=BTCUSDT&limit=5`.
    fn rest(&self, path: &str, query: &str, now_ms: i64) -> RestAnswer;

    /// Takes a connection to a stream: `/ws`, and whatever follows.
    ///
    /// # Errors
    /// When it lets nobody in: what the handshake is answered with.
    fn connect(&self, path: &str, query: &str, now_ms: i64) -> Result<Box<dyn Conn>, RestAnswer>;
}

/// The exchange's end of a connection. Simulated time never goes back between calls.
pub trait Conn: Send + std::fmt::Debug {
    /// Takes a text frame of the client.
    fn receive(&mut self, text: &str, now_ms: i64) -> Vec<Out>;

    /// Takes a ping of the client; the transport has answered it.
    fn ping(&mut self, now_ms: i64) -> Vec<Out>;

    /// Takes a pong of the client.
    fn pong(&mut self, payload: &[u8], now_ms: i64) -> Vec<Out>;

    /// Does everything that is due until now.
    fn due(&mut self, now_ms: i64) -> Vec<Out>;

    /// When [`Conn::due`] should be called next, in simulated milliseconds.
    fn next_due(&self) -> i64;
}

/// A question, taken apart.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) path: &'a str,
    pub(super) params: Params,
    pub(super) now: i64,
}
