//! Batches: landings of the batch pipeline with verdict, results and runs.

use std::collections::HashMap;

use app::model::{
    CheckState, CheckVm, Dataset, LandingState, RunVm,
    batch::{BatchFilter, BatchRowVm, BatchRunVm, SetApartVm},
};
use sqlx::QueryBuilder;

use super::{cut, run::RunRow, word};
use crate::store::{Store, StoreError};

/// Runs of one landing that are shown.
const RUNS_OF_ONE: i64 = 20;
/// Results of one file that are looked through; a retry of its rows gives new ones.
const RESULTS: i64 = 2_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    dataset: String,
    instrument: String,
    venue: String,
    origin: String,
    format: String,
    received_at: i64,
    finished_at: Option<i64>,
    sha256: String,
    bytes: i64,
    state: String,
    detail: String,
    rows: i64,
    accepted: i64,
    deduplicated: i64,
    quarantined: i64,
    flagged: i64,
    first_at: Option<i64>,
    last_at: Option<i64>,
    step_ms: i64,
    verdict: String,
    reason: String,
}

macro_rules! columns {
    () => {
        "select l.id, l.dataset, l.instrument, l.venue, l.origin, l.format, l.received_at, l.finished_at, l.sha256,
            l.bytes, l.state, l.detail, l.rows, l.accepted, l.deduplicated, l.quarantined, l.flagged, l.first_at,
            l.last_at, coalesce(p.step_ms, 0) as step_ms, coalesce(p.verdict, '') as verdict,
            coalesce(p.reason, '') as reason
         from bronze_landing l left join dataset_profile p on p.landing_id = l.id "
    };
}

pub(super) const LIST: &str = concat!(
    columns!(),
    "where l.pipeline = 'batch' and ($1 = '' or l.state = $1) and l.received_at <= $2
        and (l.received_at < $2 or l.id < $3)
     order by l.received_at desc, l.id desc limit $4"
);

const ONE: &str = concat!(columns!(), "where l.id = $1");

pub(super) const RUNS: &str = "
select id, pipeline, kind, subject, state, phase, started_at, finished_at, bytes_done, bytes_total, rows, accepted,
    deduplicated, quarantined, flagged, detail, landing_id
from run
where pipeline = 'batch' and ($1 = '' or state = $1) and started_at <= $2 and (started_at < $2 or id < $3)
order by started_at desc, id desc
limit $4";

pub(super) const RUNS_OF: &str = "
select id, pipeline, kind, subject, state, phase, started_at, finished_at, bytes_done, bytes_total, rows, accepted,
    deduplicated, quarantined, flagged, detail
from run
where pipeline = 'batch' and landing_id = $1
order by started_at desc, id desc
limit $2";

pub(super) const BEFORE: &str = "
select b.landing_id, l.origin
from dataset_profile p
join dataset_profile b on b.instrument_id = p.instrument_id and b.venue_id = p.venue_id and b.dataset = p.dataset
    and b.step_ms = p.step_ms and b.landing_id < p.landing_id
join bronze_landing l on l.id = b.landing_id
where p.landing_id = $1
order by b.landing_id desc
limit 1";

#[derive(sqlx::FromRow)]
struct ResultRow {
    check_id: String,
    entity: String,
    layer: String,
    evaluated_at: i64,
    state: String,
    tested: i64,
    failed: i64,
    value: Option<f64>,
    threshold: String,
    summary: String,
    evidence: String,
}

