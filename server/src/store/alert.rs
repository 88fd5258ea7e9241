//! Alerts and their transitions: written in the transaction of the rows that caused them.

use app::model::{AlertEventVm, AlertState, AlertVm, Outcome, Severity};

use super::{Store, StoreError, Tx};

/// Columns of [`StoredAlert`].
macro_rules! columns {
    () => {
        "id, check_id, entity, severity, state, summary, opened_at, updated_at, resolved_at, count, incident_id,
         acknowledged_by, acknowledged_severity, silenced, inhibited_by, flapping, pipeline, scope, since, found,
         found_since, for_ms, keep_firing_ms, rows, from_at, to_at"
    };
}
pub(crate) use columns;

/// An alert with what its life goes on with; the title is left empty, evidence is kept beside.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    /// The alert as pages show it.
    pub alert: AlertVm,
    /// `live` or `batch`.
    pub pipeline: String,
    /// What it shares a cause with: `live:VENUE`, `batch:ENTITY`.
    pub scope: String,
    /// When it entered its state.
    pub since: i64,
    /// Its newest result that judged anything found it.
    pub found: bool,
    /// Since when that is so.
    pub found_since: i64,
    /// A finding must stand this long before it fires.
    pub for_ms: i64,
    /// The rule must hold this long before it is resolved.
    pub keep_firing_ms: i64,
    /// How bad it was when somebody took it.
    pub acknowledged_severity: Option<Severity>,
    /// Most rows that broke the rule at once.
    pub rows: i64,
    /// First and last time of the data concerned.
    pub range: Option<(i64, i64)>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    check_id: String,
    entity: String,
    severity: String,
    state: String,
    summary: String,
    opened_at: i64,
    updated_at: i64,
    resolved_at: Option<i64>,
    count: i64,
    incident_id: Option<i64>,
    acknowledged_by: Option<String>,
    acknowledged_severity: Option<String>,
    silenced: bool,
    inhibited_by: Option<String>,
    flapping: bool,
    pipeline: String,
    scope: String,
    since: i64,
    found: bool,
    found_since: i64,
    for_ms: i64,
    keep_firing_ms: i64,
    rows: i64,
    from_at: Option<i64>,
    to_at: Option<i64>,
}

impl Row {
    pub(crate) fn stored(self) -> Result<StoredAlert, StoreError> {
        let id = self.id;
        let severity = |text: &str| {
            Severity::parse(text)
                .ok_or_else(|| StoreError::Value(format!("severity {text:?} of alert {id}")))
        };
        Ok(StoredAlert {
            acknowledged_severity: self
                .acknowledged_severity
                .as_deref()
                .map(severity)
                .transpose()?,
            alert: AlertVm {
                id,
                severity: severity(&self.severity)?,
                state: AlertState::parse(&self.state).ok_or_else(|| {
                    StoreError::Value(format!("state {:?} of alert {id}", self.state))
                })?,
                check_id: self.check_id,
                title: String::new(),
                entity: self.entity,
                summary: self.summary,
                opened_at: self.opened_at,
                updated_at: self.updated_at,
                resolved_at: self.resolved_at,
                count: self.count,
                incident_id: self.incident_id,
                acknowledged_by: self.acknowledged_by,
                silenced: self.silenced,
                inhibited_by: self.inhibited_by,
                flapping: self.flapping,
            },
            pipeline: self.pipeline,
            scope: self.scope,
            since: self.since,
            found: self.found,
            found_since: self.found_since,
            for_ms: self.for_ms,
            keep_firing_ms: self.keep_firing_ms,
            rows: self.rows,
            range: self.from_at.zip(self.to_at),
        })
    }
}

const OPEN_OF: &str = concat!(
    "select ",
    columns!(),
    " from alert where check_id = $1 and entity = $2 and state <> 'resolved'"
);
const BY_ID: &str = concat!("select ", columns!(), " from alert where id = $1");
const OPEN_IN: &str = concat!(
    "select ",
    columns!(),
    " from alert where scope = $1 and state in ('pending', 'firing', 'acknowledged', 'recovering')"
);
pub(super) const OPEN_ALL: &str = concat!(
    "select ",
    columns!(),
    " from alert where state <> 'resolved'"
);
const INSERT: &str = "
insert into alert (check_id, entity, severity, state, summary, threshold, evidence, opened_at, updated_at, count,
    pipeline, scope, since, found, found_since, for_ms, keep_firing_ms, rows, from_at, to_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, $9, $10, $8, 1, $8, $11, $12, $13, $14, $15)
