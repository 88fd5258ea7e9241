//! Questions of the report.

use app::model::HOUR_MS;

use crate::store::{Names, Store, StoreError};

/// One hour of the week: rows of `gold_profile` summed up.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct ProfileRow {
    /// Monday = 0.
    pub weekday: i64,
    /// UTC.
    pub hour: i64,
    /// Hours.
    pub hours: i64,
    /// Hours with a return from the hour right before.
    pub n: i64,
    /// Σ of those returns.
    pub sum_return: f64,
    /// Σ of their squares.
    pub sum_square: f64,
    /// Σ of their absolute values.
    pub sum_abs: f64,
    /// Σ of base volume.
    pub volume: f64,
}

/// Closes of the hours from `from` to before `to`, ascending; at most `limit`, the newest.
///
/// # Errors
/// When the database fails.
pub async fn hour_closes(
    store: &Store,
    names: Names,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<Vec<(i64, f64)>, StoreError> {
    let mut closes: Vec<(i64, f64)> = sqlx::query_as(
        "select opened_at, close from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3
         and opened_at >= $4 and opened_at < $5 order by opened_at desc limit $6",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(HOUR_MS)
    .bind(from)
    .bind(to)
    .bind(limit)
    .fetch_all(&store.read)
    .await?;
    closes.reverse();
    Ok(closes)
}

/// What a report depends on: as long as it stays the same, so does the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ReportStamp {
    /// Changes with every change of candles.
    pub candles: i64,
    /// Changes with every file, article and quarantined row.
    pub rows: i64,
    /// Changes with every alert.
    pub alerts: i64,
}

impl Store {
    /// The stamp of now, in a few look-ups.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_stamp(&self) -> Result<ReportStamp, StoreError> {
        Ok(sqlx::query_as(
            "select (select cast(coalesce(sum(version), 0) as bigint) from series) as candles,
                (select cast(coalesce(sum(rows + rejects), 0) as bigint) from layer_count where layer in ('bronze', 'silver')) as rows,
                (select coalesce(max(id), 0) from alert_event) as alerts",
        )
        .fetch_one(&self.read)
        .await?)
    }

    /// The profile of a series, Monday first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn profile(&self, names: Names) -> Result<Vec<ProfileRow>, StoreError> {
        Ok(sqlx::query_as(
            "select weekday, hour, cast(sum(hours) as bigint) as hours, cast(sum(n) as bigint) as n,
                sum(sum_return) as sum_return, sum(sum_square) as sum_square, sum(sum_abs) as sum_abs,
                sum(volume) as volume
             from gold_profile where instrument_id = $1 and venue_id = $2
             group by weekday, hour order by weekday, hour",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .fetch_all(&self.read)
        .await?)
    }

    /// First and last hour of a series.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hour_ends(&self, names: Names) -> Result<Option<(i64, i64)>, StoreError> {
        // one end a query: asked for both, SQLite reads the whole series
        let mut found = [None, None];
        for (end, text) in found.iter_mut().zip([
            "select min(opened_at) from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3",
            "select max(opened_at) from gold_candle where instrument_id = $1 and venue_id = $2 and step_ms = $3",
        ]) {
            (*end,) = sqlx::query_as(text)
                .bind(names.instrument_id)
                .bind(names.venue_id)
                .bind(HOUR_MS)
                .fetch_one(&self.read)
                .await?;
        }
        let [first, last]: [Option<i64>; 2] = found;
        Ok(first.zip(last))
    }

    /// Candles that should be there and that are there, over all months of a series.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn months_expected_observed(&self, names: Names) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as(
            "select cast(coalesce(sum(expected), 0) as bigint), cast(coalesce(sum(observed), 0) as bigint)
             from gold_period where instrument_id = $1 and venue_id = $2 and period = 'month'",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .fetch_one(&self.read)
        .await?)
    }

    /// Candles of the finest step of a series.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn series_rows(&self, names: Names, step_ms: i64) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as(
            "select rows from series where instrument_id = $1 and venue_id = $2 and step_ms = $3",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(step_ms)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map_or(0, |(rows,)| rows))
    }

    /// Evidence (JSON) of the newest result of every check and entity that found something, worst first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn evidence_of_findings(
        &self,
        limit: i64,
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        Ok(sqlx::query_as(
            "select l.check_id, l.entity, r.evidence from check_latest l join check_result r on r.id = l.result_id
             where l.state not in ('pass', 'not_evaluated', 'no_data')
             order by case l.state when 'critical' then 0 when 'error' then 1 when 'failed' then 2 else 3 end,
                l.evaluated_at desc, l.check_id, l.entity
             limit $1",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await?)
    }

    /// Newest results by state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checks_by_state(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(
            sqlx::query_as(
                "select state, count(*) from check_latest group by state order by state",
            )
            .fetch_all(&self.read)
            .await?,
        )
    }

    /// Broken rules (JSON array) of the newest 100,000 quarantined rows, of one state or all, and how many rows broke them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quarantine_by_rules(
        &self,
        state: Option<&str>,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "select rules, count(*)
             from (select rules from quarantine where $1 is null or state = $1 order by id desc limit 100000) newest
             group by rules order by count(*) desc, rules limit 100",
        )
        .bind(state)
        .fetch_all(&self.read)
        .await?)
    }
}
