//! Silences: what keeps notices back.

use super::{Store, StoreError, Tx};

/// A silence as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Silence {
    /// Key.
    pub id: i64,
    /// Check, or a pattern with `*`.
    pub check_id: String,
    /// Entity, or a pattern with `*`.
    pub entity: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// From when.
    pub starts_at: i64,
    /// Until when; `None`: until what it mutes is resolved.
    pub ends_at: Option<i64>,
    /// When it was ended.
    pub ended_at: Option<i64>,
}

const HELD: &str = "
select id, check_id, entity, reason, actor, starts_at, ends_at, ended_at
from silence
where ended_at is null
order by id";

/// Silences that were not ended.
///
/// # Errors
/// When the database fails.
pub async fn held_silences(tx: &mut Tx) -> Result<Vec<Silence>, StoreError> {
    Ok(sqlx::query_as(HELD).fetch_all(&mut **tx).await?)
}

/// Writes a silence and gives its key.
///
/// # Errors
/// When the database fails.
pub async fn insert_silence(tx: &mut Tx, silence: &Silence) -> Result<i64, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into silence (check_id, entity, reason, actor, starts_at, ends_at) values ($1, $2, $3, $4, $5, $6)
         returning id",
    )
    .bind(&silence.check_id)
    .bind(&silence.entity)
    .bind(&silence.reason)
    .bind(&silence.actor)
    .bind(silence.starts_at)
    .bind(silence.ends_at)
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

/// Ends a silence; false if there is none of that key, or it was ended before.
///
/// # Errors
/// When the database fails.
pub async fn end_silence(tx: &mut Tx, id: i64, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("update silence set ended_at = $2 where id = $1 and ended_at is null")
        .bind(id)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

impl Store {
    /// Silences that were not ended, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn silences(&self) -> Result<Vec<Silence>, StoreError> {
        Ok(sqlx::query_as(HELD).fetch_all(&self.read).await?)
    }
}
