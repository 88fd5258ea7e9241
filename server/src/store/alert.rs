//! Alerts and their transitions: written in the transaction of the rows that caused them.

use app::model::{AlertEventVm, AlertState, AlertVm, Outcome, Severity};

use super::{StoreError, Tx};

#[derive(sqlx::FromRow)]
struct OpenRow {
    id: i64,
    severity: String,
    state: String,
    opened_at: i64,
    updated_at: i64,
    count: i64,
}

/// An alert that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAlert {
    /// Key.
    pub id: i64,
    /// How bad.
    pub severity: Severity,
    /// Where in its life.
    pub state: AlertState,
    /// When it began.
    pub opened_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Evaluations that found it.
    pub count: i64,
}

/// The open alert of a check and entity.
///
/// # Errors
/// When the database fails.
pub async fn open_alert_of(
    tx: &mut Tx,
    outcome: &Outcome,
) -> Result<Option<OpenAlert>, StoreError> {
    let row: Option<OpenRow> = sqlx::query_as(
        "select id, severity, state, opened_at, updated_at, count from alert
         where check_id = $1 and entity = $2 and state <> 'resolved'",
    )
    .bind(outcome.check_id)
    .bind(&outcome.entity)
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(opened).transpose()
}

/// Moves an alert, or opens it where there is none; gives the transition.
///
/// # Errors
/// When the database fails.
pub async fn move_alert(
    tx: &mut Tx,
    open: Option<OpenAlert>,
    outcome: &Outcome,
    (from, to, severity): (Option<AlertState>, AlertState, Severity),
    now_ms: i64,
) -> Result<AlertEventVm, StoreError> {
    let alert = match open {
        None => open_alert(tx, outcome, to, severity, now_ms).await?,
        Some(open) => change(tx, &open, outcome, to, severity, now_ms).await?,
    };
    insert_event(tx, alert, from, &outcome.summary, now_ms).await
}

#[derive(sqlx::FromRow)]
struct GoneRow {
    entity: String,
    summary: String,
    #[sqlx(flatten)]
    open: OpenRow,
}

/// Resolves the open alerts of live feeds that are not among `running`; gives the transitions.
///
/// # Errors
/// When the database fails.
pub async fn resolve_gone(
    tx: &mut Tx,
    running: &[String],
    cause: &str,
    now_ms: i64,
) -> Result<Vec<AlertEventVm>, StoreError> {
    // a file may be called `live` too
    let rows: Vec<GoneRow> = sqlx::query_as(
        "select entity, summary, id, severity, state, opened_at, updated_at, count from alert
         where state <> 'resolved' and entity like '%/live' and not exists (select 1 from check_latest l
            where l.check_id = alert.check_id and l.entity = alert.entity and l.pipeline <> 'live')
         order by id",
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut events = Vec::new();
    for row in rows {
        if running.contains(&row.entity) {
            continue;
        }
        let open = opened(&row.open)?;
        sqlx::query(
            "update alert set state = 'resolved', updated_at = $2, resolved_at = $2 where id = $1",
        )
        .bind(row.open.id)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
        // as it was told last
        let (told,): (String,) = sqlx::query_as(
            "select alert from alert_event where alert_id = $1 order by id desc limit 1",
        )
        .bind(open.id)
        .fetch_one(&mut **tx)
        .await?;
        let alert = AlertVm {
            state: AlertState::Resolved,
            severity: open.severity,
            summary: row.summary,
            updated_at: now_ms,
            resolved_at: Some(now_ms),
            count: open.count,
            ..serde_json::from_str(&told)?
        };
        events.push(insert_event(tx, alert, Some(open.state), cause, now_ms).await?);
    }
    Ok(events)
}

fn opened(row: &OpenRow) -> Result<OpenAlert, StoreError> {
    let unknown = || {
        StoreError::Value(format!(
            "state {:?} or severity {:?} of alert {}",
            row.state, row.severity, row.id
        ))
    };
    Ok(OpenAlert {
        id: row.id,
        opened_at: row.opened_at,
        count: row.count,
        state: AlertState::parse(&row.state).ok_or_else(unknown)?,
        severity: Severity::parse(&row.severity).ok_or_else(unknown)?,
        updated_at: row.updated_at,
    })
}

/// The finding was seen again: newest words and evidence, no transition.
///
/// # Errors
/// When the database fails.
pub async fn refresh(tx: &mut Tx, id: i64, outcome: &Outcome) -> Result<(), StoreError> {
    sqlx::query(
        "update alert set count = alert.count + 1, summary = $2, evidence = $3 where id = $1",
    )
    .bind(id)
    .bind(&outcome.summary)
    .bind(serde_json::to_string(&outcome.evidence)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn open_alert(
    tx: &mut Tx,
    outcome: &Outcome,
    state: AlertState,
    severity: Severity,
    now_ms: i64,
) -> Result<AlertVm, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into alert (check_id, entity, severity, state, summary, threshold, evidence, opened_at, updated_at, count)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1) returning id",
    )
    .bind(outcome.check_id)
    .bind(&outcome.entity)
    .bind(severity.as_str())
    .bind(state.as_str())
    .bind(&outcome.summary)
    .bind(&outcome.threshold)
    .bind(serde_json::to_string(&outcome.evidence)?)
    .bind(now_ms)
    .fetch_one(&mut **tx)
    .await?;
    Ok(view(
        id,
        outcome,
        &outcome.summary,
        severity,
        state,
        (now_ms, now_ms, None),
        1,
    ))
}

