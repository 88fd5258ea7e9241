//! Silver candles.

mod elsewhere;
mod restated;

use std::{collections::HashMap, sync::LazyLock};

use app::model::{Candle, Held, Pipeline};
use sqlx::QueryBuilder;

pub use self::elsewhere::{Moves, closes_elsewhere, quotes_elsewhere};
pub use self::restated::{keep_restated, restore_restated, take_out};
use super::{Names, StoreError, Tx, bulk::values};

/// Key of a series of silver candles, all but the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesKey {
    /// Instrument and venue.
    pub names: Names,
    /// Which pipeline.
    pub pipeline: Pipeline,
    /// Interval of one candle.
    pub step_ms: i64,
}

/// Rows of one statement: more save little, since each call crosses to the connection's thread only once.
const ROWS: usize = 1000;
pub(super) const COLUMNS: &str = "instrument_id, venue_id, pipeline, step_ms, opened_at, open, high, low, close, volume, quote_volume,
    trades, is_final, flags, landing_id";
const REPLACE: &str = "on conflict (instrument_id, venue_id, pipeline, step_ms, opened_at) do update set
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume,
    quote_volume = excluded.quote_volume, trades = excluded.trades, is_final = excluded.is_final, flags = excluded.flags,
    landing_id = excluded.landing_id";

// most files say nothing but prices and volume: six values a row instead of ten
const PLAIN: [&str; 15] = [
    "$1", "$2", "$3", "$4", "?", "?", "?", "?", "?", "?", "null", "null", "1", "0", "$5",
];
const FULL: [&str; 15] = [
    "$1", "$2", "$3", "$4", "?", "?", "?", "?", "?", "?", "?", "?", "?", "?", "$5",
];

fn text(rows: usize, columns: &[&str]) -> String {
    format!(
        "insert into silver_candle ({COLUMNS}) values {} {REPLACE}",
        values(rows, columns)
    )
}

static PLAIN_MANY: LazyLock<String> = LazyLock::new(|| text(ROWS, &PLAIN));
static FULL_MANY: LazyLock<String> = LazyLock::new(|| text(ROWS, &FULL));
static FULL_SOME: LazyLock<String> = LazyLock::new(|| text(20, &FULL));
static FULL_ONE: LazyLock<String> = LazyLock::new(|| text(1, &FULL));

/// Writes candles, ascending; rows that are there are replaced.
///
/// # Errors
/// When the database fails.
pub async fn upsert_candles(
    tx: &mut Tx,
    key: &SeriesKey,
    landing_id: i64,
    candles: &[Candle],
) -> Result<(), StoreError> {
    let mut rest = candles;
    while !rest.is_empty() {
        let size = [ROWS, 20, 1]
            .into_iter()
            .find(|size| rest.len() >= *size)
            .unwrap_or(1);
        let (now, later) = rest.split_at(size);
        rest = later;
        let plain = size == ROWS
            && now.iter().all(|c| {
                c.quote_volume.is_none() && c.trades.is_none() && c.is_final && c.flags == 0
            });
        let text: &'static str = match size {
            ROWS if plain => &PLAIN_MANY,
            ROWS => &FULL_MANY,
            20 => &FULL_SOME,
            _ => &FULL_ONE,
        };
        let mut query = sqlx::query(text);
        for c in now {
            query = query
                .bind(c.opened_at)
                .bind(c.open)
                .bind(c.high)
                .bind(c.low)
                .bind(c.close)
                .bind(c.volume);
            if !plain {
                query = query
                    .bind(c.quote_volume)
                    .bind(c.trades)
                    .bind(i64::from(c.is_final))
                    .bind(c.flags);
            }
        }
        query = query
            .bind(key.names.instrument_id)
            .bind(key.names.venue_id)
            .bind(key.pipeline.as_str())
            .bind(key.step_ms)
            .bind(landing_id);
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct CandleRow {
    opened_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    quote_volume: Option<f64>,
    trades: Option<i64>,
    is_final: i64,
    flags: i64,
    landing_id: i64,
}

impl From<CandleRow> for Held {
    fn from(row: CandleRow) -> Self {
        Self {
            candle: Candle {
                opened_at: row.opened_at,
                open: row.open,
                high: row.high,
                low: row.low,
                close: row.close,
                volume: row.volume,
                quote_volume: row.quote_volume,
                trades: row.trades,
                is_final: row.is_final != 0,
                flags: row.flags,
            },
            landing_id: row.landing_id,
        }
    }
}

const SELECT: &str = "select opened_at, open, high, low, close, volume, quote_volume, trades, is_final, flags, landing_id
    from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4 ";
static RANGE: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} and opened_at >= $5 and opened_at < $6 order by opened_at"));
static BEFORE: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} and opened_at < $5 order by opened_at desc limit $6"));
static FROM: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} and opened_at >= $5 order by opened_at limit $6"));

