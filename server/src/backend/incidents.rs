//! Incidents and silences.

use app::model::{IncidentDetailVm, IncidentEventVm, IncidentVm, Severity, SilenceVm, format_age};

use super::{StoreBackend, titled};
use crate::{
    pipeline::alerting::settle::hush,
    store::{StoreError, view::Happened},
};

/// Alerts an incident's page shows.
const ALERTS: i64 = 200;
/// Happenings an incident's page shows.
const HISTORY: i64 = 500;

impl StoreBackend {
    pub(super) async fn read_incidents(&self, limit: i64) -> Result<Vec<IncidentVm>, StoreError> {
        self.store.incidents(limit, self.clock.now_ms()).await
    }

    pub(super) async fn read_incident(
        &self,
        id: i64,
    ) -> Result<Option<IncidentDetailVm>, StoreError> {
        let Some(incident) = self.store.incident(id, self.clock.now_ms()).await? else {
            return Ok(None);
        };
        let history = self.store.incident_history(id, HISTORY).await?;
        Ok(Some(IncidentDetailVm {
            alerts: titled(
                self.store.alerts_of_incident(id, ALERTS).await?,
                &self.hub.rules().now(),
            ),
            timeline: history
                .into_iter()
                .map(|happened| event(happened, &incident))
                .collect(),
            notices: self.store.notices_of(id).await?,
            incident,
        }))
    }

    pub(super) async fn read_silences(&self) -> Result<Vec<SilenceVm>, StoreError> {
        let now_ms = self.clock.now_ms();
        let standing = self.store.standing_alerts().await?;
        let muted = |is_for: &dyn Fn(&str, &str) -> bool| {
            let fits = standing
                .iter()
                .filter(|stored| is_for(&stored.alert.check_id, &stored.alert.entity));
            i64::try_from(fits.count()).unwrap_or(i64::MAX)
        };
        let mut silences: Vec<SilenceVm> = self
            .store
            .silences()
            .await?
            .into_iter()
            .filter(|silence| silence.ends_at.is_none_or(|at| at > now_ms))
            .map(|silence| SilenceVm {
                muted: muted(&|check, entity| hush(&silence).is_for(check, entity)),
                id: silence.id,
                check_id: silence.check_id,
                entity: silence.entity,
                reason: silence.reason,
                actor: silence.actor,
                starts_at: silence.starts_at,
                ends_at: silence.ends_at,
                ended_at: silence.ended_at,
            })
            .collect();
        let rules = self.hub.rules().now();
        silences.extend(rules.calendar().ahead(now_ms).map(|(window, from, to)| {
            let holds = from <= now_ms;
            SilenceVm {
                id: 0,
                check_id: window.check_id.clone(),
                entity: window.entity.clone(),
                reason: window.reason.clone(),
                actor: "calendar".to_owned(),
                starts_at: from,
                ends_at: Some(to),
                ended_at: None,
                muted: if holds {
                    muted(&|check, entity| window.is_for(check, entity))
                } else {
                    0
                },
            }
        }));
        Ok(silences)
    }
}

fn event(happened: Happened, incident: &IncidentVm) -> IncidentEventVm {
    IncidentEventVm {
        at: happened.at,
        words: words(&happened, incident),
        severity: Severity::parse(&happened.severity),
        actor: happened.actor,
        alert_id: happened.alert_id,
    }
}

fn words(happened: &Happened, incident: &IncidentVm) -> String {
    let check = happened.check_id.as_deref().unwrap_or("an alert");
    let cause = &happened.cause;
    let told = if happened.muted { " (kept back)" } else { "" };
    match (happened.part, happened.kind.as_str()) {
        (0, _) => format!("{check} holds again: {cause}"),
        (_, "alert_resolved") => format!("{check} is resolved: {cause}"),
        (_, "opened") => format!("{check} fires: {cause}{told}"),
        (_, "joined") => format!("{check} fires too: {cause}{told}"),
        (_, "reopened") => format!("{check} fires again: {cause}{told}"),
        (_, "worse") => format!("{check} is worse, {}: {cause}{told}", happened.severity),
        (_, "flapping") => format!("{check} comes and goes: it stays until it is quiet"),
        (_, "acknowledged") => format!("{check} is acknowledged"),
        (_, "unacknowledged") => format!("{check} is given back"),
        (_, "silenced" | "unmuted") => format!("{check} is {cause}"),
        (_, "resolved") => format!(
            "resolved after {}",
            format_age(happened.at - incident.opened_at)
        ),
        _ => cause.clone(),
    }
}
