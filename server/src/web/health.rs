//! Judges health again and again, and tells the pages.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{backend::StoreBackend, hub::Hub, store::Store};

/// Longest time between two judgements: ages grow even when nothing happens.
const EVERY: Duration = Duration::from_secs(5);
/// Changes within this time are judged together.
const TOGETHER: Duration = Duration::from_millis(250);
/// Shortest time between two judgements: streams change something many times a second.
const APART: Duration = Duration::from_secs(1);

/// Judges every five seconds and shortly after every change, at most once a second, until `shutdown` is cancelled.
pub async fn keep_judging(
    backend: StoreBackend,
    store: Store,
    hub: Hub,
    shutdown: CancellationToken,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut next_at = Instant::now();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
            () = hub.wait_changed() => sleep_until(next_at.max(Instant::now() + TOGETHER)).await,
        }
        next_at = Instant::now() + APART;
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
