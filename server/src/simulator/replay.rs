//! Recorded traffic, served again as a venue would: its stream with the spacing it had, its REST answers as they were.

mod read;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

pub use self::read::ReplayError;
use super::{
    exchange::{Conn, Exchange, Out, RestAnswer},
    params::Params,
    protocol::Protocol,
};

/// What was recorded of one venue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// Whose traffic it is.
    pub protocol: Option<Protocol>,
    /// Frames of the venue, oldest first, and when they came, in milliseconds.
    pub frames: Vec<(i64, String)>,
    /// Answers over REST, oldest first.
    pub answers: Vec<RecordedAnswer>,
}

/// An answer over REST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// When it came, in milliseconds.
    pub at: i64,
    /// What was asked, where it is known: path and query.
    pub question: Option<(String, String)>,
    /// The answer.
    pub body: String,
}

impl Recording {
    /// When it begins, in milliseconds.
    #[must_use]
    pub fn begins(&self) -> i64 {
        let frame = self.frames.first().map(|frame| frame.0);
        let answer = self.answers.first().map(|answer| answer.at);
        frame.into_iter().chain(answer).min().unwrap_or_default()
    }

    /// Adds what another file of the same venue has.
    fn join(&mut self, other: Self) {
        self.frames.extend(other.frames);
        self.answers.extend(other.answers);
        self.frames.sort_by_key(|frame| frame.0);
        self.answers.sort_by_key(|answer| answer.at);
    }
}

/// Serves a recording. Every connection gets all of it, from the beginning.
#[derive(Debug)]
pub(super) struct Replay {
    recording: Arc<Recording>,
    /// Simulated time at which the newest connection, or else the first question, began it.
    began: Mutex<Option<i64>>,
}

impl Replay {
    pub(super) fn new(recording: Recording) -> Self {
        Self {
            recording: Arc::new(recording),
            began: Mutex::default(),
        }
    }

    fn began(&self, now: i64, anew: bool) -> i64 {
        let mut began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        if anew {
            *began = Some(now);
        }
        *began.get_or_insert(now)
    }
}

impl Exchange for Replay {
    /// The newest answer to that question until then, or else the first one that comes. Only path and symbol are
    /// compared: nobody asks with the very same limits.
    fn rest(&self, path: &str, query: &str, now_ms: i64) -> RestAnswer {
        let at = now_ms - self.began(now_ms, false) + self.recording.begins();
        let wanted = (path.trim_end_matches('/'), symbol(query));
        let fits = |answer: &&RecordedAnswer| {
            answer
                .question
                .as_ref()
                .is_none_or(|(path, query)| (path.trim_end_matches('/'), symbol(query)) == wanted)
        };
        let answers = || self.recording.answers.iter().filter(fits);
        let past = answers().rfind(|answer| answer.at <= at);
        match past.or_else(|| answers().next()) {
            Some(answer) => RestAnswer::json(&answer.body),
            None => RestAnswer::error(404, &json!({ "error": "not recorded" })),
        }
    }

    fn connect(&self, _: &str, _: &str, now_ms: i64) -> Result<Box<dyn Conn>, RestAnswer> {
        self.began(now_ms, true);
        Ok(Box::new(ReplayConn {
            recording: Arc::clone(&self.recording),
            began: now_ms,
            next: 0,
        }))
    }
}

fn symbol(query: &str) -> Option<String> {
    let params = Params::parse(query)?;
    let names = ["symbol", "pair"];
    names
        .iter()
        .find_map(|name| params.get(name).map(str::to_owned))
}

/// A connection to a recording.
#[derive(Debug)]
struct ReplayConn {
    recording: Arc<Recording>,
    began: i64,
    next: usize,
}

impl ReplayConn {
    /// When a frame is due in simulated time.
    fn due_at(&self, index: usize) -> Option<i64> {
        let frame = self.recording.frames.get(index)?;
        Some(self.began + frame.0 - self.recording.begins())
    }
}

impl Conn for ReplayConn {
    /// What was subscribed by the URL was never acknowledged: a client that subscribes by message is told so.
    fn receive(&mut self, text: &str, now_ms: i64) -> Vec<Out> {
        let mut out = self.due(now_ms);
        let binance = self.recording.protocol == Some(Protocol::Binance);
        let message: Option<Value> = serde_json::from_str(text).ok().filter(|_| binance);
        if let Some(message) = message.filter(|message| message.get("method").is_some()) {
            let answer = json!({ "result": null, "id": message.get("id") });
            out.push(Out::Text(answer.to_string()));
        }
        out
    }

    fn ping(&mut self, now_ms: i64) -> Vec<Out> {
        self.due(now_ms)
    }

    fn pong(&mut self, _payload: &[u8], now_ms: i64) -> Vec<Out> {
        self.due(now_ms)
    }

    fn due(&mut self, now_ms: i64) -> Vec<Out> {
        let mut out = Vec::new();
        while self.due_at(self.next).is_some_and(|at| at <= now_ms) {
            if let Some((_, text)) = self.recording.frames.get(self.next) {
                out.push(Out::Text(text.clone()));
            }
            self.next += 1;
            if self.next == self.recording.frames.len() {
                let reason = "the recording is over".to_owned();
                out.push(Out::Close { code: 1000, reason });
            }
        }
        out
    }

    fn next_due(&self) -> i64 {
        self.due_at(self.next).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests;
