//! Silver quotes and books.

use app::model::{Book, Pipeline, Quote};

use super::{Names, StoreError, Tx};

/// Writes a quote; false if one of that time is there already.
///
/// # Errors
/// When the database fails.
pub async fn insert_quote(
    tx: &mut Tx,
    names: Names,
    pipeline: Pipeline,
    received_at: i64,
    quote: &Quote,
    landing_id: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into silver_quote (instrument_id, venue_id, pipeline, observed_at, received_at, last, bid, ask, open_24h,
            high_24h, low_24h, volume_24h, quote_volume_24h, landing_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (instrument_id, venue_id, pipeline, observed_at) do nothing",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(pipeline.as_str())
    .bind(quote.observed_at)
    .bind(received_at)
    .bind(quote.last)
    .bind(quote.bid)
    .bind(quote.ask)
    .bind(quote.open_24h)
    .bind(quote.high_24h)
    .bind(quote.low_24h)
    .bind(quote.volume_24h)
    .bind(quote.quote_volume_24h)
    .bind(landing_id)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Last prices and receipts of the newest quotes, newest first.
///
/// # Errors
/// When the database fails.
pub async fn newest_prices(
    tx: &mut Tx,
    names: Names,
    pipeline: Pipeline,
    limit: i64,
) -> Result<Vec<(f64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "select last, received_at from silver_quote where instrument_id = $1 and venue_id = $2 and pipeline = $3
         order by observed_at desc limit $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(pipeline.as_str())
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?)
}

/// Writes a book; false if one of that time is there already.
///
/// # Errors
/// When the database fails.
pub async fn insert_book(
    tx: &mut Tx,
    names: Names,
    pipeline: Pipeline,
    received_at: i64,
    book: &Book,
    landing_id: i64,
) -> Result<bool, StoreError> {
    let side = |levels: &[app::model::Level]| {
        levels
            .iter()
            .map(|level| [level.price, level.size])
            .collect::<Vec<_>>()
    };
    let levels = serde_json::to_vec(
        &serde_json::json!({ "bids": side(&book.bids), "asks": side(&book.asks) }),
    )?;
    let done = sqlx::query(
        "insert into silver_book (instrument_id, venue_id, pipeline, observed_at, received_at, best_bid, best_ask, spread_bps,
            bid_depth_10bps, ask_depth_10bps, bid_depth_50bps, ask_depth_50bps, imbalance, buy_cost_bps, sell_cost_bps,
            levels, landing_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (instrument_id, venue_id, pipeline, observed_at) do nothing",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(pipeline.as_str())
    .bind(book.observed_at)
    .bind(received_at)
    .bind(book.best_bid)
    .bind(book.best_ask)
    .bind(book.spread_bps)
    .bind(book.bid_depth_10bps)
    .bind(book.ask_depth_10bps)
    .bind(book.bid_depth_50bps)
    .bind(book.ask_depth_50bps)
    .bind(book.imbalance)
    .bind(book.buy_cost_bps)
    .bind(book.sell_cost_bps)
    .bind(levels)
    .bind(landing_id)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// When the newest live book came.
///
/// # Errors
/// When the database fails.
pub async fn newest_book(tx: &mut Tx, names: Names) -> Result<Option<i64>, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "select received_at from silver_book where instrument_id = $1 and venue_id = $2 and pipeline = 'live'
         order by observed_at desc limit 1",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|(at,)| at))
}
