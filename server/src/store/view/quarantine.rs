//! Quarantined rows.

use app::model::{Dataset, QuarantineVm};

use super::{cut, word};
use crate::store::{Store, StoreError, quarantine::is_rule_id};

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

const PAGE: &str = "
select q.id, q.landing_id, l.origin, q.line_no, q.dataset, q.raw, q.rules, q.reason, q.seen_at
from quarantine q
join bronze_landing l on l.id = q.landing_id
where q.state = $1 and ($2 is null or q.landing_id = $2) and ($3 is null or q.rules like $3) and ($4 is null or q.id < $4)
order by q.id desc
limit $5";

/// Which rows a page of them shows.
#[derive(Debug, Clone, Copy)]
pub struct QuarantineRows<'a> {
    /// open, retried or discarded.
    pub state: &'a str,
    /// That broke this rule; empty for any.
    pub rule: &'a str,
    /// Of this landing.
    pub landing_id: Option<i64>,
    /// Older than this one.
    pub before: Option<i64>,
    /// Most rows.
    pub limit: i64,
}

impl Store {
    /// Rows of a page, newest first; none for what is no name of a rule.
    ///
    /// # Errors
    /// When the database does not answer or a row's rules cannot be read.
    pub async fn quarantine_page(
        &self,
        of: QuarantineRows<'_>,
    ) -> Result<Vec<QuarantineVm>, StoreError> {
        if !of.rule.is_empty() && !is_rule_id(of.rule) {
            return Ok(Vec::new());
        }
        let rows: Vec<QuarantineRow> = sqlx::query_as(PAGE)
            .bind(of.state)
            .bind(of.landing_id)
            .bind((!of.rule.is_empty()).then(|| format!("%\"{}\"%", of.rule)))
            .bind(of.before)
            .bind(of.limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(QuarantineRow::into_vm).collect()
    }

    /// Rows in a state.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn quarantine_count(&self, state: &str) -> Result<i64, StoreError> {
        Ok(
            sqlx::query_scalar("select count(*) from quarantine where state = $1")
                .bind(state)
                .fetch_one(&self.read)
                .await?,
        )
    }

    /// Number, origin and rows in a state of the newest landings that have some.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn quarantine_by_landing(
        &self,
        state: &str,
        limit: i64,
    ) -> Result<Vec<(i64, String, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "select q.landing_id, l.origin, count(*) from quarantine q join bronze_landing l on l.id = q.landing_id
             where q.state = $1 group by q.landing_id, l.origin order by q.landing_id desc limit $2",
        )
        .bind(state)
        .bind(limit)
        .fetch_all(&self.read)
        .await?)
    }

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
