//! Rows per table, as the writing side counted them.

use crate::store::{Store, StoreError};

/// A row of `layer_count`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LayerCount {
    /// bronze, silver or gold.
    pub layer: String,
    /// `landing`, `candle`, `quote`, `book`, `article` or `quarantine`.
    pub name: String,
    /// Rows in it.
    pub rows: i64,
    /// Rows that went no further.
    pub rejects: i64,
    /// Newest data time in it.
    pub newest_at: Option<i64>,
    /// When it was last written.
    pub written_at: Option<i64>,
}

impl Store {
    /// Rows per layer and table.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn layer_counts(&self) -> Result<Vec<LayerCount>, StoreError> {
        Ok(sqlx::query_as(
            "select layer, name, rows, rejects, newest_at, written_at from layer_count order by layer, name",
        )
        .fetch_all(&self.read)
        .await?)
    }
}
