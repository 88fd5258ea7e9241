//! Bars of a series.

use app::model::{Bar, DAY_MS, MINUTE_MS, Severity, bucket_start, flag};

use super::{SeriesKey, Window};
use crate::store::{Store, StoreError};

/// Source candles of a range of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Completeness {
    /// Source candles in one full bucket; 0 if no bucket was there.
    pub expected_per_bucket: i64,
    /// Source candles that are there.
    pub observed: i64,
}

#[derive(sqlx::FromRow)]
struct MinuteRow {
    opened_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    quote_volume: Option<f64>,
    trades: Option<i64>,
    flags: i64,
}

#[derive(sqlx::FromRow)]
struct GoldRow {
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
}

/// Naming both pipelines lets the key be used to its end: the pipeline stands before the time in it.
pub(super) const MINUTES: &str = "
select opened_at, open, high, low, close, volume, quote_volume, trades, flags
from gold_candle_1m
where instrument_id = $1 and venue_id = $2 and pipeline in ('batch', 'live') and opened_at >= $3 and opened_at < $4
order by opened_at desc
limit $5";

pub(super) const GOLD: &str = "
select opened_at, open, high, low, close, volume, vwap, trades, expected, observed, flagged, worst,
    sma_20, sma_50, sma_200, volatility_20, return_1
from gold_candle
where instrument_id = $1 and venue_id = $2 and step_ms = $3 and opened_at >= $4 and opened_at < $5
order by opened_at desc
limit $6";

pub(super) const COMPLETENESS: &str = "
select coalesce(max(expected), 0) as expected_per_bucket, cast(coalesce(sum(observed), 0) as bigint) as observed
from gold_candle
where instrument_id = $1 and venue_id = $2 and step_ms = $3 and opened_at >= $4 and opened_at < $5";

/// Differing minutes by bucket of less than a day, which all divide it.
pub(super) const DIFFERING: &str = "
select opened_at - opened_at % $5, count(*)
from reconcile_minute
where instrument_id = $1 and venue_id = $2 and opened_at >= $3 and opened_at < $4 and kind <> 'restated'
group by 1";

pub(super) const DIFFERING_DAYS: &str = "
select day_at - day_at % $5, compared - matched
from reconcile_day
where instrument_id = $1 and venue_id = $2 and day_at >= $3 and day_at < $4 and compared > matched";

impl Store {
    /// The newest bars of a window, oldest first.
    ///
    /// Minutes are looked for in a bounded stretch before the window's end, since two pipelines have to be merged.
    /// Give the end of the data as `to_ms`, not an end far behind it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bars(
        &self,
        key: SeriesKey,
        step_ms: i64,
        window: Window,
    ) -> Result<Vec<Bar>, StoreError> {
        let mut bars: Vec<Bar> = if step_ms == MINUTE_MS {
            let stretch = (window.limit.saturating_mul(8 * MINUTE_MS)).max(DAY_MS);
            let from_ms = window.from_ms.max(window.to_ms.saturating_sub(stretch));
            sqlx::query_as(MINUTES)
                .bind(key.instrument_id)
                .bind(key.venue_id)
                .bind(from_ms)
                .bind(window.to_ms)
                .bind(window.limit)
                .fetch_all(&self.read)
                .await?
                .into_iter()
                .map(|row: MinuteRow| row.into_bar())
                .collect()
        } else {
            sqlx::query_as(GOLD)
                .bind(key.instrument_id)
                .bind(key.venue_id)
                .bind(step_ms)
                .bind(window.from_ms)
                .bind(window.to_ms)
                .bind(window.limit)
                .fetch_all(&self.read)
                .await?
                .into_iter()
                .map(|row: GoldRow| row.into_bar())
                .collect()
        };
        bars.reverse();
        self.mark_differences(key, step_ms, &mut bars).await?;
        Ok(bars)
    }

    /// Minutes in which live and batch differ count as flagged, with a warning; restated ones are flagged in silver.
    async fn mark_differences(
        &self,
        key: SeriesKey,
        step_ms: i64,
        bars: &mut [Bar],
    ) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
            return Ok(());
        };
        let (from, to) = (first.opened_at, last.opened_at.saturating_add(step_ms));
        let found: Vec<(i64, i64)> = if step_ms >= DAY_MS {
            sqlx::query_as(DIFFERING_DAYS)
        } else {
            sqlx::query_as(DIFFERING)
        }
        .bind(key.instrument_id)
        .bind(key.venue_id)
        .bind(from)
        .bind(to)
        .bind(step_ms.min(DAY_MS))
        .fetch_all(&self.read)
        .await?;
        for (at, minutes) in found {
            let bucket = bucket_start(at, step_ms);
            if let Ok(index) = bars.binary_search_by_key(&bucket, |bar| bar.opened_at) {
                let bar = &mut bars[index];
                bar.flagged = (bar.flagged + minutes).min(bar.observed.max(bar.flagged));
                bar.worst = bar.worst.max(Severity::Warn.rank());
            }
        }
        Ok(())
    }

    /// Source candles in the buckets of `step_ms` that begin in `[from_ms, to_ms)`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn completeness(
        &self,
        key: SeriesKey,
        step_ms: i64,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Completeness, StoreError> {
        let (expected_per_bucket, observed) = sqlx::query_as(COMPLETENESS)
            .bind(key.instrument_id)
            .bind(key.venue_id)
            .bind(step_ms)
            .bind(from_ms)
            .bind(to_ms)
            .fetch_one(&self.read)
            .await?;
        Ok(Completeness {
            expected_per_bucket,
            observed,
        })
    }
}

impl MinuteRow {
    fn into_bar(self) -> Bar {
        let flagged = i64::from(self.flags & flag::FINDINGS != 0);
        Bar {
            opened_at: self.opened_at,
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            volume: self.volume,
            vwap: self
                .quote_volume
                .filter(|_| self.volume > 0.0)
                .map(|quote_volume| quote_volume / self.volume),
            trades: self.trades,
            expected: 1,
            observed: 1,
            flagged,
            worst: flag::worst(self.flags),
            sma_20: None,
            sma_50: None,
            sma_200: None,
            volatility_20: None,
            return_1: None,
        }
    }
}

impl GoldRow {
    fn into_bar(self) -> Bar {
        Bar {
            opened_at: self.opened_at,
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            volume: self.volume,
            vwap: self.vwap,
            trades: self.trades,
            expected: self.expected,
            observed: self.observed,
            flagged: self.flagged,
            worst: self.worst,
            sma_20: self.sma_20,
            sma_50: self.sma_50,
            sma_200: self.sma_200,
            volatility_20: self.volatility_20,
            return_1: self.return_1,
        }
    }
}
