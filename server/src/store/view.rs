//! Questions of the pages and the API, one file for each noun.
//!
//! A page must stay quick with millions of candles: no query here counts or scans a big table. Counts come from
//! `layer_count` and `series`, which the writing side keeps in the same transaction as the rows.

mod alert;
mod article;
mod batch;
mod book;
mod candle;
mod check;
mod consensus;
mod gap;
mod incident;
mod landing;
mod layer;
mod minute;
mod notice;
mod quarantine;
mod quote;
mod reconcile;
mod rule;
mod run;
mod score;
mod series;
mod source;
mod timeline;
mod trade;
mod transition;

pub use alert::{AlertRow, OpenAlerts};
pub use candle::Completeness;
pub use consensus::{ConsensusRow, DeviationRow};
pub use gap::GapFilter;
pub use incident::Happened;
pub use layer::LayerCount;
pub use minute::MinuteRow;
pub use notice::NoticeRow;
pub use quarantine::QuarantineRows;
pub(in crate::store) use reconcile::{DayRow, DifferenceRow};
pub use rule::RuleCounts;
pub use score::History;
pub use series::{SeriesKey, SeriesRow};
pub use source::Primary;
pub use timeline::States;
pub use trade::TradeRow;
pub use transition::Room;

use super::{Store, StoreError};

/// A half-open range of time in milliseconds, and how many rows of it at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after it.
    pub to_ms: i64,
    /// Most rows.
    pub limit: i64,
}

impl Window {
    /// The newest `limit` rows of all.
    #[must_use]
    pub const fn newest(limit: i64) -> Self {
        Self {
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            limit,
        }
    }
}

impl Store {
    /// Reads one value through the pool that pages read through.
    ///
    /// # Errors
    /// When the database does not answer or was never migrated.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select id from instrument limit 1")
            .fetch_optional(&self.read)
            .await?;
        Ok(())
    }
}

/// The value of a stored word, or an error that names it.
fn word<T>(value: Option<T>, what: &str, text: &str) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Value(format!("{what} {text:?}")))
}

/// Longest raw text that is handed to a page or an API client, in characters.
const RAW_CHARS: usize = 2_000;

/// Text from outside, cut to what a page can bear.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(RAW_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
