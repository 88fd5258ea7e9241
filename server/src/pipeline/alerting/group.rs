//! Alerts into incidents, and what happens to those.

use app::model::AlertState;

use crate::{
    quality::{
        alert::replay::ENGINE,
        incident::{Join, Newest, join, place},
    },
    store::{
        StoreError, Tx,
        alert::StoredAlert,
        incident::{
            Happening, Incident, NewIncidentEvent, has_open_alerts, incident_of, insert_incident,
            insert_incident_event, newest_incident, save_incident,
        },
    },
};

/// Longest title, in characters.
const MAX_TITLE: usize = 160;

/// The incident of an alert.
#[derive(Debug, Clone)]
pub(super) struct Grouped {
    /// As it is with the alert.
    pub incident: Incident,
    /// How the alert came to it, if it came just now.
    pub joined: Option<Happening>,
    /// The alert makes it worse than it was.
    pub is_worse: bool,
}

/// Finds the incident of an alert, or opens one for it. An alert that is resolved before it was in one gets none.
pub(super) async fn group(
    tx: &mut Tx,
    stored: &mut StoredAlert,
    now_ms: i64,
) -> Result<Option<Grouped>, StoreError> {
    if let Some(id) = stored.alert.incident_id {
        let Some(mut incident) = incident_of(tx, id).await? else {
            return Ok(None);
        };
        let is_worse = raise(&mut incident, stored);
        return Ok(Some(Grouped {
            incident,
            joined: None,
            is_worse,
        }));
    }
    if stored.alert.state == AlertState::Resolved {
        return Ok(None);
    }
    let newest = newest_incident(tx, &stored.scope).await?;
    let known = newest.as_ref().map(|incident| Newest {
        id: incident.id,
        resolved_at: incident.resolved_at,
    });
    let grouped = match (join(known, now_ms), newest) {
        (Join::Open(_), Some(mut incident)) => Grouped {
            is_worse: raise(&mut incident, stored),
            joined: Some(Happening::Joined),
            incident,
        },
        (Join::Reopen(_), Some(mut incident)) => {
            incident.resolved_at = None;
            Grouped {
                is_worse: raise(&mut incident, stored),
                joined: Some(Happening::Reopened),
                incident,
            }
        }
        _ => Grouped {
            incident: open(tx, stored, now_ms).await?,
            joined: Some(Happening::Opened),
            is_worse: false,
        },
    };
    stored.alert.incident_id = Some(grouped.incident.id);
    Ok(Some(grouped))
}

async fn open(tx: &mut Tx, stored: &StoredAlert, now_ms: i64) -> Result<Incident, StoreError> {
    let mut incident = Incident {
        id: 0,
        scope: stored.scope.clone(),
        title: title(stored),
        severity: stored.alert.severity,
        opened_at: stored.alert.opened_at,
        updated_at: now_ms,
        resolved_at: None,
        audible: false,
    };
    incident.id = insert_incident(tx, &incident).await?;
    Ok(incident)
}

/// The worst alert names the incident; true if it became worse.
fn raise(incident: &mut Incident, stored: &StoredAlert) -> bool {
    let is_worse = stored.alert.severity > incident.severity;
    if is_worse {
        incident.severity = stored.alert.severity;
        incident.title = title(stored);
    }
    is_worse
}

fn title(stored: &StoredAlert) -> String {
    let entity = &stored.alert.entity;
    let name = if stored.pipeline == "live" {
        place(entity).1
    } else {
        entity.rsplit('/').next().unwrap_or(entity)
    };
    format!("{name}: {}", stored.alert.summary)
        .chars()
        .take(MAX_TITLE)
        .collect()
}

/// Writes that something happened to an incident by one of its alerts.
pub(super) async fn tell(
    tx: &mut Tx,
    incident: &mut Incident,
    stored: &StoredAlert,
    kind: Happening,
    (cause, actor): (&str, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    let alert = &stored.alert;
    let muted = alert.silenced || alert.inhibited_by.is_some();
    incident.audible |= !muted;
    incident.updated_at = now_ms;
    save_incident(tx, incident).await?;
    insert_incident_event(
        tx,
        NewIncidentEvent {
            incident_id: incident.id,
            at: now_ms,
            kind,
            severity: alert.severity,
            cause,
            actor,
            alert_id: Some(alert.id),
            muted,
        },
    )
    .await?;
    Ok(())
}

/// Resolves an incident if the alert that was just resolved was the last open one.
pub(super) async fn end(
    tx: &mut Tx,
    incident: &mut Incident,
    stored: &StoredAlert,
    now_ms: i64,
) -> Result<(), StoreError> {
    if incident.resolved_at.is_some() || has_open_alerts(tx, incident.id).await? {
        return Ok(());
    }
    incident.resolved_at = Some(now_ms);
    incident.updated_at = now_ms;
    save_incident(tx, incident).await?;
    insert_incident_event(
        tx,
        NewIncidentEvent {
            incident_id: incident.id,
            at: now_ms,
            kind: Happening::Resolved,
            severity: incident.severity,
            cause: "all its alerts are resolved",
            actor: ENGINE,
            alert_id: Some(stored.alert.id),
            muted: !incident.audible,
        },
    )
    .await?;
    Ok(())
}
