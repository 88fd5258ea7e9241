//! Quarantined rows.

use app::model::{Dataset, QuarantineVm};

use super::{cut, word};
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct QuarantineRow {
    id: i64,
    landing_id: i64,
    origin: String,
    line_no: i64,
    dataset: String,
    raw: String,
    rules: String,
    reason: String,
    seen_at: i64,
}

pub(super) const NEWEST: &str = "
select q.id, q.landing_id, l.origin, q.line_no, q.dataset, q.raw, q.rules, q.reason, q.seen_at
from quarantine q
join bronze_landing l on l.id = q.landing_id
where $1 is null or q.state = $1
order by q.id desc
limit $2";

impl Store {
    /// The rows that were set apart last, newest first; `state` is open, retried or discarded.
    ///
    /// # Errors
    /// When the database does not answer or a row's rules cannot be read.
    pub async fn quarantined(
        &self,
        state: Option<&str>,
        limit: i64,
    ) -> Result<Vec<QuarantineVm>, StoreError> {
        let rows: Vec<QuarantineRow> = sqlx::query_as(NEWEST)
            .bind(state)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(QuarantineRow::into_vm).collect()
    }
}

impl QuarantineRow {
    fn into_vm(self) -> Result<QuarantineVm, StoreError> {
        Ok(QuarantineVm {
            id: self.id,
            landing_id: self.landing_id,
            origin: self.origin,
            line_no: self.line_no,
            dataset: word(Dataset::parse(&self.dataset), "dataset", &self.dataset)?,
            raw: cut(self.raw),
            rules: serde_json::from_str(&self.rules)?,
            reason: self.reason,
            seen_at: self.seen_at,
        })
    }
}