async fn select(
    tx: &mut Tx,
    text: &'static str,
    key: &SeriesKey,
    a: i64,
    b: i64,
) -> Result<Vec<Held>, StoreError> {
    let rows: Vec<CandleRow> = sqlx::query_as(text)
        .bind(key.names.instrument_id)
        .bind(key.names.venue_id)
        .bind(key.pipeline.as_str())
        .bind(key.step_ms)
        .bind(a)
        .bind(b)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(Held::from).collect())
}

/// Candles from `from` to before `to`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn candles(
    tx: &mut Tx,
    key: &SeriesKey,
    from: i64,
    to: i64,
) -> Result<Vec<Held>, StoreError> {
    select(tx, &RANGE, key, from, to).await
}

/// The last `limit` candles before `before`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn candles_before(
    tx: &mut Tx,
    key: &SeriesKey,
    before: i64,
    limit: i64,
) -> Result<Vec<Held>, StoreError> {
    let mut rows = select(tx, &BEFORE, key, before, limit).await?;
    rows.reverse();
    Ok(rows)
}

/// The first `limit` candles at or after `from`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn candles_from(
    tx: &mut Tx,
    key: &SeriesKey,
    from: i64,
    limit: i64,
) -> Result<Vec<Held>, StoreError> {
    select(tx, &FROM, key, from, limit).await
}

/// What silver holds at the (ascending) times of a chunk. A new stretch of time costs one look into the index.
///
/// # Errors
/// When the database fails.
pub async fn held(
    tx: &mut Tx,
    key: &SeriesKey,
    times: &[i64],
) -> Result<HashMap<i64, Held>, StoreError> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Ok(HashMap::new());
    };
    // where the stretch is not much fuller than the chunk, reading all of it is cheaper than asking time by time
    let limit = times.len() as i64 * 4 + 100;
    let (there,): (i64,) = sqlx::query_as(
        "select count(*) from (select 1 from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3
         and step_ms = $4 and opened_at between $5 and $6 limit $7) t",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.pipeline.as_str())
    .bind(key.step_ms)
    .bind(first)
    .bind(last)
    .bind(limit)
    .fetch_one(&mut **tx)
    .await?;
    if there == 0 {
        return Ok(HashMap::new());
    }
    let rows = if there < limit {
        candles(tx, key, *first, last + 1).await?
    } else {
        let mut rows = Vec::new();
        for some in times.chunks(200) {
            rows.extend(candles_at(tx, key, some).await?);
        }
        rows
    };
    Ok(rows
        .into_iter()
        .map(|held| (held.candle.opened_at, held))
        .collect())
}

async fn candles_at(tx: &mut Tx, key: &SeriesKey, times: &[i64]) -> Result<Vec<Held>, StoreError> {
    let mut query = QueryBuilder::new(
        "select opened_at, open, high, low, close, volume, quote_volume, trades, is_final, flags, landing_id
         from silver_candle where instrument_id = ",
    );
    query
        .push_bind(key.names.instrument_id)
        .push(" and venue_id = ")
        .push_bind(key.names.venue_id);
    query
        .push(" and pipeline = ")
        .push_bind(key.pipeline.as_str())
        .push(" and step_ms = ")
        .push_bind(key.step_ms);
    query.push(" and opened_at in (");
    let mut list = query.separated(", ");
    for at in times {
        list.push_bind(*at);
    }
    query.push(")");
    let rows: Vec<CandleRow> = query.build_query_as().fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(Held::from).collect())
}

