//! Bronze of streams: runs that grow batch by batch.

use app::model::Counts;

use super::{Store, StoreError, Tx};

/// What a batch adds to the landing of its run.
#[derive(Debug, Clone)]
pub struct RunGrowth<'a> {
    /// Hash of all bytes so far, hexadecimal.
    pub sha256: &'a str,
    /// Bytes of the batch.
    pub bytes: i64,
    /// Its rows.
    pub counts: Counts,
    /// First and last time of its rows.
    pub range: Option<(i64, i64)>,
    /// What a person should know of the run so far.
    pub detail: &'a str,
}

/// Adds a batch to the books of its run.
///
/// # Errors
/// When the database fails.
pub async fn grow_run(
    tx: &mut Tx,
    landing_id: i64,
    growth: &RunGrowth<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update bronze_landing set sha256 = $2, bytes = bytes + $3, rows = rows + $4, accepted = accepted + $5,
            deduplicated = deduplicated + $6, quarantined = quarantined + $7,
            first_at = case when first_at is null or $8 < first_at then coalesce($8, first_at) else first_at end,
            last_at = case when last_at is null or $9 > last_at then coalesce($9, last_at) else last_at end,
            detail = $10, state = case when state = 'failed' then state else 'refining' end
         where id = $1",
    )
    .bind(landing_id)
    .bind(growth.sha256)
    .bind(growth.bytes)
    .bind(growth.counts.rows)
    .bind(growth.counts.accepted)
    .bind(growth.counts.deduplicated)
    .bind(growth.counts.quarantined)
    .bind(growth.range.map(|(first, _)| first))
    .bind(growth.range.map(|(_, last)| last))
    .bind(growth.detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Closes the books of a run, unless it failed.
///
/// # Errors
/// When the database fails.
pub async fn close_run(tx: &mut Tx, landing_id: i64, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update bronze_landing set finished_at = $2, state = case when state = 'failed' then state else 'done' end
         where id = $1",
    )
    .bind(landing_id)
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Closes the books of a run that was refined again.
///
/// # Errors
/// When the database fails.
pub async fn finish_run(
    tx: &mut Tx,
    landing_id: i64,
    counts: &Counts,
    range: Option<(i64, i64)>,
    detail: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    super::landing::finish_landing(tx, landing_id, counts, range, now_ms).await?;
    sqlx::query("update bronze_landing set detail = $2 where id = $1")
        .bind(landing_id)
        .bind(detail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The newest landing; 0 if there is none.
///
/// # Errors
/// When the database fails.
pub async fn newest_landing(tx: &mut Tx) -> Result<i64, StoreError> {
    let (id,): (Option<i64>,) = sqlx::query_as("select max(id) from bronze_landing")
        .fetch_one(&mut **tx)
        .await?;
    Ok(id.unwrap_or(0))
}

impl Store {
    /// Runs that a process left open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_runs(&self) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64,)> = sqlx::query_as(
            "select id from bronze_landing where state in ('landing', 'landed', 'refining', 'failed')
                and state = 'refining' and pipeline = 'live' and format like 'stream:%' order by id",
        )
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}
