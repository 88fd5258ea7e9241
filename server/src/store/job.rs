//! Scheduled jobs.

use serde::Serialize;

use super::{Store, StoreError};

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// When it runs: five fields, UTC.
    pub cron: String,
    /// `candles` or `daily`.
    pub kind: String,
    /// Venue and instrument.
    pub subject: String,
    /// When it began last, in milliseconds.
    pub last_run_at: Option<i64>,
    /// When it is due, in milliseconds; none: it is no longer configured.
    pub next_run_at: Option<i64>,
    /// `idle`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Outcome in words.
    pub detail: String,
    /// Its last run.
    pub run_id: Option<i64>,
}

const SELECT: &str =
    "select name, cron, kind, subject, last_run_at, next_run_at, state, detail, run_id from job";

impl Store {
    /// All jobs by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        Ok(
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} order by name")))
                .fetch_all(&self.read)
                .await?,
        )
    }

    /// One job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job(&self, name: &str) -> Result<Option<Job>, StoreError> {
        Ok(
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} where name = $1")))
                .bind(name)
                .fetch_optional(&self.read)
                .await?,
        )
    }

    /// Notes what the configuration says of a job. What it did before stays; its next time is only set anew where its
    /// schedule changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn configure_job(&self, job: &Job) -> Result<(), StoreError> {
        sqlx::query(
            "insert into job (name, cron, kind, subject, next_run_at, state) values ($1, $2, $3, $4, $5, 'idle')
             on conflict (name) do update set
                next_run_at = case when job.cron = excluded.cron and job.next_run_at is not null
                    then job.next_run_at else excluded.next_run_at end,
                cron = excluded.cron, kind = excluded.kind, subject = excluded.subject",
        )
        .bind(&job.name)
        .bind(&job.cron)
        .bind(&job.kind)
        .bind(&job.subject)
        .bind(job.next_run_at)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Jobs that are no longer configured are never due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_job(&self, name: &str) -> Result<(), StoreError> {
        sqlx::query("update job set next_run_at = null where name = $1")
            .bind(name)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// A job begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_job(
        &self,
        name: &str,
        run_id: i64,
        now_ms: i64,
        next_run_at: Option<i64>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update job set state = 'running', detail = '', run_id = $2, last_run_at = $3, next_run_at = $4
             where name = $1",
        )
        .bind(name)
        .bind(run_id)
        .bind(now_ms)
        .bind(next_run_at)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// A job ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_job(
        &self,
        name: &str,
        run_id: i64,
        state: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("update job set state = $3, detail = $4 where name = $1 and run_id = $2")
            .bind(name)
            .bind(run_id)
            .bind(state)
            .bind(detail)
            .execute(&self.write)
            .await?;
        Ok(())
    }
}
