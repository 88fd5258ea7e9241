//! Noticing silence: a feed that hangs cannot report itself.

use std::time::Duration;

use app::model::CheckState;
use tokio_util::sync::CancellationToken;

use super::{
    feed::{Feed, FeedStatus, patience},
    poll::judge,
};
use crate::{pipeline::Engine, quality::feed::silence};

/// How often silence is looked for.
const EVERY: Duration = Duration::from_secs(1);
/// A look that comes later than this says that the machine slept or its clock was set: nobody could listen.
const UNATTENDED: Duration = Duration::from_secs(5);
/// A result that says the same is stored this often.
const REPEAT_MS: i64 = 10_000;

/// Judges the silence of one feed.
#[derive(Debug)]
pub struct Watchdog {
    engine: Engine,
    entity: String,
    interval_ms: i64,
    status: FeedStatus,
    before: Option<(CheckState, i64)>,
}

impl Watchdog {
    pub(super) fn new(engine: Engine, feed: &Feed) -> Self {
        Self {
            engine,
            entity: feed.entity.clone(),
            interval_ms: feed.venue.interval_ms,
            status: feed.status.clone(),
            before: None,
        }
    }

    /// Looks each second until told to stop.
    pub async fn watch(mut self, stop: CancellationToken) {
        let clock = self.engine.clock.clone();
        loop {
            let before = clock.now_ms();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let unattended = clock.now_ms() - before - clock.ms_of(EVERY);
            if unattended > clock.ms_of(UNATTENDED) {
                self.status.excuse(unattended);
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.look() => {}
            }
        }
    }

    /// Looks once.
    pub async fn look(&mut self) {
        let now_ms = self.engine.clock.now_ms();
        let heard_at = self.status.heard_at(now_ms);
        let outcome = silence(&self.entity, heard_at, self.interval_ms, now_ms);
        let state = outcome.state;
        let is_old = |(said, at)| said != state || now_ms - at >= REPEAT_MS;
        if !self.before.is_none_or(is_old) {
            return;
        }
        match judge(&self.engine, patience(self.interval_ms), &[outcome]).await {
            Ok(()) => self.before = Some((state, now_ms)),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "silence could not be stored");
            }
        }
    }
}
