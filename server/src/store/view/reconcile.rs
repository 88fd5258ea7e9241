//! Live against batch, as pages and the API ask for it.

use app::model::{Difference, DifferenceVm, ReconcileDayVm};

use super::Window;
use crate::store::{Store, StoreError};

/// A day that was compared.
#[derive(sqlx::FromRow)]
pub struct DayRow {
    instrument: String,
    venue: String,
    day_at: i64,
    compared: i64,
    matched: i64,
    price: i64,
    volume: i64,
    missing_live: i64,
    missing_batch: i64,
    restated: i64,
}

/// A minute that differs.
#[derive(sqlx::FromRow)]
pub struct DifferenceRow {
    instrument: String,
    venue: String,
    opened_at: i64,
    kind: String,
    live_close: Option<f64>,
    live_volume: Option<f64>,
    batch_close: Option<f64>,
    batch_volume: Option<f64>,
    price_bps: Option<f64>,
    volume_share: Option<f64>,
}

impl DayRow {
    pub fn into_vm(self) -> ReconcileDayVm {
        ReconcileDayVm {
            instrument: self.instrument,
            venue: self.venue,
            day_at: self.day_at,
            compared: self.compared,
            matched: self.matched,
            price: self.price,
            volume: self.volume,
            missing_live: self.missing_live,
            missing_batch: self.missing_batch,
            restated: self.restated,
        }
    }
}

impl DifferenceRow {
    pub fn into_vm(self) -> Result<DifferenceVm, StoreError> {
        Ok(DifferenceVm {
            kind: Difference::parse(&self.kind)
                .ok_or_else(|| StoreError::Value(format!("difference {:?}", self.kind)))?,
            instrument: self.instrument,
            venue: self.venue,
            opened_at: self.opened_at,
            live: self.live_close.zip(self.live_volume),
            batch: self.batch_close.zip(self.batch_volume),
            price_bps: self.price_bps,
            volume_share: self.volume_share,
        })
    }
}

// of one series by the key, of all of them from the newest back: neither is sorted
const DAYS_OF: &str = "
select i.symbol as instrument, v.name as venue, d.day_at, d.compared, d.matched, d.price, d.volume, d.missing_live,
    d.missing_batch, d.restated
from reconcile_day d cross join instrument i cross join venue v
where d.instrument_id = (select id from instrument where symbol = $1)
    and d.venue_id = (select id from venue where name = $2) and d.day_at >= $3 and d.day_at < $4
    and i.id = d.instrument_id and v.id = d.venue_id
order by d.day_at desc limit $5";
const DAYS_OF_ALL: &str = "
select i.symbol as instrument, v.name as venue, d.day_at, d.compared, d.matched, d.price, d.volume, d.missing_live,
    d.missing_batch, d.restated
from reconcile_day d cross join instrument i cross join venue v
where ($1 = '' or i.symbol = $1) and ($2 = '' or v.name = $2) and d.day_at >= $3 and d.day_at < $4
    and i.id = d.instrument_id and v.id = d.venue_id
order by d.day_at desc, d.instrument_id desc, d.venue_id desc limit $5";
const MINUTES_OF: &str = "
select i.symbol as instrument, v.name as venue, m.opened_at, m.kind, m.live_close, m.live_volume, m.batch_close,
    m.batch_volume, m.price_bps, m.volume_share
from reconcile_minute m cross join instrument i cross join venue v
where m.instrument_id = (select id from instrument where symbol = $1)
    and m.venue_id = (select id from venue where name = $2) and m.opened_at >= $3 and m.opened_at < $4
    and i.id = m.instrument_id and v.id = m.venue_id
order by m.opened_at desc, m.kind desc limit $5";
const MINUTES_OF_ALL: &str = "
select i.symbol as instrument, v.name as venue, m.opened_at, m.kind, m.live_close, m.live_volume, m.batch_close,
    m.batch_volume, m.price_bps, m.volume_share
from reconcile_minute m cross join instrument i cross join venue v
where ($1 = '' or i.symbol = $1) and ($2 = '' or v.name = $2) and m.opened_at >= $3 and m.opened_at < $4
    and i.id = m.instrument_id and v.id = m.venue_id
order by m.opened_at desc, m.instrument_id desc, m.venue_id desc, m.kind desc limit $5";

const fn one_or_all(of: (&str, &str), one: &'static str, all: &'static str) -> &'static str {
    if of.0.is_empty() || of.1.is_empty() {
        all
    } else {
        one
    }
}

impl Store {
    /// Days that were compared, newest first; empty names for all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reconcile_days(
        &self,
        of: (&str, &str),
        window: Window,
    ) -> Result<Vec<ReconcileDayVm>, StoreError> {
        let rows: Vec<DayRow> = sqlx::query_as(one_or_all(of, DAYS_OF, DAYS_OF_ALL))
            .bind(of.0)
            .bind(of.1)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().map(DayRow::into_vm).collect())
    }

    /// Minutes that differ, newest first; empty names for all.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn differences(
        &self,
        of: (&str, &str),
        window: Window,
    ) -> Result<Vec<DifferenceVm>, StoreError> {
        let rows: Vec<DifferenceRow> = sqlx::query_as(one_or_all(of, MINUTES_OF, MINUTES_OF_ALL))
            .bind(of.0)
            .bind(of.1)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(DifferenceRow::into_vm).collect()
    }

    /// Number of minutes that differ, by the counts of the days; empty names for all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_differences(
        &self,
        instrument: &str,
        venue: &str,
    ) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(
            "select cast(coalesce(sum(d.compared - d.matched + d.restated), 0) as bigint)
             from instrument i cross join venue v
             join reconcile_day d on d.instrument_id = i.id and d.venue_id = v.id
             where ($1 = '' or i.symbol = $1) and ($2 = '' or v.name = $2)",
        )
        .bind(instrument)
        .bind(venue)
        .fetch_one(&self.read)
        .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_scanned_or_sorted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("assay.db");
        let store = Store::open(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        for (text, table) in [
            (DAYS_OF, "d"),
            (DAYS_OF_ALL, "d"),
            (MINUTES_OF, "m"),
            (MINUTES_OF_ALL, "m"),
        ] {
            let explain = sqlx::AssertSqlSafe(format!("explain query plan {text}"));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
                .fetch_all(&store.read)
                .await
                .unwrap();
            let says = |part: &str| steps.iter().any(|step| step.3.starts_with(part));
            assert!(says(&format!("SEARCH {table} USING")), "{steps:?}");
            assert!(!says("USE TEMP"), "{steps:?}");
        }
    }
}