returning id";
const SAVE: &str = "
update alert set severity = $2, state = $3, summary = $4, updated_at = $5, resolved_at = $6, count = $7,
    incident_id = $8, acknowledged_by = $9, acknowledged_severity = $10, silenced = $11, inhibited_by = $12,
    flapping = $13, since = $14, found = $15, found_since = $16, for_ms = $17, keep_firing_ms = $18, rows = $19,
    from_at = $20, to_at = $21
where id = $1";

/// Comings and goings: transitions into and out of the states in which an alert is told.
pub(super) const TURNS: &str = "
select count(*)
from alert a
join alert_event e on e.alert_id = a.id
where a.check_id = $1 and a.entity = $2 and a.updated_at > $3 and e.at > $3
    and (coalesce(e.from_state, '') in ('firing', 'acknowledged')) <> (e.to_state in ('firing', 'acknowledged'))";

/// The open alert of a check and entity.
///
/// # Errors
/// When the database fails.
pub async fn open_alert_of(
    tx: &mut Tx,
    check_id: &str,
    entity: &str,
) -> Result<Option<StoredAlert>, StoreError> {
    let row: Option<Row> = sqlx::query_as(OPEN_OF)
        .bind(check_id)
        .bind(entity)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(Row::stored).transpose()
}

/// One alert.
///
/// # Errors
/// When the database fails.
pub async fn alert_of(tx: &mut Tx, id: i64) -> Result<Option<StoredAlert>, StoreError> {
    let row: Option<Row> = sqlx::query_as(BY_ID)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(Row::stored).transpose()
}

/// Open alerts of a scope, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn open_alerts_in(tx: &mut Tx, scope: &str) -> Result<Vec<StoredAlert>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(OPEN_IN)
        .bind(scope)
        .fetch_all(&mut **tx)
        .await?;
    oldest_first(rows)
}

/// All open alerts, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all_open_alerts(tx: &mut Tx) -> Result<Vec<StoredAlert>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(OPEN_ALL).fetch_all(&mut **tx).await?;
    oldest_first(rows)
}

impl Store {
    /// All open alerts, oldest first, as far as they are committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing_alerts(&self) -> Result<Vec<StoredAlert>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(OPEN_ALL).fetch_all(&self.read).await?;
        oldest_first(rows)
    }
}

/// Sorted here: in the query it would be the order of the table, of which all resolved ones would be read.
fn oldest_first(rows: Vec<Row>) -> Result<Vec<StoredAlert>, StoreError> {
    let mut alerts: Vec<StoredAlert> = rows
        .into_iter()
        .map(Row::stored)
        .collect::<Result<_, _>>()?;
    alerts.sort_unstable_by_key(|stored| stored.alert.id);
    Ok(alerts)
}

/// How often the alert of a check and entity came or went after a time.
///
/// # Errors
/// When the database fails.
pub async fn turns_after(
    tx: &mut Tx,
    check_id: &str,
    entity: &str,
    after_ms: i64,
) -> Result<i64, StoreError> {
    let (turns,): (i64,) = sqlx::query_as(TURNS)
        .bind(check_id)
        .bind(entity)
        .bind(after_ms)
        .fetch_one(&mut **tx)
        .await?;
    Ok(turns)
}

/// Writes a new alert and gives it its key.
///
/// # Errors
/// When the database fails.
pub async fn insert_alert(
    tx: &mut Tx,
    stored: &mut StoredAlert,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let alert = &mut stored.alert;
    (alert.id,) = sqlx::query_as(INSERT)
        .bind(&alert.check_id)
        .bind(&alert.entity)
        .bind(alert.severity.as_str())
        .bind(alert.state.as_str())
        .bind(&alert.summary)
        .bind(&outcome.threshold)
        .bind(serde_json::to_string(&outcome.evidence)?)
        .bind(alert.opened_at)
        .bind(&stored.pipeline)
        .bind(&stored.scope)
        .bind(stored.for_ms)
        .bind(stored.keep_firing_ms)
        .bind(stored.rows)
        .bind(stored.range.map(|(from, _)| from))
        .bind(stored.range.map(|(_, to)| to))
        .fetch_one(&mut **tx)
        .await?;
    Ok(())
}

