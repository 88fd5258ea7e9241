//! Runs: what was executed, and how far it has come.

use app::model::{Counts, Pipeline, RunState};

use super::{Store, StoreError, Tx};

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunProgress<'a> {
    /// What it is at.
    pub phase: &'a str,
    /// Bytes worked through.
    pub bytes_done: i64,
    /// Bytes in all, 0 if unknown.
    pub bytes_total: i64,
    /// Rows so far.
    pub counts: Counts,
}

/// A run about to begin.
#[derive(Debug, Clone, Copy)]
pub struct NewRun<'a> {
    /// Which pipeline.
    pub pipeline: Pipeline,
    /// What is done: `ingest`, `backfill`, …
    pub kind: &'a str,
    /// File name or venue.
    pub subject: &'a str,
    /// Process that does it.
    pub holder: &'a str,
    /// Now.
    pub started_at: i64,
}

impl Store {
    /// Begins a run; gives its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_run(&self, run: NewRun<'_>) -> Result<i64, StoreError> {
        let (id,): (i64,) = sqlx::query_as(
            "insert into run (pipeline, kind, subject, state, holder, started_at)
             values ($1, $2, $3, 'running', $4, $5) returning id",
        )
        .bind(run.pipeline.as_str())
        .bind(run.kind)
        .bind(run.subject)
        .bind(run.holder)
        .bind(run.started_at)
        .fetch_one(&self.write)
        .await?;
        Ok(id)
    }

    /// Runs of a pipeline that have not ended, and the process that executes each.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_runs(&self, pipeline: Pipeline) -> Result<Vec<(i64, String)>, StoreError> {
        Ok(sqlx::query_as(
            "select id, holder from run where pipeline = $1 and state = 'running' order by id",
        )
        .bind(pipeline.as_str())
        .fetch_all(&self.read)
        .await?)
    }

    /// Marks a run whose process is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn interrupt_run(&self, id: i64, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(
            "update run set state = 'interrupted', phase = '', finished_at = $2,
                detail = 'it was cut off before its end; what is left is taken up again'
             where id = $1 and state = 'running'",
        )
        .bind(id)
        .bind(now_ms)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Asks a run to stop, whatever process executes it; false if it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_run_to_stop(&self, id: i64) -> Result<bool, StoreError> {
        let done = sqlx::query("update run set stop_asked = 1 where id = $1 and state = 'running'")
            .bind(id)
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// True if a run was asked to stop.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_run_asked_to_stop(&self, id: i64) -> Result<bool, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as("select stop_asked from run where id = $1")
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.is_some_and(|(asked,)| asked != 0))
    }

    /// Ends a run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_run(
        &self,
        id: i64,
        state: RunState,
        detail: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update run set state = $2, detail = $3, phase = '', finished_at = $4 where id = $1",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(detail)
        .bind(now_ms)
        .execute(&self.write)
        .await?;
        Ok(())
    }
}

/// Notes how far a run has come; true if it was asked to stop.
///
/// # Errors
/// When the database fails.
pub async fn set_progress(
    tx: &mut Tx,
    id: i64,
    landing_id: Option<i64>,
    progress: RunProgress<'_>,
) -> Result<bool, StoreError> {
    let Counts {
        rows,
        accepted,
        deduplicated,
        quarantined,
        flagged,
    } = progress.counts;
    let row: Option<(i64,)> = sqlx::query_as(
        "update run set landing_id = coalesce($2, landing_id), phase = $3, bytes_done = $4, bytes_total = $5, rows = $6,
            accepted = $7, deduplicated = $8, quarantined = $9, flagged = $10 where id = $1 returning stop_asked",
    )
    .bind(id)
    .bind(landing_id)
    .bind(progress.phase)
    .bind(progress.bytes_done)
    .bind(progress.bytes_total)
    .bind(rows)
    .bind(accepted)
    .bind(deduplicated)
    .bind(quarantined)
    .bind(flagged)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some_and(|(asked,)| asked != 0))
}
