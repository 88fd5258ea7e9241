//! Alerts and their transitions: written in the transaction of the rows that caused them.

use app::model::{AlertEventVm, AlertState, AlertVm, Severity};

use super::{StoreError, Tx};
use crate::quality::{
    alert::{Open, Patience, Step, step},
    catalog::definition,
    outcome::Outcome,
};

#[derive(sqlx::FromRow)]
struct OpenRow {
    id: i64,
    severity: String,
    state: String,
    opened_at: i64,
    updated_at: i64,
    count: i64,
}

/// Moves the alert of an outcome's check and entity; gives the transition, if there was one.
///
/// # Errors
/// When the database fails.
pub async fn move_alert(
    tx: &mut Tx,
    outcome: &Outcome,
    patience: Patience,
    now_ms: i64,
) -> Result<Option<AlertEventVm>, StoreError> {
    let row: Option<OpenRow> = sqlx::query_as(
        "select id, severity, state, opened_at, updated_at, count from alert
         where check_id = $1 and entity = $2 and state <> 'resolved'",
    )
    .bind(outcome.check_id)
    .bind(&outcome.entity)
    .fetch_optional(&mut **tx)
    .await?;
    let open = row.as_ref().map(opened).transpose()?;
    match step(open, outcome.state, patience, now_ms) {
        Step::Stay { again: false } => Ok(None),
        Step::Stay { again: true } => {
            if let Some(row) = row {
                refresh(tx, row.id, outcome).await?;
            }
            Ok(None)
        }
        Step::Move { from, to, severity } => {
            let alert = match row {
                None => open_alert(tx, outcome, to, severity, now_ms).await?,
                Some(row) => change(tx, &row, outcome, to, severity, now_ms).await?,
            };
            Ok(Some(
                insert_event(tx, alert, from, &outcome.summary, now_ms).await?,
            ))
        }
    }
}

#[derive(sqlx::FromRow)]
struct GoneRow {
    check_id: String,
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
        "select check_id, entity, summary, id, severity, state, opened_at, updated_at, count from alert
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
        let alert = AlertVm {
            id: row.open.id,
            title: definition(&row.check_id)
                .map(|check| check.title.to_owned())
                .unwrap_or_default(),
            check_id: row.check_id,
            entity: row.entity,
            severity: open.severity,
            state: AlertState::Resolved,
            summary: row.summary,
            opened_at: row.open.opened_at,
            updated_at: now_ms,
            resolved_at: Some(now_ms),
            count: row.open.count,
        };
        events.push(insert_event(tx, alert, Some(open.state), cause, now_ms).await?);
    }
    Ok(events)
}

fn opened(row: &OpenRow) -> Result<Open, StoreError> {
    let unknown = || {
        StoreError::Value(format!(
            "state {:?} or severity {:?} of alert {}",
            row.state, row.severity, row.id
        ))
    };
    Ok(Open {
        state: AlertState::parse(&row.state).ok_or_else(unknown)?,
        severity: Severity::parse(&row.severity).ok_or_else(unknown)?,
        updated_at: row.updated_at,
    })
}

/// The finding was seen again: newest words and evidence, no transition.
async fn refresh(tx: &mut Tx, id: i64, outcome: &Outcome) -> Result<(), StoreError> {
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
    row: &OpenRow,
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
        title: definition(outcome.check_id)
            .map(|check| check.title.to_owned())
            .unwrap_or_default(),
        entity: outcome.entity.clone(),
        severity,
        state,
        summary: summary.to_owned(),
        opened_at,
        updated_at,
        resolved_at,
        count,
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
