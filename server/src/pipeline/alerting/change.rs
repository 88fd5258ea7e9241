//! Changes of single alerts: what a result, the time or a person makes of one, before it is known what follows from it.

use app::model::{AlertState, AlertVm, Outcome, Severity};

use crate::{
    quality::{
        alert::{
            FLAP_WITHIN_MS, Finding, Move, Open, Patience, Step, replay::ENGINE, steady, step,
        },
        catalog, incident,
        rule::RuleBook,
    },
    store::{
        StoreError, Tx,
        alert::{StoredAlert, insert_alert, open_alert_of, refresh, save_alert, turns_after},
    },
};

/// What a person did with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// Took it.
    Over,
    /// Gave it back.
    Back,
}

/// A change of an alert that is to be told.
#[derive(Debug, Clone)]
pub struct Changed<'a> {
    /// The alert after it.
    pub stored: StoredAlert,
    /// State before; `None` for a new alert.
    pub from: Option<AlertState>,
    /// Severity before.
    pub severity_before: Option<Severity>,
    /// It began to flap.
    pub began_to_flap: bool,
    /// Somebody has taken it just now, or given it back.
    pub handed: Option<Handed>,
    /// Why.
    pub cause: String,
    /// Who: `engine` or an operator.
    pub actor: String,
    /// The finding it comes of, if it comes of one.
    pub finding: Option<&'a Outcome>,
}

impl<'a> Changed<'a> {
    /// What a step made of an alert.
    #[must_use]
    pub fn by_step(mut stored: StoredAlert, change: Move, cause: &str, now_ms: i64) -> Self {
        let before = stored.alert.clone();
        move_to(&mut stored, change, now_ms);
        Self {
            from: change.from,
            severity_before: Some(before.severity),
            began_to_flap: change.flapping && !before.flapping,
            handed: None,
            cause: cause.to_owned(),
            actor: ENGINE.to_owned(),
            finding: None,
            stored,
        }
    }
}

/// The life of a stored alert.
#[must_use]
pub fn open_of(stored: &StoredAlert) -> Open {
    Open {
        state: stored.alert.state,
        severity: stored.alert.severity,
        since: stored.since,
        found: stored.found,
        found_since: stored.found_since,
        acknowledged: stored.acknowledged_severity,
        flapping: stored.alert.flapping,
    }
}

/// Waiting times of a stored alert.
#[must_use]
pub const fn patience_of(stored: &StoredAlert) -> Patience {
    Patience {
        for_ms: stored.for_ms,
        keep_firing_ms: stored.keep_firing_ms,
    }
}

/// What a rule demands, in words.
#[must_use]
pub fn title(rules: &RuleBook, check_id: &str) -> String {
    rules
        .get(check_id)
        .map(|rule| rule.title)
        .or_else(|| catalog::definition(check_id).map(|check| check.title))
        .unwrap_or_default()
        .to_owned()
}

fn move_to(stored: &mut StoredAlert, change: Move, now_ms: i64) {
    let alert = &mut stored.alert;
    if alert.state != change.to {
        stored.since = now_ms;
    }
    if matches!(change.to, AlertState::Firing | AlertState::Resolved) {
        alert.acknowledged_by = None;
        stored.acknowledged_severity = None;
    }
    alert.state = change.to;
    alert.severity = change.severity;
    alert.flapping = change.flapping;
    alert.updated_at = now_ms;
    alert.resolved_at = (change.to == AlertState::Resolved).then_some(now_ms);
}

/// Takes down what a result says; true if that is anything new.
fn note(
    stored: &mut StoredAlert,
    outcome: &Outcome,
    finding: Finding,
    patience: Patience,
    now_ms: i64,
) -> bool {
    let before = (stored.found, patience_of(stored));
    (stored.for_ms, stored.keep_firing_ms) = (patience.for_ms, patience.keep_firing_ms);
    let found = match finding {
        Finding::Broken(_) => true,
        Finding::Holds => false,
        Finding::Close | Finding::Unknown => stored.found,
    };
    if found != stored.found {
        stored.found = found;
        stored.found_since = now_ms;
    }
    if matches!(finding, Finding::Broken(_)) {
        stored.alert.count += 1;
        stored.alert.summary.clone_from(&outcome.summary);
        stored.rows = stored.rows.max(outcome.failed);
        stored.range = joined(stored.range, outcome.evidence.range);
    }
    before != (stored.found, patience_of(stored))
}

fn joined(a: Option<(i64, i64)>, b: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// Takes the alert of a result one step further and writes it; gives the change, if there is one to tell.
///
/// # Errors
/// When the database fails.
pub async fn follow<'a>(
    tx: &mut Tx,
    rules: &RuleBook,
    outcome: &'a Outcome,
    patience: Patience,
    now_ms: i64,
) -> Result<Option<Changed<'a>>, StoreError> {
    let finding = Finding::of(outcome, rules.get(outcome.check_id));
    let open = open_alert_of(tx, outcome.check_id, &outcome.entity).await?;
    let change = match step(open.as_ref().map(open_of), finding, patience, now_ms) {
        Step::Stay { again } => {
            if let Some(mut stored) = open {
                let news = note(&mut stored, outcome, finding, patience, now_ms);
                if again {
                    refresh(tx, &stored, outcome).await?;
                } else if news {
                    save_alert(tx, &stored).await?;
                }
            }
            return Ok(None);
        }
        Step::Move(change) if change.is_turn() => {
            let after = now_ms - FLAP_WITHIN_MS;
            let turns = turns_after(tx, outcome.check_id, &outcome.entity, after).await?;
            steady(change, turns)
        }
        Step::Move(change) => change,
    };
    let mut stored = match open {
        Some(mut stored) => {
            note(&mut stored, outcome, finding, patience, now_ms);
            stored
        }
        None => new_alert(outcome, patience, now_ms),
    };
    let before = (stored.alert.id > 0).then_some(stored.alert.severity);
    let flapped = stored.alert.flapping;
    move_to(&mut stored, change, now_ms);
    if before.is_none() {
        insert_alert(tx, &mut stored, outcome).await?;
    } else if stored.found {
        refresh(tx, &stored, outcome).await?;
    }
    Ok(Some(Changed {
        from: change.from,
        severity_before: before,
        began_to_flap: change.flapping && !flapped,
        handed: None,
        cause: outcome.summary.clone(),
        actor: ENGINE.to_owned(),
        finding: stored.found.then_some(outcome),
        stored,
    }))
}

fn new_alert(outcome: &Outcome, patience: Patience, now_ms: i64) -> StoredAlert {
    StoredAlert {
        alert: AlertVm {
            id: 0,
            check_id: outcome.check_id.to_owned(),
            title: String::new(),
            entity: outcome.entity.clone(),
            // the step says both
            severity: Severity::Info,
            state: AlertState::Pending,
            summary: outcome.summary.clone(),
            opened_at: now_ms,
            updated_at: now_ms,
            resolved_at: None,
            count: 1,
            incident_id: None,
            acknowledged_by: None,
            silenced: false,
            inhibited_by: None,
            flapping: false,
        },
        pipeline: outcome.pipeline.as_str().to_owned(),
        scope: incident::scope(outcome.pipeline, &outcome.entity),
        since: now_ms,
        found: true,
        found_since: now_ms,
        for_ms: patience.for_ms,
        keep_firing_ms: patience.keep_firing_ms,
        acknowledged_severity: None,
        rows: outcome.failed,
        range: outcome.evidence.range,
    }
}