impl Store {
    /// Batches of a page of the list, newest first; `took_ms` is left empty.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn batches(
        &self,
        filter: &BatchFilter,
        limit: i64,
    ) -> Result<Vec<BatchRowVm>, StoreError> {
        let (at, id) = filter.before.unwrap_or((i64::MAX, i64::MAX));
        let rows: Vec<Row> = sqlx::query_as(LIST)
            .bind(&filter.state)
            .bind(at)
            .bind(id)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(Row::into_vm).collect()
    }

    /// One landing of either pipeline; `took_ms` is left empty.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn batch(&self, id: i64) -> Result<Option<BatchRowVm>, StoreError> {
        let row: Option<Row> = sqlx::query_as(ONE)
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        row.map(Row::into_vm).transpose()
    }

    /// How long the first finished run of each landing took, in milliseconds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn batch_durations(&self, ids: &[i64]) -> Result<HashMap<i64, i64>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut query = QueryBuilder::new(
            "select landing_id, finished_at - started_at from run
             where pipeline = 'batch' and finished_at is not null and landing_id in (",
        );
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        // the first one wins: later ones are replays
        query.push(") order by id desc");
        let rows: Vec<(i64, i64)> = query.build_query_as().fetch_all(&self.read).await?;
        Ok(rows.into_iter().collect())
    }

    /// Batch runs of a page of the list, newest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn batch_runs(
        &self,
        filter: &BatchFilter,
        limit: i64,
    ) -> Result<Vec<BatchRunVm>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct WithLanding {
            #[sqlx(flatten)]
            run: RunRow,
            landing_id: Option<i64>,
        }
        let (at, id) = filter.before.unwrap_or((i64::MAX, i64::MAX));
        let rows: Vec<WithLanding> = sqlx::query_as(RUNS)
            .bind(&filter.state)
            .bind(at)
            .bind(id)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(BatchRunVm {
                    run: row.run.into_vm()?,
                    landing_id: row.landing_id,
                })
            })
            .collect()
    }

    /// The newest runs of a landing.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn runs_of_batch(&self, landing_id: i64) -> Result<Vec<RunVm>, StoreError> {
        let rows: Vec<RunRow> = sqlx::query_as(RUNS_OF)
            .bind(landing_id)
            .bind(RUNS_OF_ONE)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(RunRow::into_vm).collect()
    }

    /// The landing a run is about, once there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn landing_of_run(&self, run_id: i64) -> Result<Option<i64>, StoreError> {
        let row: Option<(Option<i64>,)> =
            sqlx::query_as("select landing_id from run where id = $1")
                .bind(run_id)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.and_then(|(landing_id,)| landing_id))
    }

    /// Key and origin of the batch before this one of the same series and step.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn batch_before(&self, landing_id: i64) -> Result<Option<(i64, String)>, StoreError> {
        Ok(sqlx::query_as(BEFORE)
            .bind(landing_id)
            .fetch_optional(&self.read)
            .await?)
    }

    /// The newest result of each of these checks about a file, with its evidence (JSON); title and dimension are left
    /// empty.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn results_of_batch(
        &self,
        landing_id: i64,
        entity: &str,
        checks: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<(CheckVm, String)>, StoreError> {
        // by check and entity, which are a key of the history
        let mut query = QueryBuilder::new(
            "select check_id, entity, layer, evaluated_at, state, tested, failed, value, threshold, summary, evidence
             from check_result where check_id in (",
        );
        let mut list = query.separated(", ");
        for check in checks {
            list.push_bind(check);
        }
        query.push(") and entity = ").push_bind(entity);
        query.push(" and landing_id = ").push_bind(landing_id);
        query
            .push(" order by evaluated_at desc, id desc limit ")
            .push_bind(RESULTS);
        let rows: Vec<ResultRow> = query.build_query_as().fetch_all(&self.read).await?;
        let mut newest: Vec<(CheckVm, String)> = Vec::new();
        for row in rows {
            if newest
                .iter()
                .all(|(check, _)| check.check_id != row.check_id)
            {
                newest.push(row.into_vm()?);
            }
        }
        Ok(newest)
    }

    /// Quarantined rows of a landing by the rules they broke (JSON array) and their state.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_apart_by_rules(
        &self,
        landing_id: i64,
    ) -> Result<Vec<(String, String, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "select rules, state, count(*) from quarantine where landing_id = $1 group by rules, state
             order by count(*) desc, rules, state limit 50",
        )
        .bind(landing_id)
        .fetch_all(&self.read)
        .await?)
    }

    /// The first quarantined rows of a landing.
    ///
    /// # Errors
    /// When the database does not answer or a row's rules cannot be read.
    pub async fn first_set_apart(
        &self,
        landing_id: i64,
        limit: i64,
    ) -> Result<Vec<SetApartVm>, StoreError> {
        let rows: Vec<(i64, i64, String, String, String, String)> = sqlx::query_as(
            "select id, line_no, raw, rules, reason, state from quarantine where landing_id = $1
             order by line_no, id limit $2",
        )
        .bind(landing_id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter()
            .map(|(id, line_no, raw, rules, reason, state)| {
                Ok(SetApartVm {
                    id,
                    line_no,
                    raw: cut(raw),
                    rules: serde_json::from_str(&rules)?,
                    reason,
                    state,
                })
            })
            .collect()
    }
}

impl Row {
    fn into_vm(self) -> Result<BatchRowVm, StoreError> {
        Ok(BatchRowVm {
            id: self.id,
            dataset: word(Dataset::parse(&self.dataset), "dataset", &self.dataset)?,
            instrument: self.instrument,
            venue: self.venue,
            origin: self.origin,
            format: self.format,
            received_at: self.received_at,
            finished_at: self.finished_at,
            sha256: self.sha256,
            bytes: self.bytes,
            state: word(
                LandingState::parse(&self.state),
                "landing state",
                &self.state,
            )?,
            detail: self.detail,
            rows: self.rows,
            accepted: self.accepted,
            deduplicated: self.deduplicated,
            quarantined: self.quarantined,
            flagged: self.flagged,
            first_at: self.first_at,
            last_at: self.last_at,
            step_ms: self.step_ms,
            verdict: self.verdict,
            reason: self.reason,
            took_ms: None,
        })
    }
}

impl ResultRow {
    fn into_vm(self) -> Result<(CheckVm, String), StoreError> {
        let check = CheckVm {
            state: word(CheckState::parse(&self.state), "check state", &self.state)?,
            check_id: self.check_id,
            title: String::new(),
            layer: self.layer,
            dimension: String::new(),
            entity: self.entity,
            tested: self.tested,
            failed: self.failed,
            value: self.value,
            threshold: self.threshold,
            summary: self.summary,
            evaluated_at: self.evaluated_at,
            since: self.evaluated_at,
        };
        Ok((check, self.evidence))
    }
}
