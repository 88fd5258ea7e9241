//! Checkpoints: where a duty goes on after a restart.
//!
//! Whoever takes a duty up raises its epoch; the holder before it can then no longer move the checkpoint, and its
//! transaction is rolled back with it.

use super::{Store, StoreError, Tx};

/// A duty that was taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Ours from now on.
    pub epoch: i64,
    /// Where the holder before left off; empty if there was none.
    pub resume_from: String,
}

impl Store {
    /// Takes a duty up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_checkpoint(&self, name: &str, now_ms: i64) -> Result<Taken, StoreError> {
        let (epoch, resume_from) = sqlx::query_as(
            "insert into checkpoint (name, epoch, resume_from, updated_at) values ($1, 1, '', $2)
             on conflict (name) do update set epoch = checkpoint.epoch + 1, updated_at = excluded.updated_at
             returning epoch, resume_from",
        )
        .bind(name)
        .bind(now_ms)
        .fetch_one(&self.write)
        .await?;
        Ok(Taken { epoch, resume_from })
    }
}

/// Moves a checkpoint in the transaction of the work; false if another holder has taken the duty over. An empty
/// `resume_from` says that nothing is left to do.
///
/// # Errors
/// When the database fails.
pub async fn move_checkpoint(
    tx: &mut Tx,
    name: &str,
    epoch: i64,
    resume_from: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update checkpoint set resume_from = $3, updated_at = $4 where name = $1 and epoch = $2",
    )
    .bind(name)
    .bind(epoch)
    .bind(resume_from)
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}
