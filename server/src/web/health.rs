//! Judges health again and again, and tells the pages.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::{backend::StoreBackend, hub::Hub, store::Store};

/// Longest time between two judgements: ages grow even when nothing happens.
const EVERY: Duration = Duration::from_secs(5);
/// Changes within this time are judged together.
const TOGETHER: Duration = Duration::from_millis(250);

/// Judges every five seconds and shortly after every change, until `shutdown` is cancelled.
pub async fn keep_judging(
    backend: StoreBackend,
    store: Store,
    hub: Hub,
    shutdown: CancellationToken,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
            () = hub.wait_changed() => sleep(TOGETHER).await,
        }
        // another process may have acknowledged an alert
        match store.newest_alert_seq().await {
            Ok(seq) => hub.alerts_up_to(seq),
            Err(error) => tracing::warn!(%error, "cannot look for alert transitions"),
        }
        match backend.health().await {
            Ok(health) => hub.publish(health.into_event()),
            Err(error) => tracing::warn!(%error, "cannot judge health"),
        }
    }
}
