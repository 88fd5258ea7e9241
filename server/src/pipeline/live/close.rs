//! What is left open of feeds that are no longer run: nobody would ever judge it again.

use app::model::AlertState;

use crate::{
    pipeline::{
        Engine,
        alerting::{
            change::{Changed, open_of},
            settle::{Reach, settle},
        },
    },
    quality::alert::Move,
    store::{alert::gone_alerts, check::forget_gone},
};

/// Why an alert is over although its rule was never seen to hold.
const CAUSE: &str = "the feed is no longer run";

/// Resolves the open alerts of live feeds other than `running`, and takes their results back.
///
/// # Errors
/// When the database fails.
pub async fn close_others(engine: &Engine, running: &[String]) -> anyhow::Result<()> {
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let changes = gone_alerts(&mut tx, running)
        .await?
        .into_iter()
        .map(|stored| {
            let open = open_of(&stored);
            let change = Move::new(Some(open.state), AlertState::Resolved, open.severity);
            Changed::by_step(stored, change, CAUSE, now_ms)
        })
        .collect();
    let rules = engine.hub.rules().now();
    let events = settle(&mut tx, &rules, changes, Reach::Changed, now_ms).await?;
    forget_gone(&mut tx, running, CAUSE, now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    engine.hub.changed();
    Ok(())
}
