//! Alerts and their history.

use app::model::{AlertEventVm, AlertState, AlertVm, Severity};

use super::word;
use crate::store::{
    Store, StoreError,
    alert::{Row, columns},
};

/// Open alerts of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlerts {
    /// `feed.silence`
    pub check_id: String,
    /// How bad.
    pub severity: Severity,
    /// Layer of the check's newest result; empty if there is none.
    pub layer: String,
    /// `live` or `batch`; empty if there is no result.
    pub pipeline: String,
    /// How many.
    pub count: i64,
}

/// An alert with what only its own page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    /// The alert, without its title.
    pub alert: AlertVm,
    /// The limit that was broken, in words.
    pub threshold: String,
    /// JSON `{"columns":[…],"rows":[[…],…]}`, all texts.
    pub evidence: String,
}

#[derive(sqlx::FromRow)]
struct DetailRow {
    #[sqlx(flatten)]
    row: Row,
    threshold: String,
    evidence: String,
}

/// A transition as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct EventRow {
    id: i64,
    at: i64,
    from_state: Option<String>,
    to_state: String,
    severity: String,
    cause: String,
    actor: String,
    alert: String,
}

/// The worst first, since a page shows only some. `alert_open` keeps this from reading resolved ones.
pub(super) const OPEN: &str = concat!(
    "select ",
    columns!(),
    "
from alert
where state <> 'resolved'
order by case state when 'pending' then 1 else 0 end,
    case severity when 'critical' then 0 when 'error' then 1 when 'warn' then 2 else 3 end, opened_at desc, id desc
limit $1"
);

const RESOLVED: &str = concat!(
    "select ",
    columns!(),
    "
from alert
where state = 'resolved'
order by id desc
limit $1"
);

const IN_STATE: &str = concat!(
    "select ",
    columns!(),
    "
from alert
where state = $1
order by id desc
limit $2"
);

const ONE: &str = concat!(
    "select ",
    columns!(),
    ", threshold, evidence
from alert
where id = $1"
);

/// A pending alert is not open yet: it has not been seen for long enough.
pub(super) const COUNTS: &str = "
select a.check_id, a.severity, coalesce(l.layer, ''), coalesce(l.pipeline, ''), count(*)
from alert a
left join check_latest l on l.check_id = a.check_id and l.entity = a.entity
where a.state <> 'resolved' and a.state <> 'pending'
group by a.check_id, a.severity, l.layer, l.pipeline";

pub(super) const EVENTS_AFTER: &str = "
select id, at, from_state, to_state, severity, cause, actor, alert
from alert_event
where id > $1
order by id
limit $2";

impl Store {
    /// Alerts, open ones first and worst first, then those resolved last.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn alerts(&self, limit: i64) -> Result<Vec<AlertVm>, StoreError> {
        let mut rows: Vec<Row> = sqlx::query_as(OPEN)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(limit));
        if left > 0 {
            let resolved: Vec<Row> = sqlx::query_as(RESOLVED)
                .bind(left)
                .fetch_all(&self.read)
                .await?;
            rows.extend(resolved);
        }
        rows.into_iter().map(shown).collect()
    }

    /// Alerts in one state, newest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn alerts_in(
        &self,
        state: AlertState,
        limit: i64,
    ) -> Result<Vec<AlertVm>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(IN_STATE)
            .bind(state.as_str())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(shown).collect()
    }

    /// Open alerts, counted by check.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn open_alerts(&self) -> Result<Vec<OpenAlerts>, StoreError> {
        let rows: Vec<(String, String, String, String, i64)> =
            sqlx::query_as(COUNTS).fetch_all(&self.read).await?;
        rows.into_iter()
            .map(|(check_id, severity, layer, pipeline, count)| {
                Ok(OpenAlerts {
                    severity: word(Severity::parse(&severity), "severity", &severity)?,
                    check_id,
                    layer,
                    pipeline,
                    count,
                })
            })
            .collect()
    }

    /// One alert with its evidence.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn alert(&self, id: i64) -> Result<Option<AlertRow>, StoreError> {
        let row: Option<DetailRow> = sqlx::query_as(ONE)
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        row.map(|row| {
            Ok(AlertRow {
                alert: shown(row.row)?,
                threshold: row.threshold,
                evidence: row.evidence,
            })
        })
        .transpose()
    }

    /// Transitions with `seq > after`, oldest first: what the event stream goes on with.
    ///
    /// # Errors
    /// When the database does not answer or a transition cannot be read back.
    pub async fn alert_events_after(
        &self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<AlertEventVm>, StoreError> {
        let rows: Vec<EventRow> = sqlx::query_as(EVENTS_AFTER)
            .bind(after)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(EventRow::into_vm).collect()
    }

    /// Number of the newest transition, 0 before the first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_alert_seq(&self) -> Result<i64, StoreError> {
        let (seq,) = sqlx::query_as("select coalesce(max(id), 0) from alert_event")
            .fetch_one(&self.read)
            .await?;
        Ok(seq)
    }
}

fn shown(row: Row) -> Result<AlertVm, StoreError> {
    Ok(row.stored()?.alert)
}

impl EventRow {
    pub(super) fn into_vm(self) -> Result<AlertEventVm, StoreError> {
        let state = |text: &str| word(AlertState::parse(text), "alert state", text);
        Ok(AlertEventVm {
            seq: self.id,
            at: self.at,
            from_state: self.from_state.as_deref().map(state).transpose()?,
            to_state: state(&self.to_state)?,
            severity: word(Severity::parse(&self.severity), "severity", &self.severity)?,
            cause: self.cause,
            actor: self.actor,
            alert: serde_json::from_str(&self.alert)?,
        })
    }
}
