//! What follows from changes of alerts: which incident they belong to, what keeps their notices back, and the events that
//! tell of all that. Everything within the transaction of the changes.

use std::collections::BTreeMap;

use app::model::{AlertEventVm, AlertState};

use super::{
    change::{Changed, Handed, title},
    group::{Grouped, end, group, tell},
};
use crate::{
    quality::{
        alert::replay::ENGINE,
        mute::{Hush, Muted, Mutes, Standing},
        rule::RuleBook,
    },
    store::{
        StoreError, Tx,
        alert::{
            StoredAlert, Transition, all_open_alerts, insert_event, open_alerts_in, save_alert,
        },
        incident::Happening,
        silence::{Silence, end_silence, held_silences},
    },
};

/// Whose mutes are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of alerts that share a scope with a change.
    Changed,
    /// Those of all open alerts.
    All,
}

/// Writes what follows from changes whose alerts are as they were before muting and grouping; gives the transitions, to
/// be told to the hub after the commit.
///
/// # Errors
/// When the database fails.
pub async fn settle(
    tx: &mut Tx,
    rules: &RuleBook,
    changes: Vec<Changed<'_>>,
    reach: Reach,
    now_ms: i64,
) -> Result<Vec<AlertEventVm>, StoreError> {
    if changes.is_empty() && reach == Reach::Changed {
        return Ok(Vec::new());
    }
    let mut changed: BTreeMap<i64, Changed<'_>> = changes
        .into_iter()
        .map(|change| (change.stored.alert.id, change))
        .collect();
    let standing = standing(tx, &changed, reach).await?;
    let resolves = changed
        .values()
        .any(|change| change.stored.alert.state == AlertState::Resolved);
    let silences = silences(tx, &changed, resolves || reach == Reach::All, now_ms).await?;
    let hushes = hushes(&silences, now_ms);
    let mutes = Mutes {
        rules,
        silences: &hushes,
        calendar: rules.calendar(),
        now_ms,
    };
    let of_scope = by_scope(&standing);
    let mut events = Vec::new();
    for stored in &standing {
        let muted = muted(&mutes, stored, &of_scope);
        match changed.remove(&stored.alert.id) {
            Some(change) => events.push(told(tx, rules, change, Some(muted), now_ms).await?),
            None if is_news(stored, &muted) || lacks_incident(stored) => {
                let change = remuted(stored, &muted);
                events.push(told(tx, rules, change, Some(muted), now_ms).await?);
            }
            None => {}
        }
    }
    // what is resolved is not muted anew; it comes last, when those that joined its incident are in it
    for change in changed.into_values() {
        events.push(told(tx, rules, change, None, now_ms).await?);
    }
    Ok(events)
}

/// True if there is something for [`settle`] to do in all alerts although none has changed.
#[must_use]
pub fn is_due(
    standing: &[StoredAlert],
    silences: &[Silence],
    rules: &RuleBook,
    now_ms: i64,
) -> bool {
    let hushes = hushes(silences, now_ms);
    let mutes = Mutes {
        rules,
        silences: &hushes,
        calendar: rules.calendar(),
        now_ms,
    };
    let of_scope = by_scope(standing);
    silences
        .iter()
        .any(|silence| is_over(silence, now_ms) || is_spent(silence, standing))
        || standing.iter().any(|stored| {
            lacks_incident(stored) || is_news(stored, &muted(&mutes, stored, &of_scope))
        })
}

async fn standing(
    tx: &mut Tx,
    changed: &BTreeMap<i64, Changed<'_>>,
    reach: Reach,
) -> Result<Vec<StoredAlert>, StoreError> {
    let mut standing = Vec::new();
    if reach == Reach::All {
        standing = all_open_alerts(tx).await?;
    } else {
        let mut scopes: Vec<&str> = changed.values().map(|c| c.stored.scope.as_str()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        for scope in scopes {
            standing.extend(open_alerts_in(tx, scope).await?);
        }
    }
    // as they will be: the changes are written with what follows from them
    let after = |stored: StoredAlert| match changed.get(&stored.alert.id) {
        Some(change) => change.stored.clone(),
        None => stored,
    };
    let mut standing: Vec<StoredAlert> = standing.into_iter().map(after).collect();
    standing.retain(|stored| stored.alert.state.is_open());
    Ok(standing)
}

/// Silences that hold, after those that are over were ended.
async fn silences(
    tx: &mut Tx,
    changed: &BTreeMap<i64, Changed<'_>>,
    looks: bool,
    now_ms: i64,
) -> Result<Vec<Silence>, StoreError> {
    let held = held_silences(tx).await?;
    if held.is_empty() || !looks {
        return Ok(held);
    }
    let mut open = all_open_alerts(tx).await?;
    open.retain(|stored| {
        let change = changed.get(&stored.alert.id);
        change.is_none_or(|change| change.stored.alert.state.is_open())
    });
    let mut kept = Vec::with_capacity(held.len());
    for silence in held {
        if is_over(&silence, now_ms) || is_spent(&silence, &open) {
            end_silence(tx, silence.id, now_ms).await?;
        } else {
            kept.push(silence);
        }
    }
    Ok(kept)
}

fn is_over(silence: &Silence, now_ms: i64) -> bool {
    silence.ends_at.is_some_and(|at| at <= now_ms)
}

/// A silence until something is resolved has nothing left to wait for.
fn is_spent(silence: &Silence, open: &[StoredAlert]) -> bool {
    silence.ends_at.is_none()
        && !open
            .iter()
            .any(|stored| hush(silence).is_for(&stored.alert.check_id, &stored.alert.entity))
}

/// A silence as muting sees it.
pub fn hush(silence: &Silence) -> Hush<'_> {
    Hush {
        check_id: &silence.check_id,
        entity: &silence.entity,
        reason: &silence.reason,
    }
}

