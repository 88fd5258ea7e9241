//! What the next lines build upon, as the first line of a run.

use serde::{Deserialize, Serialize};

use super::{RefinerConfig, RunError};
use crate::source::session::Channel;

/// Everything a refiner needs to go on, as JSON:
///
/// ```json
/// {"symbol": "BTCUSDT", "channels": ["trades", "quotes"], "quote_ms": 100, "watermark_ms": 10000, "fresh": true,
///  "quote_at": null, "candle_at": null, "book_slot": null, "newest_at": null, "session": "…"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) symbol: String,
    pub(super) channels: Vec<String>,
    pub(super) quote_ms: i64,
    pub(super) watermark_ms: i64,
    /// True if nothing was sent yet.
    pub(super) fresh: bool,
    /// When a quote was kept.
    pub(super) quote_at: Option<i64>,
    /// When a provisional candle was kept.
    pub(super) candle_at: Option<i64>,
    pub(super) book_slot: Option<i64>,
    pub(super) newest_at: Option<i64>,
    /// What the session saved.
    pub(super) session: String,
}

impl Saved {
    pub(super) fn parse(text: &str) -> Result<Self, RunError> {
        serde_json::from_str(text).map_err(|error| RunError::State(error.to_string()))
    }

    pub(super) fn text(&self) -> String {
        // strings and numbers: nothing in it can fail
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn channels(&self) -> Vec<Channel> {
        self.channels
            .iter()
            .filter_map(|word| Channel::parse(word))
            .collect()
    }

    pub(super) fn config(&self) -> RefinerConfig {
        RefinerConfig {
            symbol: self.symbol.clone(),
            channels: self.channels(),
            quote_ms: self.quote_ms,
            watermark_ms: self.watermark_ms,
        }
    }
}
