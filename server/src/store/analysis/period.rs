//! Weeks and months.

use std::sync::LazyLock;

use app::model::analysis::{GoldPeriod, Period};

use crate::store::{Names, StoreError, Tx, bulk::values};

const ROWS: usize = 50;
const COLUMNS: &str = "opened_at, days, open, high, low, close, return_1, variance, volatility_annualised, max_drawdown,
    volume, vwap, expected, observed, completeness";

fn text(rows: usize) -> String {
    let mut columns = vec!["$1", "$2", "$3"];
    columns.resize(18, "?");
    format!(
        "insert into gold_period (instrument_id, venue_id, period, {COLUMNS}) values {}",
        values(rows, &columns)
    )
}

static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
static ONE: LazyLock<String> = LazyLock::new(|| text(1));

/// Replaces the summaries that begin from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn replace_periods(
    tx: &mut Tx,
    names: Names,
    period: Period,
    (from, to): (i64, i64),
    summaries: &[GoldPeriod],
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from gold_period where instrument_id = $1 and venue_id = $2 and period = $3
         and opened_at >= $4 and opened_at < $5",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(period.as_str())
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    let mut rest = summaries;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(if rest.len() >= ROWS { ROWS } else { 1 });
        rest = later;
        let text: &'static str = if now.len() == ROWS { &MANY } else { &ONE };
        let mut query = sqlx::query(text);
        for summary in now {
            query = query
                .bind(summary.opened_at)
                .bind(summary.days)
                .bind(summary.open)
                .bind(summary.high)
                .bind(summary.low)
                .bind(summary.close)
                .bind(summary.return_1)
                .bind(summary.variance)
                .bind(summary.volatility_annualised)
                .bind(summary.max_drawdown)
                .bind(summary.volume)
                .bind(summary.vwap)
                .bind(summary.expected)
                .bind(summary.observed)
                .bind(summary.completeness);
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(period.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct PeriodRow {
    opened_at: i64,
    days: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    return_1: f64,
    variance: f64,
    volatility_annualised: Option<f64>,
    max_drawdown: f64,
    volume: f64,
    vwap: Option<f64>,
    expected: i64,
    observed: i64,
    completeness: f64,
}

static NEWEST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select {COLUMNS} from gold_period where instrument_id = $1 and venue_id = $2 and period = $3
         and opened_at >= $4 and opened_at < $5 order by opened_at desc limit $6"
    )
});

/// The newest `limit` summaries that begin from `from` to before `to`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn periods(
    tx: &mut Tx,
    names: Names,
    period: Period,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<Vec<GoldPeriod>, StoreError> {
    let text: &'static str = &NEWEST;
    let rows: Vec<PeriodRow> = sqlx::query_as(text)
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(period.as_str())
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| GoldPeriod {
            period,
            opened_at: row.opened_at,
            days: row.days,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            return_1: row.return_1,
            variance: row.variance,
            volatility_annualised: row.volatility_annualised,
            max_drawdown: row.max_drawdown,
            volume: row.volume,
            vwap: row.vwap,
            expected: row.expected,
            observed: row.observed,
            completeness: row.completeness,
        })
        .collect())
}
