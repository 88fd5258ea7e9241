//! Emptying what can be rebuilt from bronze.

use super::{StoreError, Tx};

/// Empties silver, quarantine, gold and their counts; bronze, runs, results and alerts stay.
///
/// # Errors
/// When the database fails.
pub async fn clear(tx: &mut Tx) -> Result<(), StoreError> {
    const TABLES: [&str; 13] = [
        "delete from silver_candle",
        "delete from silver_candle_restated",
        "delete from silver_quote",
        "delete from silver_book",
        "delete from silver_article",
        "delete from quarantine",
        "delete from gold_candle",
        "delete from gold_day",
        "delete from gold_period",
        "delete from gold_profile",
        "delete from gold_news_day",
        "delete from dataset_profile",
        "delete from layer_count where layer <> 'bronze'",
    ];
    for text in TABLES {
        sqlx::query(text).execute(&mut **tx).await?;
    }
    // versions go on growing: a page may hold tiles of before
    sqlx::query("update series set rows = 0, version = series.version + 1")
        .execute(&mut **tx)
        .await?;
    Ok(())
}
