//! From transitions back to the alert: what a restart must come to as well.

use app::model::{AlertEventVm, AlertState, AlertVm};

/// Transitions that no alert can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("transition {seq}: {what}")]
pub struct Broken {
    /// The transition.
    pub seq: i64,
    /// What cannot be.
    pub what: &'static str,
}

/// The alert that these transitions lead to, oldest first; `None` without any. States, times, severity, who has taken it
/// and flags follow from the transitions; only words and counts are those noted with the newest one.
///
/// # Errors
/// When one does not follow from those before it.
pub fn replay(events: &[AlertEventVm]) -> Result<Option<AlertVm>, Broken> {
    let mut alert: Option<AlertVm> = None;
    for event in events {
        let broken = |what| Broken {
            seq: event.seq,
            what,
        };
        let Some(now) = &mut alert else {
            if event.to_state == AlertState::Firing && event.from_state != Some(AlertState::Pending)
            {
                return Err(broken("it fires without having been pending"));
            }
            alert = Some(AlertVm {
                opened_at: event.at,
                updated_at: event.at,
                severity: event.severity,
                state: event.to_state,
                resolved_at: None,
                acknowledged_by: None,
                ..event.alert.clone()
            });
            continue;
        };
        if now.id != event.alert.id {
            return Err(broken("it is of another alert"));
        }
        if now.state == AlertState::Resolved {
            return Err(broken("it comes after the end"));
        }
        if event.from_state != Some(now.state) {
            return Err(broken(
                "it begins in another state than the one before ended in",
            ));
        }
        let taken = match event.to_state {
            AlertState::Resolved | AlertState::Firing => None,
            // only a person takes it, only a person or a worse finding ends that
            AlertState::Acknowledged if now.state != AlertState::Recovering => {
                if event.actor == ENGINE {
                    now.acknowledged_by.clone()
                } else {
                    Some(event.actor.clone())
                }
            }
            _ => event.alert.acknowledged_by.clone(),
        };
        *now = AlertVm {
            opened_at: now.opened_at,
            updated_at: event.at,
            severity: event.severity,
            state: event.to_state,
            resolved_at: (event.to_state == AlertState::Resolved).then_some(event.at),
            acknowledged_by: taken,
            ..event.alert.clone()
        };
    }
    Ok(alert)
}

/// Who acts where no person does.
pub const ENGINE: &str = "engine";
