//! What is left open of feeds that are no longer run: nobody would ever judge it again.

use crate::{
    pipeline::Engine,
    store::{alert::resolve_gone, check::forget_gone},
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
    let events = resolve_gone(&mut tx, running, CAUSE, now_ms).await?;
    forget_gone(&mut tx, running, CAUSE, now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    engine.hub.changed();
    Ok(())
}
