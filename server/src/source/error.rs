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
    #[error("{url} wants fewer requests (HTTP {}); it is asked again after {}", .answer.status, pause_words(*.retry_after_ms))]
    RateLimited {
        /// What was asked.
        url: String,
        /// How long the venue wants to be left alone, in milliseconds, where it says so.
        retry_after_ms: Option<i64>,
        /// The answer.
        answer: Box<Answer>,
    },
    /// The venue does not serve this host, or wants a key: asking again soon is no use.
    #[error("{url} refuses to serve this host (HTTP {}); it is left alone for long: use another venue or another network", .answer.status)]
    Blocked {
        /// What was asked.
        url: String,
        /// The answer.
        answer: Box<Answer>,
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
            Self::TooLarge { .. } | Self::BadUrl { .. } => None,
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
            _ => None,
        }
    }

    /// True when the venue does not serve this host: quarantine it instead of asking again.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        matches!(self, Self::Blocked { .. })
    }
}

fn pause_words(retry_after_ms: Option<i64>) -> String {
    retry_after_ms.map_or_else(
        || "a growing pause".to_owned(),
        |ms| format!("{} s, as it asks", (ms + 999) / 1_000),
    )
}
