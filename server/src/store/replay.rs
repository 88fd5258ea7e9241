//! Emptying what can be rebuilt from bronze.

use super::{
    StoreError, Tx,
    count::{Change, count},
    names::names,
    quarantine::delete_rejects,
};

/// Empties silver, quarantine, gold and their counts; bronze, runs, results and alerts stay.
///
/// # Errors
/// When the database fails.
pub async fn clear(tx: &mut Tx) -> Result<(), StoreError> {
    const TABLES: [&str; 15] = [
        "delete from silver_candle",
        "delete from silver_candle_restated",
        // what bronze no longer holds cannot be rebuilt
        "delete from silver_quote where landing_id in (select landing_id from bronze_part where part_no = 0)",
        "delete from silver_book where landing_id in (select landing_id from bronze_part where part_no = 0)",
        "delete from silver_trade where landing_id in (select landing_id from bronze_part where part_no = 0)",
        "delete from silver_article",
        "delete from silver_sentiment",
        "delete from quarantine",
        "delete from gold_candle",
        "delete from gold_day",
        "delete from gold_period",
        "delete from gold_profile",
        "delete from gold_news_day",
        "delete from dataset_profile",
        // those of gold minutes and of what venues agreed on stay: their rows do
        "delete from layer_count where layer = 'silver' or (layer = 'gold' and name = 'candle')",
    ];
    for text in TABLES {
        sqlx::query(text).execute(&mut **tx).await?;
    }
    for text in [
        "insert into layer_count (layer, name, rows, rejects) select 'silver', 'quote', count(*), 0 from silver_quote having count(*) > 0",
        "insert into layer_count (layer, name, rows, rejects) select 'silver', 'book', count(*), 0 from silver_book having count(*) > 0",
        "insert into layer_count (layer, name, rows, rejects) select 'silver', 'trade', count(*), 0 from silver_trade having count(*) > 0",
    ] {
        sqlx::query(text).execute(&mut **tx).await?;
    }
    // versions go on growing: a page may hold tiles of before
    sqlx::query("update series set rows = 0, version = series.version + 1")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Empties what quarantine and profiles hold of a landing.
///
/// # Errors
/// When the database fails.
pub async fn clear_landing(tx: &mut Tx, landing_id: i64, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from dataset_profile where landing_id = $1")
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    let (open,): (i64,) = sqlx::query_as(
        "select count(*) from quarantine where landing_id = $1 and state <> 'retried'",
    )
    .bind(landing_id)
    .fetch_one(&mut **tx)
    .await?;
    let rows = delete_rejects(tx, landing_id).await?;
    if rows == 0 {
        return Ok(());
    }
    let gone = Change {
        rows: -rows,
        rejects: -open,
        newest_at: None,
    };
    count(tx, "silver", "quarantine", gone, now_ms).await
}

/// Empties silver and gold of the candles of an instrument at a venue.
///
/// # Errors
/// When the database fails.
pub async fn clear_candles(
    tx: &mut Tx,
    instrument: &str,
    venue: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    const CANDLES: &str = "delete from silver_candle where instrument_id = $1 and venue_id = $2";
    const RESTATED: &str =
        "delete from silver_candle_restated where instrument_id = $1 and venue_id = $2";
    const BARS: &str = "delete from gold_candle where instrument_id = $1 and venue_id = $2";
    delete(tx, RESTATED, (instrument, venue), None, now_ms).await?;
    delete(
        tx,
        CANDLES,
        (instrument, venue),
        Some(("silver", "candle")),
        now_ms,
    )
    .await?;
    delete(
        tx,
        BARS,
        (instrument, venue),
        Some(("gold", "candle")),
        now_ms,
    )
    .await?;
    for text in [
        "delete from gold_day where instrument_id = $1 and venue_id = $2",
        "delete from gold_period where instrument_id = $1 and venue_id = $2",
        "delete from gold_profile where instrument_id = $1 and venue_id = $2",
    ] {
        delete(tx, text, (instrument, venue), None, now_ms).await?;
    }
    let names = names(tx, instrument, venue).await?;
    sqlx::query(
        "update series set rows = 0, version = series.version + 1 where instrument_id = $1 and venue_id = $2",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Empties silver of the quotes of an instrument at a venue.
///
/// # Errors
/// When the database fails.
pub async fn clear_quotes(
    tx: &mut Tx,
    instrument: &str,
    venue: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    const TEXT: &str = "delete from silver_quote where instrument_id = $1 and venue_id = $2
        and landing_id in (select landing_id from bronze_part where part_no = 0)";
    delete(
        tx,
        TEXT,
        (instrument, venue),
        Some(("silver", "quote")),
        now_ms,
    )
    .await
}

/// Empties silver of the books of an instrument at a venue.
///
/// # Errors
/// When the database fails.
pub async fn clear_books(
    tx: &mut Tx,
    instrument: &str,
    venue: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    const TEXT: &str = "delete from silver_book where instrument_id = $1 and venue_id = $2
        and landing_id in (select landing_id from bronze_part where part_no = 0)";
    delete(
        tx,
        TEXT,
        (instrument, venue),
        Some(("silver", "book")),
        now_ms,
    )
    .await
}

/// Empties silver of the trades of an instrument at a venue. Their minutes are written anew from silver.
///
/// # Errors
/// When the database fails.
pub async fn clear_trades(
    tx: &mut Tx,
    instrument: &str,
    venue: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    const TEXT: &str = "delete from silver_trade where instrument_id = $1 and venue_id = $2
        and landing_id in (select landing_id from bronze_part where part_no = 0)";
    delete(
        tx,
        TEXT,
        (instrument, venue),
        Some(("silver", "trade")),
        now_ms,
    )
    .await
}

/// Empties silver of articles.
///
/// # Errors
/// When the database fails.
pub async fn clear_articles(tx: &mut Tx, now_ms: i64) -> Result<(), StoreError> {
    let done = sqlx::query("delete from silver_article")
        .execute(&mut **tx)
        .await?;
    sqlx::query("delete from gold_news_day")
        .execute(&mut **tx)
        .await?;
    let gone = Change {
        rows: -(done.rows_affected() as i64),
        ..Change::default()
    };
    count(tx, "silver", "article", gone, now_ms).await
}

async fn delete(
    tx: &mut Tx,
    text: &'static str,
    (instrument, venue): (&str, &str),
    counted: Option<(&str, &str)>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let names = names(tx, instrument, venue).await?;
    let done = sqlx::query(text)
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .execute(&mut **tx)
        .await?;
    let Some((layer, name)) = counted else {
        return Ok(());
    };
    let gone = Change {
        rows: -(done.rows_affected() as i64),
        ..Change::default()
    };
    count(tx, layer, name, gone, now_ms).await
}
