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

impl Store {
    /// Begins a run; gives its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_run(
        &self,
        pipeline: Pipeline,
        kind: &str,
        subject: &str,
        now_ms: i64,
    ) -> Result<i64, StoreError> {
        let (id,): (i64,) = sqlx::query_as(
            "insert into run (pipeline, kind, subject, state, started_at) values ($1, $2, $3, 'running', $4) returning id",
        )
        .bind(pipeline.as_str())
        .bind(kind)
        .bind(subject)
        .bind(now_ms)
        .fetch_one(&self.write)
        .await?;
        Ok(id)
    }

    /// Marks runs of this pipeline that a crash cut off; to be called by the only process that runs it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn interrupt_runs(&self, pipeline: Pipeline, now_ms: i64) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "update run set state = 'interrupted', phase = '', finished_at = $2,
                detail = 'the process ended before the run did; its work is taken up again'
             where pipeline = $1 and state = 'running'",
        )
        .bind(pipeline.as_str())
        .bind(now_ms)
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected())
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

/// Notes how far a run has come.
///
/// # Errors
/// When the database fails.
pub async fn set_progress(
    tx: &mut Tx,
    id: i64,
    landing_id: i64,
    progress: RunProgress<'_>,
) -> Result<(), StoreError> {
    let Counts {
        rows,
        accepted,
        deduplicated,
        quarantined,
        flagged,
    } = progress.counts;
    sqlx::query(
        "update run set landing_id = $2, phase = $3, bytes_done = $4, bytes_total = $5, rows = $6, accepted = $7,
            deduplicated = $8, quarantined = $9, flagged = $10 where id = $1",
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
    .execute(&mut **tx)
    .await?;
    Ok(())
}
