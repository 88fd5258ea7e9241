//! From the events of incidents to notices in the outbox.

use std::collections::BTreeMap;

use anyhow::Context;
use app::{
    backend::BackendError,
    model::{IncidentDetailVm, IncidentVm, Severity},
};

use super::Notifying;
use crate::{
    notify::letter::of_incident,
    quality::notice::{Due, Event, Happened, Listener, Plan},
    store::outbox::{IncidentEventRow, NewNotice, PlanRow},
};

/// Events that are taken at once.
const EVENTS: i64 = 1000;

impl Notifying {
    /// Folds new events into the plans and writes what is due.
    pub(super) async fn plan(&self, is_fresh: bool, now_ms: i64) -> anyhow::Result<usize> {
        let store = &self.0.engine.store;
        let mut planned = 0;
        loop {
            let cursor = self.cursor().await?;
            let listeners = self.listeners(now_ms).await?;
            let events = store.incident_events_after(cursor.event_id, EVENTS).await?;
            let to = events.last().map_or(cursor.event_id, |event| event.id);
            let is_last = events.len() < EVENTS as usize;
            let mut plans = plans_of(store.notice_plans(cursor.event_id, to, now_ms).await?);
            if is_fresh {
                let open = plans_of(store.open_plans().await?);
                open.into_iter().for_each(|(id, plan)| {
                    plans.entry(id).or_insert(plan);
                });
            }
            if plans.is_empty() && events.is_empty() {
                return Ok(planned);
            }
            for row in &events {
                let plan = plans.entry(row.incident_id).or_default();
                plan.apply(&event_of(row)?, &listeners);
            }
            let mut notices = Vec::new();
            // before the last event is known, what seems open may be over
            if is_last {
                for (id, plan) in &mut plans {
                    let due = plan.due(now_ms, &self.0.timing, &listeners);
                    notices.extend(self.written(*id, due, &cursor.instance, now_ms).await?);
                }
            }
            let rows = plans
                .iter()
                .map(|(id, plan)| {
                    Ok(PlanRow {
                        incident_id: *id,
                        next_at: plan.next_at(&self.0.timing, &listeners),
                        state: serde_json::to_string(plan)?,
                    })
                })
                .collect::<anyhow::Result<Vec<PlanRow>>>()?;
            let between = (cursor.event_id, to);
            let is_ours = store.write_plans(between, &rows, &notices, now_ms).await?;
            // another process was quicker: its cursor is read again at the next look
            if !is_ours {
                return Ok(planned);
            }
            planned += notices.len();
            if is_last {
                return Ok(planned);
            }
        }
    }

    async fn listeners(&self, now_ms: i64) -> anyhow::Result<Vec<Listener>> {
        let since = self.0.engine.store.notify_channels().await?;
        let listener = |channel: &crate::notify::Channel| {
            channel.listener(since.get(channel.name()).copied().unwrap_or(now_ms))
        };
        Ok(self.0.channels.iter().map(listener).collect())
    }

    /// What is due about an incident, in words.
    async fn written(
        &self,
        incident_id: i64,
        due: Vec<Due>,
        instance: &str,
        now_ms: i64,
    ) -> anyhow::Result<Vec<NewNotice>> {
        let Some(worst) = due.iter().map(|due| due.severity).max() else {
            return Ok(Vec::new());
        };
        let incident = match self.0.backend.incident(incident_id).await {
            Ok(incident) => incident,
            // better a notice without details than none
            Err(BackendError::NotFound(_)) => nameless(incident_id, worst, now_ms),
            Err(error) => return Err(error).context("an incident cannot be read"),
        };
        due.into_iter()
            .map(|due| {
                let key =
                    |number: u32| format!("{instance}-{}-{incident_id}-{number}", due.channel);
                let thread = (due.number > 0).then(|| key(0));
                let head = self.head(key(due.number), thread, &due.channel, now_ms);
                let letter = of_incident(head, due.kind, due.severity, &incident);
                Ok(NewNotice {
                    letter: serde_json::to_string(&letter)?,
                    subject: letter.subject,
                    key: letter.id,
                    kind: due.kind.as_str(),
                    channel: due.channel,
                    incident_id: Some(incident_id),
                })
            })
            .collect()
    }
}

fn plans_of(rows: Vec<PlanRow>) -> BTreeMap<i64, Plan> {
    rows.into_iter()
        .map(|row| {
            let plan = serde_json::from_str(&row.state).unwrap_or_else(|error| {
                tracing::error!(incident = row.incident_id, %error, "a plan of notices cannot be read; it begins anew");
                Plan::default()
            });
            (row.incident_id, plan)
        })
        .collect()
}

fn event_of(row: &IncidentEventRow) -> anyhow::Result<Event> {
    let happened = match row.kind.as_str() {
        "opened" | "joined" | "reopened" => Happened::Alert,
        "worse" => Happened::Worse,
        "flapping" => Happened::Flapping,
        // somebody has looked at all of it
        "acknowledged" | "opinion" => Happened::Acknowledged,
        "unacknowledged" => Happened::Unacknowledged,
        "silenced" | "unmuted" => Happened::Mute,
        "alert_resolved" => Happened::AlertResolved,
        "resolved" => Happened::Resolved,
        _ => Happened::Other,
    };
    let severity = Severity::parse(&row.severity)
        .with_context(|| format!("severity {:?} of event {}", row.severity, row.id))?;
    Ok(Event {
        at: row.at,
        happened,
        severity: Some(severity),
        alert_id: row.alert_id,
        muted: row.muted,
    })
}

fn nameless(id: i64, severity: Severity, now_ms: i64) -> IncidentDetailVm {
    IncidentDetailVm {
        incident: IncidentVm {
            id,
            scope: String::new(),
            title: format!("incident {id}"),
            severity,
            is_open: true,
            opened_at: now_ms,
            updated_at: now_ms,
            resolved_at: None,
            alerts: 0,
            checks: Vec::new(),
            range: None,
            rows: 0,
            opinion: None,
            opinion_by: String::new(),
            repair: String::new(),
        },
        alerts: Vec::new(),
        timeline: Vec::new(),
        notices: Vec::new(),
    }
}
