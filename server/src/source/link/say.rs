//! What a link is told, and what it says.

use super::slot::Conn;
use crate::source::session::{FrameFacts, StreamEvent};

/// What happened.
#[derive(Debug)]
pub enum LinkInput<'a> {
    /// Time passed. Told some times a second.
    Tick,
    /// The connection stands; what the session says first, and what keeps it alive.
    Opened {
        /// Which.
        conn: Conn,
        /// Frames to send first.
        hello: Vec<String>,
        /// A frame to send every so many milliseconds.
        keep_alive: Option<(i64, String)>,
    },
    /// It could not be opened.
    OpenFailed {
        /// Which.
        conn: Conn,
        /// What happened, in words.
        reason: String,
        /// HTTP status, where the venue answered.
        status: Option<u16>,
        /// How long the venue wants to be left alone, where it says so.
        retry_after_ms: Option<i64>,
    },
    /// A frame was read.
    Frame {
        /// Over which connection.
        conn: Conn,
        /// What it was about.
        facts: FrameFacts,
        /// What it says.
        events: &'a [StreamEvent],
    },
    /// A snapshot that was asked for is there, or not.
    Snapshot {
        /// Whose.
        conn: Conn,
        /// What the session makes of it; `Err`: it is no book, and how long the venue wants to be left alone.
        answer: Result<&'a [StreamEvent], Option<i64>>,
    },
    /// The connection is over.
    Closed {
        /// Which.
        conn: Conn,
        /// What happened, in words.
        reason: String,
    },
}

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkAction {
    /// Open a connection of this number.
    Open(Conn),
    /// Send a frame.
    Send(Conn, String),
    /// Close a connection; nothing of it is wanted any more.
    Close(Conn, String),
    /// Ask for a snapshot of the book.
    AskSnapshot(Conn),
    /// From now on quotes, books and candles of this connection count; `None`: of no one.
    Lead(Option<Conn>),
    /// Something that people want to know, in words.
    Notice(LinkNotice, String),
}

/// Something that people want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkNotice {
    /// A connection stands and data flow.
    Connected,
    /// The leading connection is over.
    Disconnected {
        /// No other one carries data: something may be missing from `since` on.
        alone: bool,
        /// Receipt of its last data.
        since: i64,
    },
    /// The leading connection stands, but brings no data.
    Silent {
        /// Receipt of the last.
        since: i64,
    },
    /// A second connection leads from now on.
    RolledOver,
    /// The leader's book cannot be trusted.
    BookLost,
    /// It can again.
    BookSynced,
    /// The venue serves this host nothing, or not all that was asked for.
    Blocked,
}

/// How a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// `connecting`, `subscribing`, `streaming`, `quiet`, `backing off`, `blocked`.
    pub state: &'static str,
    /// What is wrong, in words; empty when fine.
    pub error: String,
    /// Since when the leading connection stands.
    pub connected_at: Option<i64>,
    /// Receipt of the newest data.
    pub last_at: Option<i64>,
    /// `synced`, `syncing`, `lost`; empty where no book is subscribed.
    pub book: &'static str,
    /// Connections that broke.
    pub reconnects: i64,
    /// When a connection is tried next, while there is none.
    pub next_at: Option<i64>,
}
