//! Secrets: tokens that are compared, but never printed.

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A text that is never printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text out of sight.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever it has to be shown to.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `text` is it. The time this takes tells nothing about the secret, since hashes are compared.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        !self.0.is_empty() && Sha256::digest(&self.0) == Sha256::digest(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
