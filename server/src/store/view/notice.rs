//! Notices and what became of them.

use app::model::NoticeVm;
use serde::Serialize;

use crate::store::{Store, StoreError};

/// Most notices of one incident.
const OF_INCIDENT: i64 = 200;

/// A notice in a list of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticeRow {
    /// The notice.
    #[serde(flatten)]
    pub notice: NoticeVm,
    /// What it is about; `None` for a digest or a test.
    pub incident_id: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    channel: String,
    kind: String,
    incident_id: Option<i64>,
    subject: String,
    state: String,
    attempts: i64,
    error: String,
    created_at: i64,
    sent_at: Option<i64>,
}

impl Store {
    /// What was told about an incident, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notices_of(&self, incident_id: i64) -> Result<Vec<NoticeVm>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, channel, kind, incident_id, subject, state, attempts, error, created_at, sent_at from notice
             where incident_id = $1 order by id limit $2",
        )
        .bind(incident_id)
        .bind(OF_INCIDENT)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|row| row.into_row().notice).collect())
    }

    /// Notices, newest first; those in one state, or all where it is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notices(&self, state: &str, limit: i64) -> Result<Vec<NoticeRow>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, channel, kind, incident_id, subject, state, attempts, error, created_at, sent_at from notice
             where $1 = '' or state = $1 order by id desc limit $2",
        )
        .bind(state)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(Row::into_row).collect())
    }
}

impl Row {
    fn into_row(self) -> NoticeRow {
        NoticeRow {
            incident_id: self.incident_id,
            notice: NoticeVm {
                id: self.id,
                channel: self.channel,
                kind: self.kind,
                subject: self.subject,
                state: self.state,
                attempts: self.attempts,
                error: self.error,
                created_at: self.created_at,
                sent_at: self.sent_at,
            },
        }
    }
}
