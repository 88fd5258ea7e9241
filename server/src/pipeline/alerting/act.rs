//! What operators do: take alerts and give them back, say what an incident was, keep notices back.

use app::model::{AlertEventVm, AlertState, Opinion};

use super::{
    change::{Changed, Handed, open_of},
    settle::{Reach, hush, settle},
};
use crate::{
    pipeline::Engine,
    quality::alert::{acknowledge, replay::ENGINE, unacknowledge},
    store::{
        StoreError, Tx,
        alert::{alert_of, all_open_alerts},
        incident::{Happening, NewIncidentEvent, incident_of, insert_incident_event, set_opinion},
        silence::{Silence, end_silence, insert_silence},
    },
};

/// Longest name of a person, in bytes.
const MAX_NAME: usize = 100;
/// Longest pattern and reason, in bytes.
const MAX_TEXT: usize = 1000;
/// Silences that may hold at once.
const MAX_SILENCES: usize = 500;
/// Longest silence: a year.
const MAX_SILENCE_MS: i64 = 366 * app::model::DAY_MS;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// It cannot be done now.
    #[error("{0}")]
    Refused(String),
    /// What was asked for means nothing.
    #[error("{0}")]
    Wrong(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ActError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Takes an alert: it is told no more until it is resolved or gets worse.
///
/// # Errors
/// When there is none of that number, it is pending or resolved, or the database fails.
pub async fn take(engine: &Engine, id: i64, by: &str) -> Result<AlertEventVm, ActError> {
    hand(engine, id, by, Handed::Over).await
}

/// Gives an alert back.
///
/// # Errors
/// When there is none of that number, nobody had taken it, it is resolved, or the database fails.
pub async fn give_back(engine: &Engine, id: i64, by: &str) -> Result<AlertEventVm, ActError> {
    hand(engine, id, by, Handed::Back).await
}

/// Takes an alert or gives it back.
///
/// # Errors
/// As [`take`] and [`give_back`].
pub async fn hand(
    engine: &Engine,
    id: i64,
    by: &str,
    handed: Handed,
) -> Result<AlertEventVm, ActError> {
    let actor = actor(by)?;
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let mut stored = alert_of(&mut tx, id)
        .await?
        .ok_or_else(|| ActError::NotFound(format!("alert {id}")))?;
    let open = open_of(&stored);
    let (change, cause) = match handed {
        Handed::Over => (acknowledge(open), "acknowledged"),
        Handed::Back => (unacknowledge(open), "acknowledgement taken back"),
    };
    let change = change.map_err(|refused| ActError::Refused(format!("alert {id}: {refused}")))?;
    let holder = (handed == Handed::Over).then(|| actor.clone());
    stored.acknowledged_severity = holder.as_ref().map(|_| stored.alert.severity);
    stored.alert.acknowledged_by = holder;
    let change = Changed {
        handed: Some(handed),
        actor,
        ..Changed::by_step(stored, change, cause, now_ms)
    };
    let rules = engine.hub.rules().now();
    let events = settle(&mut tx, &rules, vec![change], Reach::Changed, now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events.clone());
    events
        .into_iter()
        .find(|event| event.alert.id == id)
        .ok_or_else(|| ActError::NotFound(format!("transition of alert {id}")))
}

/// Says what an incident was; `None` takes that back.
///
/// # Errors
/// When there is no incident of that number, or the database fails.
pub async fn say(
    engine: &Engine,
    incident_id: i64,
    opinion: Option<Opinion>,
    by: &str,
) -> Result<(), ActError> {
    let actor = actor(by)?;
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let incident = incident_of(&mut tx, incident_id)
        .await?
        .ok_or_else(|| ActError::NotFound(format!("incident {incident_id}")))?;
    // who took it back is in the event; nobody holds an opinion then
    let holder = if opinion.is_some() {
        actor.as_str()
    } else {
        ""
    };
    set_opinion(&mut tx, incident_id, opinion, holder, now_ms).await?;
    let cause = match opinion {
        Some(Opinion::Confirmed) => "confirmed: something was wrong with the data",
        Some(Opinion::FalseAlarm) => "false alarm: nothing was wrong with the data",
        None => "opinion taken back",
    };
    insert_incident_event(
        &mut tx,
        NewIncidentEvent {
            incident_id,
            at: now_ms,
            kind: Happening::Opinion,
            severity: incident.severity,
            cause,
            actor: &actor,
            alert_id: None,
            muted: true,
        },
    )
    .await?;
    tx.commit().await?;
    engine.hub.changed();
    Ok(())
}

/// A silence that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Check, or a pattern with `*`.
    pub check_id: String,
    /// Entity, or a pattern with `*`.
    pub entity: String,
    /// Why.
    pub reason: String,
    /// For how long; `None`: until what it mutes is resolved.
    pub for_ms: Option<i64>,
}

