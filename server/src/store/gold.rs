//! Gold bars.

use std::sync::LazyLock;

use app::model::{Bar, GoldBar};

use super::{Names, StoreError, Tx, bulk::values};

const ROWS: usize = 500;
pub(super) const COLUMNS: &str = "instrument_id, venue_id, step_ms, opened_at, open, high, low, close, volume, vwap, trades, expected,
    observed, flagged, worst, sma_20, sma_50, sma_200, volatility_20, return_1, source_step_ms, quote_volume, typical_volume,
    realised_variance";

fn text(rows: usize) -> String {
    let mut columns = vec!["$1", "$2", "$3"];
    columns.resize(24, "?");
    format!(
        "insert into gold_candle ({COLUMNS}) values {}
         on conflict (instrument_id, venue_id, step_ms, opened_at) do update set open = excluded.open, high = excluded.high,
            low = excluded.low, close = excluded.close, volume = excluded.volume, vwap = excluded.vwap,
            trades = excluded.trades, expected = excluded.expected, observed = excluded.observed,
            flagged = excluded.flagged, worst = excluded.worst, sma_20 = excluded.sma_20, sma_50 = excluded.sma_50,
            sma_200 = excluded.sma_200, volatility_20 = excluded.volatility_20, return_1 = excluded.return_1,
            source_step_ms = excluded.source_step_ms, quote_volume = excluded.quote_volume,
            typical_volume = excluded.typical_volume, realised_variance = excluded.realised_variance",
        values(rows, &columns)
    )
}

static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
static SOME: LazyLock<String> = LazyLock::new(|| text(20));
static ONE: LazyLock<String> = LazyLock::new(|| text(1));

/// Writes bars of one step; bars that are there are replaced.
///
/// # Errors
/// When the database fails.
pub async fn upsert_bars(
    tx: &mut Tx,
    names: Names,
    step_ms: i64,
    bars: &[GoldBar],
) -> Result<(), StoreError> {
    let mut rest = bars;
    while !rest.is_empty() {
        let size = [ROWS, 20, 1]
            .into_iter()
            .find(|size| rest.len() >= *size)
            .unwrap_or(1);
        let (now, later) = rest.split_at(size);
        rest = later;
        let text: &'static str = match size {
            ROWS => &MANY,
            20 => &SOME,
            _ => &ONE,
        };
        let mut query = sqlx::query(text);
        for GoldBar {
            bar,
            source_step_ms,
            quote_volume,
            typical_volume,
            realised_variance,
        } in now
        {
            query = query
                .bind(bar.opened_at)
                .bind(bar.open)
                .bind(bar.high)
                .bind(bar.low)
                .bind(bar.close)
                .bind(bar.volume)
                .bind(bar.vwap)
                .bind(bar.trades)
                .bind(bar.expected)
                .bind(bar.observed)
                .bind(bar.flagged)
                .bind(bar.worst)
                .bind(bar.sma_20)
                .bind(bar.sma_50)
                .bind(bar.sma_200)
                .bind(bar.volatility_20)
                .bind(bar.return_1)
                .bind(source_step_ms)
                .bind(quote_volume)
                .bind(typical_volume)
                .bind(realised_variance);
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(step_ms)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct BarRow {
    opened_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    vwap: Option<f64>,
    trades: Option<i64>,
    expected: i64,
    observed: i64,
    flagged: i64,
    worst: i64,
    sma_20: Option<f64>,
    sma_50: Option<f64>,
    sma_200: Option<f64>,
    volatility_20: Option<f64>,
    return_1: Option<f64>,
    source_step_ms: i64,
    quote_volume: Option<f64>,
    typical_volume: f64,
    realised_variance: f64,
}

impl From<BarRow> for GoldBar {
    fn from(row: BarRow) -> Self {
        Self {
            bar: Bar {
                opened_at: row.opened_at,
                open: row.open,
                high: row.high,
                low: row.low,
                close: row.close,
                volume: row.volume,
                vwap: row.vwap,
                trades: row.trades,
                expected: row.expected,
                observed: row.observed,
                flagged: row.flagged,
                worst: row.worst,
                sma_20: row.sma_20,
                sma_50: row.sma_50,
                sma_200: row.sma_200,
                volatility_20: row.volatility_20,
                return_1: row.return_1,
            },
            source_step_ms: row.source_step_ms,
            quote_volume: row.quote_volume,
            typical_volume: row.typical_volume,
            realised_variance: row.realised_variance,
        }
    }
}

const SELECT: &str = "select opened_at, open, high, low, close, volume, vwap, trades, expected, observed, flagged, worst,
    sma_20, sma_50, sma_200, volatility_20, return_1, source_step_ms, quote_volume, typical_volume,
    realised_variance from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3 ";
static RANGE: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} and opened_at >= $4 and opened_at < $5 order by opened_at"));
static FROM: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} and opened_at >= $4 order by opened_at limit $5"));
static BEFORE: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} and opened_at < $4 order by opened_at desc limit $5"));

async fn select(
    tx: &mut Tx,
    text: &'static str,
    names: Names,
    step_ms: i64,
    a: i64,
    b: i64,
) -> Result<Vec<GoldBar>, StoreError> {
    let rows: Vec<BarRow> = sqlx::query_as(text)
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(step_ms)
        .bind(a)
        .bind(b)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(GoldBar::from).collect())
}

/// Bars from `from` to before `to`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn bars(
    tx: &mut Tx,
    names: Names,
    step_ms: i64,
    from: i64,
    to: i64,
) -> Result<Vec<GoldBar>, StoreError> {
    select(tx, &RANGE, names, step_ms, from, to).await
}

/// The first `limit` bars at or after `from`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn bars_from(
    tx: &mut Tx,
    names: Names,
    step_ms: i64,
    from: i64,
    limit: i64,
) -> Result<Vec<GoldBar>, StoreError> {
    select(tx, &FROM, names, step_ms, from, limit).await
}

/// The last `limit` bars before `before`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn bars_before(
    tx: &mut Tx,
    names: Names,
    step_ms: i64,
    before: i64,
    limit: i64,
) -> Result<Vec<GoldBar>, StoreError> {
    let mut rows = select(tx, &BEFORE, names, step_ms, before, limit).await?;
    rows.reverse();
    Ok(rows)
}

/// Removes the bars from `from` to before `to`; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn delete_bars(
    tx: &mut Tx,
    names: Names,
    step_ms: i64,
    from: i64,
    to: i64,
) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "delete from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3
         and opened_at >= $4 and opened_at < $5",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(step_ms)
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() as i64)
}
