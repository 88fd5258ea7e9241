//! Gold minutes of trades and books.

use app::model::{Book, Minute};
use futures::TryStreamExt;

use super::{Names, StoreError, Tx};

/// Writes a minute; true if it was not there before.
///
/// # Errors
/// When the database fails.
pub async fn upsert_minute(tx: &mut Tx, names: Names, minute: &Minute) -> Result<bool, StoreError> {
    let known: Option<(i64,)> = sqlx::query_as(
        "select 1 from gold_minute where instrument_id = $1 and venue_id = $2 and minute_at = $3",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(minute.minute_at)
    .fetch_optional(&mut **tx)
    .await?;
    let prices = minute.prices;
    let book = minute.book;
    sqlx::query(
        "insert into gold_minute (instrument_id, venue_id, minute_at, open, high, low, close, vwap, volume, quote_volume,
            trades, buy_volume, sell_volume, realised_volatility, books, spread_bps, imbalance, bid_depth_10bps,
            ask_depth_10bps, bid_depth_50bps, ask_depth_50bps, buy_cost_bps, sell_cost_bps, late, is_final)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25)
         on conflict (instrument_id, venue_id, minute_at) do update set open = excluded.open, high = excluded.high,
            low = excluded.low, close = excluded.close, vwap = excluded.vwap, volume = excluded.volume,
            quote_volume = excluded.quote_volume, trades = excluded.trades, buy_volume = excluded.buy_volume,
            sell_volume = excluded.sell_volume, realised_volatility = excluded.realised_volatility,
            books = excluded.books, spread_bps = excluded.spread_bps, imbalance = excluded.imbalance,
            bid_depth_10bps = excluded.bid_depth_10bps, ask_depth_10bps = excluded.ask_depth_10bps,
            bid_depth_50bps = excluded.bid_depth_50bps, ask_depth_50bps = excluded.ask_depth_50bps,
            buy_cost_bps = excluded.buy_cost_bps, sell_cost_bps = excluded.sell_cost_bps, late = excluded.late,
            is_final = excluded.is_final",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(minute.minute_at)
    .bind(prices.map(|prices| prices.open))
    .bind(prices.map(|prices| prices.high))
    .bind(prices.map(|prices| prices.low))
    .bind(prices.map(|prices| prices.close))
    .bind(prices.map(|prices| prices.vwap))
    .bind(minute.volume)
    .bind(minute.quote_volume)
    .bind(minute.trades)
    .bind(minute.buy_volume)
    .bind(minute.sell_volume)
    .bind(prices.map(|prices| prices.realised_volatility))
    .bind(minute.books)
    .bind(book.map(|book| book.spread_bps))
    .bind(book.map(|book| book.imbalance))
    .bind(book.map(|book| book.bid_depth_10bps))
    .bind(book.map(|book| book.ask_depth_10bps))
    .bind(book.map(|book| book.bid_depth_50bps))
    .bind(book.map(|book| book.ask_depth_50bps))
    .bind(book.and_then(|book| book.buy_cost_bps))
    .bind(book.and_then(|book| book.sell_cost_bps))
    .bind(minute.late)
    .bind(i64::from(minute.is_final))
    .execute(&mut **tx)
    .await?;
    Ok(known.is_none())
}

/// Prices and volume of a minute's trades: `(open, high, low, close, volume)`; `None` without trades.
///
/// # Errors
/// When the database fails.
pub async fn minute_prices(
    tx: &mut Tx,
    names: Names,
    minute_at: i64,
) -> Result<Option<(f64, f64, f64, f64, f64)>, StoreError> {
    Ok(sqlx::query_as(
        "select open, high, low, close, volume from gold_minute
         where instrument_id = $1 and venue_id = $2 and minute_at = $3 and trades > 0",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(minute_at)
    .fetch_optional(&mut **tx)
    .await?)
}

/// Minutes that are not final although they end at or before `before`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn provisional_minutes(
    tx: &mut Tx,
    names: Names,
    before: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "select minute_at from gold_minute where instrument_id = $1 and venue_id = $2 and minute_at + 60000 <= $3
            and minute_at > $3 - 86400000 and is_final = 0 order by minute_at",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(before)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// Removes the minutes of a series from `from` on; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn delete_minutes(tx: &mut Tx, names: Names, from: i64) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "delete from gold_minute where instrument_id = $1 and venue_id = $2 and minute_at >= $3",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() as i64)
}

type Figures = (i64, f64, f64, f64, f64, f64, f64, Option<f64>, Option<f64>);

/// Figures of the live books from `from` to before `to`, one after the other; levels are left out.
///
/// # Errors
/// When the database fails.
pub async fn each_book(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    mut take: impl FnMut(&Book) + Send,
) -> Result<(), StoreError> {
    let mut rows = sqlx::query_as::<_, Figures>(
        "select observed_at, spread_bps, imbalance, bid_depth_10bps, ask_depth_10bps, bid_depth_50bps, ask_depth_50bps,
            buy_cost_bps, sell_cost_bps
         from silver_book where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and observed_at >= $3
            and observed_at < $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .fetch(&mut **tx);
    while let Some(figures) = rows.try_next().await? {
        take(&Book {
            observed_at: figures.0,
            best_bid: 0.0,
            best_ask: 0.0,
            spread_bps: figures.1,
            imbalance: figures.2,
            bid_depth_10bps: figures.3,
            ask_depth_10bps: figures.4,
            bid_depth_50bps: figures.5,
            ask_depth_50bps: figures.6,
            buy_cost_bps: figures.7,
            sell_cost_bps: figures.8,
            bids: Vec::new(),
            asks: Vec::new(),
        });
    }
    Ok(())
}

/// Time of the first live trade or book at or after `from`.
///
/// # Errors
/// When the database fails.
pub async fn first_row(tx: &mut Tx, names: Names, from: i64) -> Result<Option<i64>, StoreError> {
    let mut first: Option<i64> = None;
    for text in [
        "select min(traded_at) from silver_trade where instrument_id = $1 and venue_id = $2 and pipeline = 'live'
            and traded_at >= $3",
        "select min(observed_at) from silver_book where instrument_id = $1 and venue_id = $2 and pipeline = 'live'
            and observed_at >= $3",
    ] {
        let (at,): (Option<i64>,) = sqlx::query_as(text)
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(from)
            .fetch_one(&mut **tx)
            .await?;
        first = [first, at].into_iter().flatten().min();
    }
    Ok(first)
}
