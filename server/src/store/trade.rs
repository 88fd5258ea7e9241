//! Silver trades.

use std::sync::LazyLock;

use app::model::{Pipeline, Side, Trade};
use futures::TryStreamExt;

use super::{Names, StoreError, Tx, bulk::values};

/// A trade as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeRow {
    /// The trade.
    pub trade: Trade,
    /// When it reached us.
    pub received_at: i64,
    /// It does not count in its minute.
    pub late: bool,
}

/// Rows of one statement.
const ROWS: [usize; 3] = [500, 25, 1];
const COLUMNS: [&str; 11] = ["$1", "$2", "$3", "?", "?", "?", "?", "?", "?", "?", "$4"];

fn text(rows: usize) -> String {
    format!(
        "insert into silver_trade (instrument_id, venue_id, pipeline, traded_at, trade_id, price, size, side, received_at,
            late, landing_id)
         values {} on conflict (instrument_id, venue_id, pipeline, traded_at, trade_id) do nothing",
        values(rows, &COLUMNS)
    )
}

static TEXTS: LazyLock<[String; 3]> = LazyLock::new(|| ROWS.map(text));

/// Writes trades; gives how many of them were not there yet.
///
/// # Errors
/// When the database fails.
pub async fn insert_trades(
    tx: &mut Tx,
    names: Names,
    landing_id: i64,
    rows: &[TradeRow],
) -> Result<i64, StoreError> {
    let texts: &'static [String; 3] = &TEXTS;
    let mut rest = rows;
    let mut written = 0;
    while !rest.is_empty() {
        let size = ROWS.iter().position(|size| rest.len() >= *size);
        let index = size.unwrap_or(ROWS.len() - 1);
        let (now, later) = rest.split_at(ROWS[index]);
        rest = later;
        let mut query = sqlx::query(texts[index].as_str());
        for row in now {
            query = query
                .bind(row.trade.traded_at)
                .bind(row.trade.trade_id)
                .bind(row.trade.price)
                .bind(row.trade.size)
                .bind(row.trade.side.as_str())
                .bind(row.received_at)
                .bind(i64::from(row.late));
        }
        let done = query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(Pipeline::Live.as_str())
            .bind(landing_id)
            .execute(&mut **tx)
            .await?;
        written += done.rows_affected() as i64;
    }
    Ok(written)
}

/// The newest trades, newest first.
///
/// # Errors
/// When the database fails.
pub async fn newest_trades(
    tx: &mut Tx,
    names: Names,
    limit: i64,
) -> Result<Vec<Trade>, StoreError> {
    let rows: Vec<(i64, i64, f64, f64, String)> = sqlx::query_as(
        "select trade_id, traded_at, price, size, side from silver_trade
         where instrument_id = $1 and venue_id = $2 and pipeline = 'live'
         order by traded_at desc, trade_id desc limit $3",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    let trade = |(trade_id, traded_at, price, size, side): (i64, i64, f64, f64, String)| {
        let side = Side::parse(&side).ok_or_else(|| StoreError::Value(format!("side {side:?}")))?;
        Ok(Trade {
            trade_id,
            traded_at,
            price,
            size,
            side,
        })
    };
    rows.into_iter().map(trade).collect()
}

/// Number and time of the trades from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn trade_ids(
    tx: &mut Tx,
    names: Names,
    from: i64,
    to: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "select trade_id, traded_at from silver_trade where instrument_id = $1 and venue_id = $2 and pipeline = 'live'
            and traded_at >= $3 and traded_at < $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?)
}

/// Number of trades with a number between two others, of those from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn count_ids(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    (from_id, to_id): (i64, i64),
) -> Result<i64, StoreError> {
    let (rows,): (i64,) = sqlx::query_as(
        "select count(*) from silver_trade where instrument_id = $1 and venue_id = $2 and pipeline = 'live'
            and traded_at >= $3 and traded_at < $4 and trade_id > $5 and trade_id < $6",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .bind(from_id)
    .bind(to_id)
    .fetch_one(&mut **tx)
    .await?;
    Ok(rows)
}

/// Trades from `from` to before `to`, in time order, one after the other.
///
/// # Errors
/// When the database fails or a side is unknown.
pub async fn each_trade(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    mut take: impl FnMut(&TradeRow) + Send,
) -> Result<(), StoreError> {
    let mut rows = sqlx::query_as::<_, (i64, i64, f64, f64, String, i64, i64)>(
        "select traded_at, trade_id, price, size, side, received_at, late from silver_trade
         where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and traded_at >= $3 and traded_at < $4
         order by traded_at, trade_id",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .fetch(&mut **tx);
    while let Some((traded_at, trade_id, price, size, side, received_at, late)) =
        rows.try_next().await?
    {
        let side = Side::parse(&side).ok_or_else(|| StoreError::Value(format!("side {side:?}")))?;
        take(&TradeRow {
            trade: Trade {
                trade_id,
                traded_at,
                price,
                size,
                side,
            },
            received_at,
            late: late != 0,
        });
    }
    Ok(())
}
