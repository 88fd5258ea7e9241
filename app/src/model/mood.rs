//! Moods of the market.

use serde::{Deserialize, Serialize};

/// The mood of a day as its publisher tells it (a row of `silver_sentiment` without its keys).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mood {
    /// The day.
    pub observed_at: i64,
    /// 0 (fear) to 100 (greed).
    pub value: f64,
    /// The publisher's class, never worked out here: publishers draw the lines differently.
    pub label: String,
}
