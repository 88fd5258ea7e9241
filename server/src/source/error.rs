//! Why a question to a venue was not answered with data.

use super::http::Answer;

/// A failed request. Says what happened, where, and what will or should be done; keeps the answer where there was
/// one, because a refusal is landed like any other payload.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    /// May work next time: the network, a time-out, a server error.
    #[error("no usable answer from {url}: {reason}; it is asked again after a pause")]
    Transient {
        /// What was asked.
        url: String,
        /// What happened.
        reason: String,
        /// How long the venue wants to be left alone, in milliseconds, where it says so.
        retry_after_ms: Option<i64>,
        /// The answer, where there was one.
        answer: Option<Box<Answer>>,
    },
    /// Asked too often.
    #[error("{url} turns us away (HTTP {}): {}; it is asked again after {}", .answer.status, turned_away(.answer.status), pause_words(*.retry_after_ms))]
    RateLimited {
        /// What was asked.
        url: String,
        /// How long the venue wants to be left alone, in milliseconds, where it says so.
        retry_after_ms: Option<i64>,
        /// The answer.
        answer: Box<Answer>,
    },
    /// The venue does not serve this host, or wants a key: asking again soon is no use.
    #[error("{url} turns us away (HTTP {}): {}; it is left alone for long: use another venue or another network", .answer.status, turned_away(.answer.status))]
    Blocked {
        /// What was asked.
        url: String,
        /// The answer.
        answer: Box<Answer>,
    },
    /// Not asked at all: what the venue takes is used up, or it wants to be left alone.
    #[error("{url} is not asked: the venue takes no more requests now; it is asked after {}", pause_words(Some(*.wait_ms)))]
    Held {
        /// What would have been asked.
        url: String,
        /// How long to wait, in milliseconds.
        wait_ms: i64,
    },
    /// The answer is larger than it can rightly be; what came is thrown away.
    #[error("the answer of {url} exceeds {limit} bytes: ask for less, or raise the limit")]
    TooLarge {
        /// What was asked.
        url: String,
        /// Largest body that is taken, in bytes.
        limit: usize,
    },
    /// The venue says that the request is wrong: asking again changes nothing.
    #[error("{url} does not understand the request (HTTP {}); check the configured base url and symbol", .answer.status)]
    Refused {
        /// What was asked.
        url: String,
        /// The answer.
        answer: Box<Answer>,
    },
    /// Not a URL that can be asked.
    #[error("cannot ask {url:?}: {reason}; check the configured base url")]
    BadUrl {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl FetchError {
    /// The answer, where there was one: status and body as they came.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Transient { answer, .. } => answer.as_deref(),
            Self::RateLimited { answer, .. }
            | Self::Blocked { answer, .. }
            | Self::Refused { answer, .. } => Some(answer),
            Self::TooLarge { .. } | Self::BadUrl { .. } | Self::Held { .. } => None,
        }
    }

    /// HTTP status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    /// How long the venue wants to be left alone, in milliseconds.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::RateLimited { retry_after_ms, .. } | Self::Transient { retry_after_ms, .. } => {
                *retry_after_ms
            }
            Self::Held { wait_ms, .. } => Some(*wait_ms),
            _ => None,
        }
    }

    /// True when the venue does not serve this host: quarantine it instead of asking again.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        matches!(self, Self::Blocked { .. })
    }
}

/// Why a connection to a stream was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The venue answered the handshake, but not by opening a stream.
    #[error("{url} turns us away (HTTP {status}): {}; it is asked again after {}", turned_away(*.status), pause_words(*.retry_after_ms))]
    TurnedAway {
        /// What was asked.
        url: String,
        /// HTTP status.
        status: u16,
        /// How long the venue wants to be left alone, in milliseconds, where it says so.
        retry_after_ms: Option<i64>,
    },
    /// Nobody there, too slow, or not a web socket.
    #[error("cannot connect to {url}: {reason}; it is tried again after a pause")]
    Failed {
        /// What was asked.
        url: String,
        /// What happened.
        reason: String,
    },
    /// Not a URL of a stream.
    #[error("cannot connect to {url:?}: {reason}; check the configured stream url")]
    BadUrl {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl OpenError {
    /// HTTP status, where the venue answered.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::TurnedAway { status, .. } => Some(*status),
            Self::Failed { .. } | Self::BadUrl { .. } => None,
        }
    }

    /// How long the venue wants to be left alone, in milliseconds.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::TurnedAway { retry_after_ms, .. } => *retry_after_ms,
            Self::Failed { .. } | Self::BadUrl { .. } => None,
        }
    }
}

/// True if asking again soon is no use: the venue does not serve this host, or wants a key.
#[must_use]
pub const fn is_blocked(status: u16) -> bool {
    matches!(status, 401 | 403 | 451)
}

/// What a status says of us, in words.
#[must_use]
pub const fn turned_away(status: u16) -> &'static str {
    match status {
        401 => "it wants a key",
        403 => "it refuses this host, as firewalls do",
        418 => "it has banned this host for asking too often",
        429 => "it wants fewer requests",
        451 => "it does not serve this region",
        500..=599 => "something is wrong at its side",
        _ => "it does not understand the request",
    }
}

fn pause_words(retry_after_ms: Option<i64>) -> String {
    retry_after_ms.map_or_else(
        || "a growing pause".to_owned(),
        |ms| format!("{} s, as it asks", (ms + 999) / 1_000),
    )
}
