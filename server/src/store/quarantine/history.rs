//! What people did about quarantined rows.

use app::model::{Counts, Dataset};
use serde::Serialize;
use sqlx::QueryBuilder;

use crate::store::{Store, StoreError, Tx};

/// A quarantined row with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// Key; a replay gives the row another one.
    pub id: i64,
    /// Where it came from.
    pub landing_id: i64,
    /// Line in the landing, from 1.
    pub line_no: i64,
    /// What it should have been.
    pub dataset: Dataset,
    /// The row as it arrived.
    pub raw: String,
    /// Every rule it broke.
    pub rules: Vec<String>,
    /// What is wrong, in words.
    pub reason: String,
    /// When it was set apart, in milliseconds.
    pub seen_at: i64,
    /// `open`, `retried` or `discarded`.
    pub state: String,
}

/// Which quarantined rows.
#[derive(Debug, Clone, Default)]
pub struct QuarantineFilter {
    /// Of this landing.
    pub landing_id: Option<i64>,
    /// That broke this rule.
    pub rule: Option<String>,
    /// These rows; none: any.
    pub ids: Vec<i64>,
    /// In this state.
    pub state: Option<&'static str>,
    /// Most rows; the newest ones are taken.
    pub limit: i64,
}

/// Something that was done about a row.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QuarantineEvent {
    /// Its landing.
    pub landing_id: i64,
    /// Its line.
    pub line_no: i64,
    /// Its text as it arrived.
    pub raw_before: String,
    /// Its text as it was read then.
    pub raw_after: String,
    /// When, in milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// `retry`, `correct` or `discard`.
    pub action: String,
    /// State of the row before.
    pub from_state: String,
    /// State of the row after.
    pub to_state: String,
    /// Newest landing then.
    pub after_landing: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    landing_id: i64,
    line_no: i64,
    dataset: String,
    raw: String,
    rules: String,
    reason: String,
    seen_at: i64,
    state: String,
}

impl TryFrom<Row> for Quarantined {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unknown = || StoreError::Value(format!("dataset of quarantined row {}", row.id));
        Ok(Self {
            dataset: Dataset::parse(&row.dataset).ok_or_else(unknown)?,
            rules: serde_json::from_str(&row.rules)?,
            id: row.id,
            landing_id: row.landing_id,
            line_no: row.line_no,
            raw: row.raw,
            reason: row.reason,
            seen_at: row.seen_at,
            state: row.state,
        })
    }
}

const SELECT: &str = "select id, landing_id, line_no, dataset, raw, rules, reason, seen_at, state from quarantine where ";

impl Store {
    /// Quarantined rows, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quarantine_rows(
        &self,
        filter: &QuarantineFilter,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push("1 = 1");
        if let Some(landing_id) = filter.landing_id {
            query.push(" and landing_id = ").push_bind(landing_id);
        }
        if let Some(rule) = &filter.rule {
            query
                .push(" and rules like ")
                .push_bind(format!("%\"{rule}\"%"));
        }
        if let Some(state) = filter.state {
            query.push(" and state = ").push_bind(state);
        }
        if !filter.ids.is_empty() {
            query.push(" and id in (");
            let mut list = query.separated(", ");
            for id in &filter.ids {
                list.push_bind(*id);
            }
            query.push(")");
        }
        query
            .push(" order by id desc limit ")
            .push_bind(filter.limit);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&self.read).await?;
        rows.into_iter().map(Quarantined::try_from).collect()
    }

    /// Everything that was done, in its order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quarantine_events(&self) -> Result<Vec<QuarantineEvent>, StoreError> {
        Ok(sqlx::query_as(
            "select landing_id, line_no, raw_before, raw_after, at, actor, action, from_state, to_state, after_landing
             from quarantine_event order by id",
        )
        .fetch_all(&self.read)
        .await?)
    }
}

/// The row that an event is about.
///
/// # Errors
/// When the database fails.
pub async fn row_of_event(
    tx: &mut Tx,
    event: &QuarantineEvent,
) -> Result<Option<Quarantined>, StoreError> {
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SELECT} landing_id = $1 and line_no = $2 and raw = $3 and state = $4 order by id limit 1"
    )))
    .bind(event.landing_id)
    .bind(event.line_no)
    .bind(&event.raw_before)
    .bind(&event.from_state)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Quarantined::try_from).transpose()
}

/// Moves a row to another state; false if it is no longer in the state it was seen in.
///
/// # Errors
/// When the database fails.
pub async fn move_row(tx: &mut Tx, row: &Quarantined, to: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("update quarantine set state = $3 where id = $1 and state = $2")
        .bind(row.id)
        .bind(&row.state)
        .bind(to)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Keeps what was done. The place in the order of landings is that of now.
///
/// # Errors
/// When the database fails.
pub async fn insert_event(tx: &mut Tx, event: &QuarantineEvent) -> Result<(), StoreError> {
    sqlx::query(
        "insert into quarantine_event (landing_id, line_no, raw_before, raw_after, at, actor, action, from_state, to_state,
            after_landing)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce(max(id), 0) from bronze_landing",
    )
    .bind(event.landing_id)
    .bind(event.line_no)
    .bind(&event.raw_before)
    .bind(&event.raw_after)
    .bind(event.at)
    .bind(&event.actor)
    .bind(&event.action)
    .bind(&event.from_state)
    .bind(&event.to_state)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A row of a landing left quarantine: the counts are what is added to those of the landing.
///
/// # Errors
/// When the database fails.
pub async fn add_to_landing(
    tx: &mut Tx,
    landing_id: i64,
    counts: &Counts,
    at: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update bronze_landing set accepted = accepted + $2, deduplicated = deduplicated + $3, quarantined = quarantined + $4,
            flagged = flagged + $5,
            first_at = case when first_at is null or $6 < first_at then coalesce($6, first_at) else first_at end,
            last_at = case when last_at is null or $6 > last_at then coalesce($6, last_at) else last_at end
         where id = $1",
    )
    .bind(landing_id)
    .bind(counts.accepted)
    .bind(counts.deduplicated)
    .bind(counts.quarantined)
    .bind(counts.flagged)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
