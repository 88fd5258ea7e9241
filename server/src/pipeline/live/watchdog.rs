//! Noticing silence: a feed that hangs cannot report itself.

use std::time::Duration;

use app::model::CheckState;
use tokio_util::sync::CancellationToken;

use super::poll::{Feed, judge};
use crate::{pipeline::Engine, quality::feed::silence};

/// How often silence is looked for.
const EVERY: Duration = Duration::from_secs(1);
/// A result that says the same is stored this often.
const REPEAT_MS: i64 = 10_000;

/// Judges a feed's silence until told to stop. `feed` shares the status of the feed that is polled.
pub async fn watch(engine: Engine, feed: Feed, stop: CancellationToken) {
    let started_at = engine.clock.now_ms();
    let mut before: Option<(CheckState, i64)> = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now_ms = engine.clock.now_ms();
        let heard_at = feed.status.get().last_ok_at.unwrap_or(started_at);
        let outcome = silence(&feed.entity, heard_at, feed.venue.interval_ms, now_ms);
        let is_news =
            before.is_none_or(|(state, at)| state != outcome.state || now_ms - at >= REPEAT_MS);
        if is_news {
            before = Some((outcome.state, now_ms));
            if let Err(error) = judge(&engine, &feed, &[outcome]).await {
                tracing::error!(error = format!("{error:#}"), "silence could not be stored");
            }
        }
    }
}
