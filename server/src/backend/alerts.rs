//! One alert with its history, and single transitions of it.

use app::{
    backend::BackendError,
    model::{AlertDetailVm, Evidence, TransitionVm},
};

use super::{StoreBackend, logged, with_title};
use crate::{
    quality::rule::RuleBook,
    store::{StoreError, view::Room},
};

/// Transitions an alert's page shows.
const HISTORY: i64 = 200;

impl StoreBackend {
    /// An alert with its history, and as much evidence of its transitions as there is `room` for.
    ///
    /// # Errors
    /// When there is none of that number or the store cannot be read.
    pub async fn alert_with(&self, id: i64, room: Room) -> Result<AlertDetailVm, BackendError> {
        self.read_alert(id, room)
            .await
            .map_err(|error| logged(&error))?
            .ok_or_else(|| BackendError::NotFound(format!("alert {id}")))
    }

    /// One transition of an alert with all of its evidence.
    ///
    /// # Errors
    /// When there is none of that number or the store cannot be read.
    pub async fn transition(&self, alert_id: i64, seq: i64) -> Result<TransitionVm, BackendError> {
        let transition = self
            .store
            .transition(alert_id, seq)
            .await
            .map_err(|error| logged(&error))?;
        let transition = transition.ok_or_else(|| {
            BackendError::NotFound(format!("transition {seq} of alert {alert_id}"))
        })?;
        Ok(titled(transition, &self.hub.rules().now()))
    }

    async fn read_alert(&self, id: i64, room: Room) -> Result<Option<AlertDetailVm>, StoreError> {
        let Some(row) = self.store.alert(id).await? else {
            return Ok(None);
        };
        let evidence: Evidence = serde_json::from_str(&row.evidence)?;
        let events = self.store.transitions(id, HISTORY, room).await?;
        let rules = self.hub.rules().now();
        let check = rules.get(&row.alert.check_id);
        Ok(Some(AlertDetailVm {
            advice: check.map_or_else(String::new, |check| check.advice.to_owned()),
            alert: with_title(row.alert, &rules),
            events: events
                .into_iter()
                .map(|event| titled(event, &rules))
                .collect(),
            baseline: evidence.baseline,
            evidence_columns: evidence.columns,
            evidence_rows: evidence.rows,
            threshold: row.threshold,
        }))
    }
}

fn titled(mut transition: TransitionVm, rules: &RuleBook) -> TransitionVm {
    transition.event.alert = with_title(transition.event.alert, rules);
    transition
}
