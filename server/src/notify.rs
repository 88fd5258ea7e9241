//! Notices: what they say and how they leave the house. When they are due is `quality::notice`'s affair, keeping and
//! trying again is `pipeline::notifying`'s.
//!
//! `letter` is everything a notice says, and what a webhook gets as JSON; `template` words it, `slack` and `mail` dress
//! it, `post` and `mail` send it, `channel` knows the secrets.

pub mod channel;
pub mod digest;
pub mod letter;
mod mail;
mod post;
mod slack;
pub mod template;

pub use self::{
    channel::{Channel, Channels, Limits},
    letter::Letter,
};

/// Why a notice did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may arrive next time.
    #[error("{reason}")]
    Transient {
        /// What happened.
        reason: String,
        /// How long the receiver wants to be left alone, in milliseconds.
        retry_after_ms: Option<i64>,
    },
    /// It never will as it is.
    #[error("{reason}")]
    Permanent {
        /// What happened, and what to do.
        reason: String,
    },
}
