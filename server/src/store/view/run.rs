//! Runs.

use app::model::{Pipeline, RunState, RunVm};

use super::word;
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
pub(super) struct RunRow {
    id: i64,
    pipeline: String,
    kind: String,
    subject: String,
    state: String,
    phase: String,
    started_at: i64,
    finished_at: Option<i64>,
    bytes_done: i64,
    bytes_total: i64,
    rows: i64,
    accepted: i64,
    deduplicated: i64,
    quarantined: i64,
    flagged: i64,
    detail: String,
}

pub(super) const OF_PIPELINE: &str = "
select id, pipeline, kind, subject, state, phase, started_at, finished_at, bytes_done, bytes_total, rows, accepted,
    deduplicated, quarantined, flagged, detail
from run
where pipeline = $1 and ($2 is null or state = $2)
order by started_at desc, id desc
limit $3";

const ALL: &str = "
select id, pipeline, kind, subject, state, phase, started_at, finished_at, bytes_done, bytes_total, rows, accepted,
    deduplicated, quarantined, flagged, detail
from run
where $1 is null or state = $1
order by id desc
limit $2";

const ONE: &str = "
select id, pipeline, kind, subject, state, phase, started_at, finished_at, bytes_done, bytes_total, rows, accepted,
    deduplicated, quarantined, flagged, detail
from run
where id = $1";

impl Store {
    /// One run.
    ///
    /// # Errors
    /// When there is no such run or the database does not answer.
    pub async fn run(&self, id: i64) -> Result<RunVm, StoreError> {
        let row: RunRow = sqlx::query_as(ONE).bind(id).fetch_one(&self.read).await?;
        row.into_vm()
    }

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn runs(
        &self,
        pipeline: Option<Pipeline>,
        state: Option<RunState>,
        limit: i64,
    ) -> Result<Vec<RunVm>, StoreError> {
        let state = state.map(RunState::as_str);
        let query = match pipeline {
            Some(pipeline) => sqlx::query_as(OF_PIPELINE).bind(pipeline.as_str()),
            None => sqlx::query_as(ALL),
        };
        let rows: Vec<RunRow> = query.bind(state).bind(limit).fetch_all(&self.read).await?;
        rows.into_iter().map(RunRow::into_vm).collect()
    }
}

impl RunRow {
    pub(super) fn into_vm(self) -> Result<RunVm, StoreError> {
        Ok(RunVm {
            id: self.id,
            pipeline: word(Pipeline::parse(&self.pipeline), "pipeline", &self.pipeline)?,
            kind: self.kind,
            subject: self.subject,
            state: word(RunState::parse(&self.state), "run state", &self.state)?,
            phase: self.phase,
            started_at: self.started_at,
            finished_at: self.finished_at,
            bytes_done: self.bytes_done,
            bytes_total: self.bytes_total,
            rows: self.rows,
            accepted: self.accepted,
            deduplicated: self.deduplicated,
            quarantined: self.quarantined,
            flagged: self.flagged,
            detail: self.detail,
        })
    }
}
