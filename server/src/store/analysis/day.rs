//! Days.

use std::sync::LazyLock;

use app::model::{
    DAY_MS, GoldBar,
    analysis::{DayBar, Ends, GoldDay, Regime},
};

use crate::store::{Names, Store, StoreError, Tx, bulk::values, gold};

const ROWS: usize = 100;
const COLUMNS: &str = "opened_at, open, high, low, close, return_1, log_return, realised_volatility, volatility_annualised,
    peak, drawdown, volume, vwap, expected, observed, completeness, source_step_ms, sma_50, sma_200, volatility_20, regime";

fn text(rows: usize) -> String {
    let mut columns = vec!["$1", "$2"];
    columns.resize(23, "?");
    format!(
        "insert into gold_day (instrument_id, venue_id, {COLUMNS}) values {}
         on conflict (instrument_id, venue_id, opened_at) do update set open = excluded.open, high = excluded.high,
            low = excluded.low, close = excluded.close, return_1 = excluded.return_1, log_return = excluded.log_return,
            realised_volatility = excluded.realised_volatility, volatility_annualised = excluded.volatility_annualised,
            peak = excluded.peak, drawdown = excluded.drawdown, volume = excluded.volume, vwap = excluded.vwap,
            expected = excluded.expected, observed = excluded.observed, completeness = excluded.completeness,
            source_step_ms = excluded.source_step_ms, sma_50 = excluded.sma_50, sma_200 = excluded.sma_200,
            volatility_20 = excluded.volatility_20, regime = excluded.regime",
        values(rows, &columns)
    )
}

static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
static ONE: LazyLock<String> = LazyLock::new(|| text(1));

/// Writes days; those that are there are replaced.
///
/// # Errors
/// When the database fails.
pub async fn upsert_days(tx: &mut Tx, names: Names, days: &[GoldDay]) -> Result<(), StoreError> {
    let mut rest = days;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(if rest.len() >= ROWS { ROWS } else { 1 });
        rest = later;
        let text: &'static str = if now.len() == ROWS { &MANY } else { &ONE };
        let mut query = sqlx::query(text);
        for day in now {
            query = query
                .bind(day.opened_at)
                .bind(day.open)
                .bind(day.high)
                .bind(day.low)
                .bind(day.close)
                .bind(day.return_1)
                .bind(day.log_return)
                .bind(day.realised_volatility)
                .bind(day.volatility_annualised)
                .bind(day.peak)
                .bind(day.drawdown)
                .bind(day.volume)
                .bind(day.vwap)
                .bind(day.expected)
                .bind(day.observed)
                .bind(day.completeness)
                .bind(day.source_step_ms)
                .bind(day.sma_50)
                .bind(day.sma_200)
                .bind(day.volatility_20)
                .bind(day.regime.as_str());
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Removes the days from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn delete_days(tx: &mut Tx, names: Names, from: i64, to: i64) -> Result<(), StoreError> {
    sqlx::query(
        "delete from gold_day where instrument_id = $1 and venue_id = $2 and opened_at >= $3 and opened_at < $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The first `limit` daily bars at or after `from`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn bars_from(
    tx: &mut Tx,
    names: Names,
    from: i64,
    limit: i64,
) -> Result<Vec<DayBar>, StoreError> {
    let bars = gold::bars_from(tx, names, DAY_MS, from, limit).await?;
    let day = |gold: GoldBar| DayBar {
        bar: gold.bar,
        source_step_ms: gold.source_step_ms,
        realised_variance: gold.realised_variance,
    };
    Ok(bars.into_iter().map(day).collect())
}

/// Starts of the last daily bar before `from` and of the first one at or after `to`.
///
/// # Errors
/// When the database fails.
pub async fn bounds(
    tx: &mut Tx,
    names: Names,
    from: i64,
    to: i64,
) -> Result<(Option<i64>, Option<i64>), StoreError> {
    let mut found = [None, None];
    for (end, (text, at)) in found.iter_mut().zip([
        (
            "select opened_at from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3
             and opened_at < $4 order by opened_at desc limit 1",
            from,
        ),
        (
            "select opened_at from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3
             and opened_at >= $4 order by opened_at limit 1",
            to,
        ),
    ]) {
        let row: Option<(i64,)> = sqlx::query_as(text)
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(DAY_MS)
            .bind(at)
            .fetch_optional(&mut **tx)
            .await?;
        *end = row.map(|(at,)| at);
    }
    Ok((found[0], found[1]))
}

/// First and last candle of each silver step of a series.
///
/// # Errors
/// When the database fails.
pub async fn ends(tx: &mut Tx, names: Names) -> Result<Vec<Ends>, StoreError> {
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "select step_ms, first_at, last_at from series
         where instrument_id = $1 and venue_id = $2 and rows > 0 order by step_ms",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(step_ms, first_at, last_at)| Ends {
            step_ms,
            first_at,
            last_at,
        })
        .collect())
}