/// Keeps notices back from now on; gives the silence and how many open alerts it mutes.
///
/// # Errors
/// When a text is empty or too long, it is to end with alerts of which there are none, too many silences hold, or the
/// database fails.
pub async fn silence(
    engine: &Engine,
    wanted: Wanted,
    by: &str,
) -> Result<(Silence, i64), ActError> {
    let actor = actor(by)?;
    for (name, text) in [
        ("check", &wanted.check_id),
        ("entity", &wanted.entity),
        ("reason", &wanted.reason),
    ] {
        if text.trim().is_empty() || text.len() > MAX_TEXT || text.chars().any(char::is_control) {
            return Err(ActError::Wrong(format!(
                "{name} must have 1 to {MAX_TEXT} characters and no control characters"
            )));
        }
    }
    if wanted
        .for_ms
        .is_some_and(|for_ms| !(1..=MAX_SILENCE_MS).contains(&for_ms))
    {
        return Err(ActError::Wrong(
            "a silence lasts a minute to a year".to_owned(),
        ));
    }
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let mut silence = Silence {
        id: 0,
        check_id: wanted.check_id,
        entity: wanted.entity,
        reason: wanted.reason,
        actor,
        starts_at: now_ms,
        ends_at: wanted.for_ms.map(|for_ms| now_ms.saturating_add(for_ms)),
        ended_at: None,
    };
    let muted = muted_by(&mut tx, &silence).await?;
    if muted == 0 && silence.ends_at.is_none() {
        return Err(ActError::Refused(
            "no open alert fits: a silence until it is resolved would never end; give it a time"
                .to_owned(),
        ));
    }
    if crate::store::silence::held_silences(&mut tx).await?.len() >= MAX_SILENCES {
        return Err(ActError::Refused(format!(
            "{MAX_SILENCES} silences hold: end some, or use a pattern such as candle.*"
        )));
    }
    silence.id = insert_silence(&mut tx, &silence).await?;
    remute(engine, tx, now_ms).await?;
    Ok((silence, muted))
}

/// Ends a silence.
///
/// # Errors
/// When none of that number holds, or the database fails.
pub async fn unsilence(engine: &Engine, id: i64) -> Result<(), ActError> {
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    if !end_silence(&mut tx, id, now_ms).await? {
        return Err(ActError::NotFound(format!("silence {id} that holds")));
    }
    remute(engine, tx, now_ms).await
}

/// Looks at the mutes of all alerts, commits and tells.
async fn remute(engine: &Engine, mut tx: Tx, now_ms: i64) -> Result<(), ActError> {
    let rules = engine.hub.rules().now();
    let events = settle(&mut tx, &rules, Vec::new(), Reach::All, now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    engine.hub.changed();
    Ok(())
}

async fn muted_by(tx: &mut Tx, silence: &Silence) -> Result<i64, StoreError> {
    let open = all_open_alerts(tx).await?;
    let fits = open.iter().filter(|stored| {
        stored.alert.state != AlertState::Pending
            && hush(silence).is_for(&stored.alert.check_id, &stored.alert.entity)
    });
    Ok(i64::try_from(fits.count()).unwrap_or(i64::MAX))
}

/// A name that can stand in the history.
fn actor(by: &str) -> Result<String, ActError> {
    let by = by.trim();
    if by.is_empty() || by.len() > MAX_NAME || by.chars().any(char::is_control) || by == ENGINE {
        return Err(ActError::Wrong(format!(
            "the name of who does it must have 1 to {MAX_NAME} characters and not be {ENGINE:?}"
        )));
    }
    Ok(by.to_owned())
}