async fn change(
    tx: &mut Tx,
    row: &OpenAlert,
    outcome: &Outcome,
    state: AlertState,
    severity: Severity,
    now_ms: i64,
) -> Result<AlertVm, StoreError> {
    let found = outcome.state.severity().is_some();
    let resolved_at = (state == AlertState::Resolved).then_some(now_ms);
    // what was wrong stays readable after it is over
    let (summary,): (String,) = sqlx::query_as(
        "update alert set state = $2, severity = $3, updated_at = $4, resolved_at = $5, count = alert.count + $6,
            summary = case when $6 = 1 then $7 else alert.summary end,
            evidence = case when $6 = 1 then $8 else alert.evidence end
         where id = $1 returning summary",
    )
    .bind(row.id)
    .bind(state.as_str())
    .bind(severity.as_str())
    .bind(now_ms)
    .bind(resolved_at)
    .bind(i64::from(found))
    .bind(&outcome.summary)
    .bind(serde_json::to_string(&outcome.evidence)?)
    .fetch_one(&mut **tx)
    .await?;
    let times = (row.opened_at, now_ms, resolved_at);
    Ok(view(
        row.id,
        outcome,
        &summary,
        severity,
        state,
        times,
        row.count + i64::from(found),
    ))
}

fn view(
    id: i64,
    outcome: &Outcome,
    summary: &str,
    severity: Severity,
    state: AlertState,
    (opened_at, updated_at, resolved_at): (i64, i64, Option<i64>),
    count: i64,
) -> AlertVm {
    AlertVm {
        id,
        check_id: outcome.check_id.to_owned(),
        title: outcome.title.to_owned(),
        entity: outcome.entity.clone(),
        severity,
        state,
        summary: summary.to_owned(),
        opened_at,
        updated_at,
        resolved_at,
        count,
        incident_id: None,
        acknowledged_by: None,
        silenced: false,
        inhibited_by: None,
        flapping: false,
    }
}

async fn insert_event(
    tx: &mut Tx,
    alert: AlertVm,
    from: Option<AlertState>,
    cause: &str,
    now_ms: i64,
) -> Result<AlertEventVm, StoreError> {
    let (seq,): (i64,) = sqlx::query_as(
        "insert into alert_event (alert_id, at, from_state, to_state, severity, cause, actor, alert)
         values ($1, $2, $3, $4, $5, $6, 'engine', $7) returning id",
    )
    .bind(alert.id)
    .bind(now_ms)
    .bind(from.map(AlertState::as_str))
    .bind(alert.state.as_str())
    .bind(alert.severity.as_str())
    .bind(cause)
    .bind(serde_json::to_string(&alert)?)
    .fetch_one(&mut **tx)
    .await?;
    Ok(AlertEventVm {
        seq,
        at: now_ms,
        from_state: from,
        to_state: alert.state,
        severity: alert.severity,
        cause: cause.to_owned(),
        actor: "engine".to_owned(),
        alert,
    })
}