#[derive(sqlx::FromRow)]
struct DayRow {
    opened_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    return_1: Option<f64>,
    log_return: Option<f64>,
    realised_volatility: Option<f64>,
    volatility_annualised: Option<f64>,
    peak: f64,
    drawdown: f64,
    volume: f64,
    vwap: Option<f64>,
    expected: i64,
    observed: i64,
    completeness: f64,
    source_step_ms: i64,
    sma_50: Option<f64>,
    sma_200: Option<f64>,
    volatility_20: Option<f64>,
    regime: String,
}

impl From<DayRow> for GoldDay {
    fn from(row: DayRow) -> Self {
        Self {
            opened_at: row.opened_at,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            return_1: row.return_1,
            log_return: row.log_return,
            realised_volatility: row.realised_volatility,
            volatility_annualised: row.volatility_annualised,
            peak: row.peak,
            drawdown: row.drawdown,
            volume: row.volume,
            vwap: row.vwap,
            expected: row.expected,
            observed: row.observed,
            completeness: row.completeness,
            source_step_ms: row.source_step_ms,
            sma_50: row.sma_50,
            sma_200: row.sma_200,
            volatility_20: row.volatility_20,
            regime: Regime::parse(&row.regime).unwrap_or(Regime::Unknown),
        }
    }
}

const SELECT: &str = "from gold_day where instrument_id = $1 and venue_id = $2";
static FROM: LazyLock<String> = LazyLock::new(|| {
    format!("select {COLUMNS} {SELECT} and opened_at >= $3 order by opened_at limit $4")
});
static RANGE: LazyLock<String> = LazyLock::new(|| {
    format!("select {COLUMNS} {SELECT} and opened_at >= $3 and opened_at < $4 order by opened_at")
});
static BEFORE: LazyLock<String> = LazyLock::new(|| {
    format!("select {COLUMNS} {SELECT} and opened_at < $3 order by opened_at desc limit $4")
});

async fn select(
    tx: &mut Tx,
    text: &'static str,
    names: Names,
    a: i64,
    b: i64,
) -> Result<Vec<GoldDay>, StoreError> {
    let rows: Vec<DayRow> = sqlx::query_as(text)
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(a)
        .bind(b)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(GoldDay::from).collect())
}

/// Days from `from` to before `to`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn days(
    tx: &mut Tx,
    names: Names,
    from: i64,
    to: i64,
) -> Result<Vec<GoldDay>, StoreError> {
    select(tx, &RANGE, names, from, to).await
}

/// The first `limit` days at or after `from`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn days_from(
    tx: &mut Tx,
    names: Names,
    from: i64,
    limit: i64,
) -> Result<Vec<GoldDay>, StoreError> {
    select(tx, &FROM, names, from, limit).await
}

/// The last day before `before`.
///
/// # Errors
/// When the database fails.
pub async fn day_before(
    tx: &mut Tx,
    names: Names,
    before: i64,
) -> Result<Option<GoldDay>, StoreError> {
    Ok(select(tx, &BEFORE, names, before, 1).await?.pop())
}

/// The newest `limit` days, ascending.
///
/// # Errors
/// When the database fails.
pub async fn newest_days(
    store: &Store,
    names: Names,
    limit: i64,
) -> Result<Vec<GoldDay>, StoreError> {
    let mut tx = store.snapshot().await?;
    let mut days = select(&mut tx, &BEFORE, names, i64::MAX, limit).await?;
    days.reverse();
    Ok(days)
}