fn hushes(silences: &[Silence], now_ms: i64) -> Vec<Hush<'_>> {
    silences
        .iter()
        .filter(|silence| silence.starts_at <= now_ms && !is_over(silence, now_ms))
        .map(hush)
        .collect()
}

fn by_scope(standing: &[StoredAlert]) -> BTreeMap<&str, Vec<Standing<'_>>> {
    let mut scopes: BTreeMap<&str, Vec<Standing<'_>>> = BTreeMap::new();
    for stored in standing {
        scopes
            .entry(&stored.scope)
            .or_default()
            .push(as_standing(stored));
    }
    scopes
}

fn as_standing(stored: &StoredAlert) -> Standing<'_> {
    Standing {
        id: stored.alert.id,
        check_id: &stored.alert.check_id,
        entity: &stored.alert.entity,
        scope: &stored.scope,
        state: stored.alert.state,
    }
}

fn muted(
    mutes: &Mutes<'_>,
    stored: &StoredAlert,
    of_scope: &BTreeMap<&str, Vec<Standing<'_>>>,
) -> Muted {
    let others = of_scope
        .get(stored.scope.as_str())
        .map_or(&[][..], Vec::as_slice);
    mutes.of(as_standing(stored), others)
}

/// What is pending is not told anyway.
fn is_news(stored: &StoredAlert, muted: &Muted) -> bool {
    let alert = &stored.alert;
    alert.state != AlertState::Pending
        && (alert.silenced != muted.silenced.is_some() || alert.inhibited_by != muted.inhibited_by)
}

/// An alert of before there were incidents.
fn lacks_incident(stored: &StoredAlert) -> bool {
    stored.alert.state != AlertState::Pending && stored.alert.incident_id.is_none()
}

/// A change of nothing but what keeps an alert back.
fn remuted(stored: &StoredAlert, muted: &Muted) -> Changed<'static> {
    let cause = match (&muted.silenced, &muted.inhibited_by) {
        (Some(reason), _) => format!("kept back: {reason}"),
        (None, Some(check_id)) => format!("kept back: {check_id} explains it"),
        (None, None) if is_news(stored, muted) => "no longer kept back".to_owned(),
        (None, None) => stored.alert.summary.clone(),
    };
    Changed {
        from: Some(stored.alert.state),
        severity_before: Some(stored.alert.severity),
        began_to_flap: false,
        handed: None,
        cause,
        actor: ENGINE.to_owned(),
        finding: None,
        stored: stored.clone(),
    }
}

/// Writes one change with what follows from it.
async fn told(
    tx: &mut Tx,
    rules: &RuleBook,
    change: Changed<'_>,
    muted: Option<Muted>,
    now_ms: i64,
) -> Result<AlertEventVm, StoreError> {
    let mut stored = change.stored.clone();
    let was_muted = is_muted(&stored);
    if let Some(muted) = muted.filter(|_| stored.alert.state != AlertState::Pending) {
        stored.alert.silenced = muted.silenced.is_some();
        stored.alert.inhibited_by = muted.inhibited_by;
    }
    stored.alert.updated_at = now_ms;
    let grouped = if stored.alert.state == AlertState::Pending {
        None
    } else {
        group(tx, &mut stored, now_ms).await?
    };
    save_alert(tx, &stored).await?;
    let mut alert = stored.alert.clone();
    alert.title = title(rules, &alert.check_id);
    let event = insert_event(
        tx,
        Transition {
            alert: &alert,
            from: change.from,
            cause: &change.cause,
            actor: &change.actor,
            finding: change.finding,
            at: now_ms,
        },
    )
    .await?;
    let Some(grouped) = grouped else {
        return Ok(event);
    };
    let happenings = happenings(&change, &stored, &grouped, was_muted);
    let mut incident = grouped.incident;
    for kind in happenings {
        tell(
            tx,
            &mut incident,
            &stored,
            kind,
            (&change.cause, &change.actor),
            now_ms,
        )
        .await?;
    }
    if stored.alert.state == AlertState::Resolved {
        end(tx, &mut incident, &stored, now_ms).await?;
    }
    Ok(event)
}

fn is_muted(stored: &StoredAlert) -> bool {
    stored.alert.silenced || stored.alert.inhibited_by.is_some()
}

/// What a change is to its incident.
fn happenings(
    change: &Changed<'_>,
    stored: &StoredAlert,
    grouped: &Grouped,
    was_muted: bool,
) -> Vec<Happening> {
    let is_open = stored.alert.state.is_open();
    let is_worse = change
        .severity_before
        .is_some_and(|before| stored.alert.severity > before);
    let lost =
        change.from == Some(AlertState::Acknowledged) && stored.alert.state == AlertState::Firing;
    let muted = is_muted(stored);
    let joined = grouped.joined.is_some();
    [
        (grouped.joined.unwrap_or(Happening::Joined), joined),
        (
            Happening::Worse,
            is_open
                && grouped.joined != Some(Happening::Opened)
                && (grouped.is_worse || (is_worse && lost)),
        ),
        (Happening::Flapping, change.began_to_flap),
        (Happening::Acknowledged, change.handed == Some(Handed::Over)),
        (
            Happening::Unacknowledged,
            change.handed == Some(Handed::Back),
        ),
        (
            Happening::Silenced,
            is_open && muted && !was_muted && !joined,
        ),
        (
            Happening::Unmuted,
            is_open && was_muted && !muted && !joined,
        ),
        (Happening::AlertResolved, !is_open),
    ]
    .into_iter()
    .filter_map(|(kind, is_so)| is_so.then_some(kind))
    .collect()
}
