//! Noticing silence: a feed that hangs cannot report itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::model::{CheckState, Outcome};
use tokio_util::sync::CancellationToken;

use super::{
    feed::{Feed, FeedStatus, patience},
    poll::judge,
    stream::meter::Meter,
};
use crate::{
    pipeline::Engine,
    quality::{
        alert::Patience,
        feed::{self, StreamState, silence},
        rule::RuleBook,
    },
};

/// How often silence is looked for.
const EVERY: Duration = Duration::from_secs(1);
/// A look that comes later than this says that the machine slept or its clock was set: nobody could listen.
const UNATTENDED: Duration = Duration::from_secs(5);
/// A result that says the same is stored this often.
const REPEAT_MS: i64 = 10_000;

/// A live alert of a stream is over when the rule has held for so long.
const STREAM_PATIENCE: Patience = Patience {
    for_ms: 0,
    keep_firing_ms: 10_000,
};

/// Judges the silence of one feed, and its stream.
#[derive(Debug)]
pub struct Watchdog {
    engine: Engine,
    entity: String,
    interval_ms: i64,
    status: FeedStatus,
    meter: Arc<Meter>,
    /// When the stream was well last.
    well_at: i64,
    before: HashMap<&'static str, (CheckState, i64)>,
}

impl Watchdog {
    pub(super) fn new(engine: Engine, feed: &Feed) -> Self {
        let source = &feed.source;
        let speed = engine.clock.speed();
        Self {
            entity: feed.entity.clone(),
            interval_ms: source.interval_ms,
            status: feed.status.clone(),
            meter: engine
                .hub
                .meters()
                .of(&source.instrument, &source.name, speed),
            well_at: engine.clock.now_ms(),
            before: HashMap::new(),
            engine,
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
        let is_streaming = self.status.is_streaming();
        // what streams is judged by the second, what is polled by its interval
        let interval_ms = if is_streaming { 0 } else { self.interval_ms };
        let heard_at = self.status.heard_at(now_ms);
        let rules = self.engine.hub.rules().now();
        let silent = rules.enabled("feed.silence");
        let mut outcomes: Vec<Outcome> = silent
            .map(|rule| silence(rule, &self.entity, heard_at, interval_ms, now_ms))
            .into_iter()
            .collect();
        outcomes.extend(self.stream(&rules, is_streaming, now_ms));
        outcomes.retain(|outcome| {
            let before = self.before.get(outcome.check_id);
            before.is_none_or(|(said, at)| *said != outcome.state || now_ms - at >= REPEAT_MS)
        });
        if outcomes.is_empty() {
            return;
        }
        let patience = if is_streaming {
            STREAM_PATIENCE
        } else {
            patience(self.interval_ms)
        };
        match judge(&self.engine, patience, &outcomes).await {
            Ok(()) => {
                let said = outcomes.iter().map(|o| (o.check_id, (o.state, now_ms)));
                self.before.extend(said);
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "silence could not be stored");
            }
        }
    }

    /// What there is to say of the stream, where there is one.
    fn stream(&mut self, rules: &RuleBook, is_streaming: bool, now_ms: i64) -> Vec<Outcome> {
        let Some(stream) = self.status.get().stream else {
            return Vec::new();
        };
        if is_streaming {
            self.well_at = now_ms;
        }
        let how = StreamState {
            is_well: is_streaming,
            blocked: stream.state == "blocked",
            well_at: self.well_at,
            error: &stream.error,
        };
        let mut outcomes: Vec<Outcome> = rules
            .enabled("feed.stream")
            .map(|rule| feed::stream(rule, &self.entity, how, now_ms))
            .into_iter()
            .collect();
        if let (Some(rule), Some(at)) = (
            rules.enabled("feed.freshness"),
            self.meter.view(now_ms).exchange_at.filter(|_| is_streaming),
        ) {
            outcomes.push(feed::freshness(rule, &self.entity, at, 0, now_ms));
        }
        outcomes
    }
}
