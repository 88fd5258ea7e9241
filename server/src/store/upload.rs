//! Uploads that wait to be committed or discarded.

use super::{Store, StoreError};

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Upload {
    /// Random token, and the name of its file.
    pub id: String,
    /// File name as the sender gave it.
    pub name: String,
    /// Size.
    pub bytes: i64,
    /// When the last byte came.
    pub received_at: i64,
    /// `received` or `committing`.
    pub state: String,
}

impl Store {
    /// Keeps an upload.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        sqlx::query(
            "insert into upload (id, name, bytes, received_at, state) values ($1, $2, $3, $4, $5)",
        )
        .bind(&upload.id)
        .bind(&upload.name)
        .bind(upload.bytes)
        .bind(upload.received_at)
        .bind(&upload.state)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// One upload.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upload(&self, id: &str) -> Result<Option<Upload>, StoreError> {
        Ok(
            sqlx::query_as("select id, name, bytes, received_at, state from upload where id = $1")
                .bind(id)
                .fetch_optional(&self.read)
                .await?,
        )
    }

    /// All uploads, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uploads(&self) -> Result<Vec<Upload>, StoreError> {
        Ok(sqlx::query_as(
            "select id, name, bytes, received_at, state from upload order by received_at, id",
        )
        .fetch_all(&self.read)
        .await?)
    }

    /// Moves an upload from one state to another; false if it was not in that state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_upload(&self, id: &str, from: &str, to: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("update upload set state = $3 where id = $1 and state = $2")
            .bind(id)
            .bind(from)
            .bind(to)
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets an upload.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_upload(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query("delete from upload where id = $1")
            .bind(id)
            .execute(&self.write)
            .await?;
        Ok(())
    }
}