/// Writes what has changed of an alert; threshold and evidence stay.
///
/// # Errors
/// When the database fails.
pub async fn save_alert(tx: &mut Tx, stored: &StoredAlert) -> Result<(), StoreError> {
    let alert = &stored.alert;
    sqlx::query(SAVE)
        .bind(alert.id)
        .bind(alert.severity.as_str())
        .bind(alert.state.as_str())
        .bind(&alert.summary)
        .bind(alert.updated_at)
        .bind(alert.resolved_at)
        .bind(alert.count)
        .bind(alert.incident_id)
        .bind(&alert.acknowledged_by)
        .bind(stored.acknowledged_severity.map(Severity::as_str))
        .bind(i64::from(alert.silenced))
        .bind(&alert.inhibited_by)
        .bind(i64::from(alert.flapping))
        .bind(stored.since)
        .bind(i64::from(stored.found))
        .bind(stored.found_since)
        .bind(stored.for_ms)
        .bind(stored.keep_firing_ms)
        .bind(stored.rows)
        .bind(stored.range.map(|(from, _)| from))
        .bind(stored.range.map(|(_, to)| to))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The finding was seen again: newest words, numbers and evidence. Evidence of before stays in the transitions.
///
/// # Errors
/// When the database fails.
pub async fn refresh(
    tx: &mut Tx,
    stored: &StoredAlert,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    sqlx::query(
        "update alert set count = $2, summary = $3, threshold = $4, evidence = $5, rows = $6, from_at = $7, to_at = $8,
            found = $9, found_since = $10, for_ms = $11, keep_firing_ms = $12
         where id = $1",
    )
    .bind(stored.alert.id)
    .bind(stored.alert.count)
    .bind(&stored.alert.summary)
    .bind(&outcome.threshold)
    .bind(serde_json::to_string(&outcome.evidence)?)
    .bind(stored.rows)
    .bind(stored.range.map(|(from, _)| from))
    .bind(stored.range.map(|(_, to)| to))
    .bind(i64::from(stored.found))
    .bind(stored.found_since)
    .bind(stored.for_ms)
    .bind(stored.keep_firing_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A transition about to be written.
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// The alert after it, with its title.
    pub alert: &'a AlertVm,
    /// State before; `None` for a new alert.
    pub from: Option<AlertState>,
    /// Why.
    pub cause: &'a str,
    /// Who: `engine` or an operator.
    pub actor: &'a str,
    /// The finding it comes of, if it comes of one.
    pub finding: Option<&'a Outcome>,
    /// When.
    pub at: i64,
}

/// Writes a transition and gives it its number.
///
/// # Errors
/// When the database fails.
pub async fn insert_event(
    tx: &mut Tx,
    transition: Transition<'_>,
) -> Result<AlertEventVm, StoreError> {
    let Transition {
        alert,
        from,
        cause,
        actor,
        finding,
        at,
    } = transition;
    let evidence = finding
        .map(|outcome| serde_json::to_string(&outcome.evidence))
        .transpose()?;
    let (seq,): (i64,) = sqlx::query_as(
        "insert into alert_event (alert_id, at, from_state, to_state, severity, cause, actor, alert, threshold, evidence)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
    )
    .bind(alert.id)
    .bind(at)
    .bind(from.map(AlertState::as_str))
    .bind(alert.state.as_str())
    .bind(alert.severity.as_str())
    .bind(cause)
    .bind(actor)
    .bind(serde_json::to_string(alert)?)
    .bind(finding.map(|outcome| &outcome.threshold))
    .bind(evidence)
    .fetch_one(&mut **tx)
    .await?;
    Ok(AlertEventVm {
        seq,
        at,
        from_state: from,
        to_state: alert.state,
        severity: alert.severity,
        cause: cause.to_owned(),
        actor: actor.to_owned(),
        alert: alert.clone(),
    })
}

/// Open alerts of live feeds that are not among `running`; a file whose name is `live` is none.
///
/// # Errors
/// When the database fails.
pub async fn gone_alerts(tx: &mut Tx, running: &[String]) -> Result<Vec<StoredAlert>, StoreError> {
    let mut alerts = all_open_alerts(tx).await?;
    alerts.retain(|stored| {
        let entity = &stored.alert.entity;
        stored.pipeline == "live" && entity.ends_with("/live") && !running.contains(entity)
    });
    Ok(alerts)
}
