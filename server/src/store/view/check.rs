//! The newest results of checks.

use app::model::{CheckState, CheckVm};

use super::word;
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct CheckRow {
    check_id: String,
    entity: String,
    layer: String,
    evaluated_at: i64,
    since: i64,
    state: String,
    tested: i64,
    failed: i64,
    value: Option<f64>,
    threshold: String,
    summary: String,
}

/// The worst first: a page that cannot show all of them must not hide the bad ones.
const LATEST: &str = "
select check_id, entity, layer, evaluated_at, since, state, tested, failed, value, threshold, summary
from check_latest
where $1 is null or state = $1
order by case state when 'critical' then 0 when 'error' then 1 when 'failed' then 2 when 'warn' then 3
        when 'no_data' then 4 when 'not_evaluated' then 5 else 6 end,
    evaluated_at desc, check_id, entity
limit $2";

impl Store {
    /// The newest result of every check and entity, worst first; title and dimension are left empty.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn latest_checks(
        &self,
        state: Option<CheckState>,
        limit: i64,
    ) -> Result<Vec<CheckVm>, StoreError> {
        let rows: Vec<CheckRow> = sqlx::query_as(LATEST)
            .bind(state.map(CheckState::as_str))
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(CheckRow::into_vm).collect()
    }

    /// Whether any check was ever evaluated.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn any_check(&self) -> Result<bool, StoreError> {
        let row: Option<(String,)> = sqlx::query_as("select check_id from check_latest limit 1")
            .fetch_optional(&self.read)
            .await?;
        Ok(row.is_some())
    }
}

impl CheckRow {
    fn into_vm(self) -> Result<CheckVm, StoreError> {
        Ok(CheckVm {
            state: word(CheckState::parse(&self.state), "check state", &self.state)?,
            check_id: self.check_id,
            title: String::new(),
            layer: self.layer,
            dimension: String::new(),
            entity: self.entity,
            tested: self.tested,
            failed: self.failed,
            value: self.value,
            threshold: self.threshold,
            summary: self.summary,
            evaluated_at: self.evaluated_at,
            since: self.since,
        })
    }
}