/// True if the series has candles of any pipeline.
///
/// # Errors
/// When the database fails.
pub async fn has_candles(tx: &mut Tx, key: &SeriesKey) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "select 1 from silver_candle where instrument_id = $1 and venue_id = $2 limit 1",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// First and last time of a series.
///
/// # Errors
/// When the database fails.
pub async fn ends(tx: &mut Tx, key: &SeriesKey) -> Result<Option<(i64, i64)>, StoreError> {
    let mut found = [None, None];
    // one end a query: asked for both, SQLite reads the whole series
    for (end, text) in found.iter_mut().zip([
        "select min(opened_at) from silver_candle
         where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4",
        "select max(opened_at) from silver_candle
         where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4",
    ]) {
        (*end,) = sqlx::query_as(text)
            .bind(key.names.instrument_id)
            .bind(key.names.venue_id)
            .bind(key.pipeline.as_str())
            .bind(key.step_ms)
            .fetch_one(&mut **tx)
            .await?;
    }
    Ok(found[0].zip(found[1]))
}

/// Removes single candles; gives how many were there.
///
/// # Errors
/// When the database fails.
pub async fn delete_candles(
    tx: &mut Tx,
    key: &SeriesKey,
    times: &[i64],
) -> Result<i64, StoreError> {
    let mut removed = 0;
    for at in times {
        let done = sqlx::query(
            "delete from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3 and step_ms = $4
             and opened_at = $5",
        )
        .bind(key.names.instrument_id)
        .bind(key.names.venue_id)
        .bind(key.pipeline.as_str())
        .bind(key.step_ms)
        .bind(at)
        .execute(&mut **tx)
        .await?;
        removed += done.rows_affected() as i64;
    }
    Ok(removed)
}

/// First and last time of a landing's candles between two times.
///
/// # Errors
/// When the database fails.
pub async fn range_of_landing(
    tx: &mut Tx,
    key: &SeriesKey,
    landing_id: i64,
    (first, last): (i64, i64),
) -> Result<Option<(i64, i64)>, StoreError> {
    let mut found = [None, None];
    // from each end inwards: the search stops at the first candle of the landing
    for (end, text) in found.iter_mut().zip([
        "select opened_at from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3
         and step_ms = $4 and opened_at between $5 and $6 and landing_id = $7 order by opened_at limit 1",
        "select opened_at from silver_candle where instrument_id = $1 and venue_id = $2 and pipeline = $3
         and step_ms = $4 and opened_at between $5 and $6 and landing_id = $7 order by opened_at desc limit 1",
    ]) {
        let row: Option<(i64,)> = sqlx::query_as(text)
            .bind(key.names.instrument_id)
            .bind(key.names.venue_id)
            .bind(key.pipeline.as_str())
            .bind(key.step_ms)
            .bind(first)
            .bind(last)
            .bind(landing_id)
            .fetch_optional(&mut **tx)
            .await?;
        *end = row.map(|(at,)| at);
    }
    Ok(found[0].zip(found[1]))
}

/// Changes the flags of single candles.
///
/// # Errors
/// When the database fails.
pub async fn set_flags(
    tx: &mut Tx,
    key: &SeriesKey,
    flags: &[(i64, i64)],
) -> Result<(), StoreError> {
    for (opened_at, flags) in flags {
        sqlx::query(
            "update silver_candle set flags = $6 where instrument_id = $1 and venue_id = $2 and pipeline = $3
             and step_ms = $4 and opened_at = $5",
        )
        .bind(key.names.instrument_id)
        .bind(key.names.venue_id)
        .bind(key.pipeline.as_str())
        .bind(key.step_ms)
        .bind(opened_at)
        .bind(flags)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
