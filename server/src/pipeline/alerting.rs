//! Alerts beyond single results: what time brings about, incidents, silences, and what people do with them.
//!
//! `change` takes single alerts further, `settle` writes what follows from that, `group` keeps incidents, `act` does what
//! operators ask for. The duty here looks every second.

pub mod act;
pub mod change;
mod group;
pub mod settle;

use std::time::Duration;

use app::model::{AlertEventVm, AlertState};
use tokio_util::sync::CancellationToken;

use self::{
    change::{Changed, open_of, patience_of},
    settle::{Reach, is_due, settle},
};
use super::Engine;
use crate::{
    quality::{
        alert::{self, Move},
        rule::RuleBook,
    },
    store::{
        StoreError,
        alert::{StoredAlert, all_open_alerts},
    },
};

/// How often the time is looked at, by the engine's clock.
const EVERY_MS: i64 = 1_000;
/// However fast simulated time runs, looks are so far apart in real time.
const APART: Duration = Duration::from_millis(100);

/// Looks every second, and when alerts change, until told to stop.
pub async fn run(engine: Engine, stop: CancellationToken) {
    let mut told = engine.hub.subscribe_alerts();
    loop {
        if let Err(error) = tick(&engine).await {
            tracing::error!(%error, "alerts could not be taken further");
        }
        told.mark_unchanged();
        let every = engine.clock.wait_of(EVERY_MS).max(APART);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
            changed = told.changed() => {
                if changed.is_err() {
                    return;
                }
                tokio::time::sleep(APART).await;
            }
        }
    }
}

/// What time alone brings about: waiting times that have passed, silences that end, windows that begin; and the end of
/// alerts whose rules are gone. Gives the transitions, which were told.
///
/// # Errors
/// When the database fails.
pub async fn tick(engine: &Engine) -> Result<Vec<AlertEventVm>, StoreError> {
    let now_ms = engine.clock.now_ms();
    let rules = engine.hub.rules().now();
    let standing = engine.store.standing_alerts().await?;
    let silences = engine.store.silences().await?;
    let moves = |stored: &StoredAlert| {
        withdrawn(&rules, stored)
            .or_else(|| alert::tick(open_of(stored), patience_of(stored), now_ms))
    };
    let is_quiet = standing.iter().all(|stored| moves(stored).is_none());
    if is_quiet && !is_due(&standing, &silences, &rules, now_ms) {
        return Ok(Vec::new());
    }
    // read again: another writer may have been quicker
    let mut tx = engine.store.begin().await?;
    let changes = all_open_alerts(&mut tx)
        .await?
        .into_iter()
        .filter_map(|stored| {
            let (change, cause) = moves(&stored)?;
            Some(Changed::by_step(stored, change, cause, now_ms))
        })
        .collect();
    let events = settle(&mut tx, &rules, changes, Reach::All, now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events.clone());
    engine.hub.changed();
    Ok(events)
}

/// The end of an alert whose rule was taken away or switched off: no result would ever end it.
fn withdrawn(rules: &RuleBook, stored: &StoredAlert) -> Option<(Move, &'static str)> {
    let alert = &stored.alert;
    if rules.enabled(&alert.check_id).is_some() {
        return None;
    }
    let over = Move::new(Some(alert.state), AlertState::Resolved, alert.severity);
    Some((over, "its rule was taken away or switched off"))
}
