//! What is told to open pages: the newest state of everything that moves, and every alert transition.
//!
//! Two promises. State (prices, books, bars, health, runs) may be skipped, never be old: a page that falls behind gets
//! the newest. Alert transitions are never skipped: the database holds them all, the hub keeps the newest 1024 ready
//! and tells that there are more.

mod frame;
mod latest;
mod ring;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use app::{
    live::LiveHealth,
    model::{AlertEventVm, ConsensusVm, FeedVm, LiveEvent, QuoteVm},
};
use axum::body::Bytes;
use tokio::{
    runtime::Handle,
    sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast, watch},
};

pub use frame::frame;
use latest::{Latest, Offer};
use ring::Ring;

use crate::{
    pipeline::{live::stream::meter::Meters, runs::Runs},
    quality::rule::Rules,
};

/// Event streams that may be open at once.
const CLIENTS: usize = 1000;

/// Frames a page may be behind before it gets the newest state instead.
const BACKLOG: usize = 256;

/// Hands what happens to all open event streams; cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    build: String,
    frames: broadcast::Sender<Bytes>,
    latest: Mutex<Latest>,
    ring: Mutex<Ring>,
    newest: watch::Sender<i64>,
    feeds: Mutex<BTreeMap<(String, String), FeedVm>>,
    changed: Notify,
    capacity: usize,
    clients: Arc<Semaphore>,
    runs: Runs,
    rules: Rules,
    meters: Meters,
    replays: Arc<tokio::sync::Mutex<u64>>,
}

impl Hub {
    /// A hub that nobody listens to yet; `build` is the version that pages compare with their own.
    #[must_use]
    pub fn new(build: &str) -> Self {
        Self::with_capacity(build, CLIENTS)
    }

    /// A hub for at most `clients` event streams.
    #[must_use]
    pub fn with_capacity(build: &str, clients: usize) -> Self {
        Self(Arc::new(Inner {
            build: build.to_owned(),
            frames: broadcast::channel(BACKLOG).0,
            latest: Mutex::default(),
            ring: Mutex::default(),
            newest: watch::channel(0).0,
            feeds: Mutex::default(),
            changed: Notify::new(),
            capacity: clients,
            clients: Arc::new(Semaphore::new(clients)),
            runs: Runs::default(),
            rules: Rules::default(),
            meters: Meters::default(),
            replays: Arc::default(),
        }))
    }

    /// Version of this build.
    #[must_use]
    pub fn build(&self) -> &str {
        &self.0.build
    }

    /// Runs of this process, which can be told to stop.
    #[must_use]
    pub fn runs(&self) -> &Runs {
        &self.0.runs
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// Meters of the live streams.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.0.meters
    }

    /// Number of replays so far. Who rebuilds silver holds it meanwhile and counts it up; who writes to silver out of
    /// what it remembers holds it while it writes, and forgets when the number has grown.
    #[must_use]
    pub fn replays(&self) -> &Arc<tokio::sync::Mutex<u64>> {
        &self.0.replays
    }

    /// Tells new state. Quick changes of the same thing are drawn together; the newest is always sent in the end.
    pub fn publish(&self, event: LiveEvent) {
        if let LiveEvent::Alert(event) = event {
            return self.alerts(vec![event]);
        }
        let mut latest = lock(&self.0.latest);
        match latest.offer(event, Instant::now()) {
            Offer::Send(event) => self.send(&event),
            Offer::Merged => {}
            Offer::Later(key, wait) => match Handle::try_current() {
                Ok(runtime) => {
                    let hub = self.clone();
                    runtime.spawn(async move {
                        tokio::time::sleep(wait).await;
                        hub.flush(&key);
                    });
                }
                Err(_) => {
                    if let Some(event) = latest.flush(&key, Instant::now()) {
                        self.send(&event);
                    }
                }
            },
        }
    }

    /// Tells alert transitions. Call it after they were committed: a page that asks the database then finds them.
    pub fn alerts(&self, events: Vec<AlertEventVm>) {
        let Some(newest) = events.iter().map(|event| event.seq).max() else {
            return;
        };
        lock(&self.0.ring).extend(events);
        self.alerts_up_to(newest);
        self.changed();
    }

    /// Tells that the database holds transitions up to `seq`, for instance of another process.
    pub fn alerts_up_to(&self, seq: i64) {
        self.0.newest.send_if_modified(|newest| {
            let more = seq > *newest;
            *newest = seq.max(*newest);
            more
        });
    }

    /// Tells how a live source is.
    pub fn feed(&self, feed: FeedVm) {
        let key = (feed.instrument.clone(), feed.venue.clone());
        let state = (feed.state.clone(), feed.error.clone());
        let before = lock(&self.0.feeds).insert(key, feed);
        if before.is_none_or(|before| (before.state, before.error) != state) {
            self.changed();
        }
    }

    /// Live sources, as last told.
    #[must_use]
    pub fn feeds(&self) -> Vec<FeedVm> {
        lock(&self.0.feeds).values().cloned().collect()
    }

    /// Tells that something was committed, so that health is judged again.
    pub fn changed(&self) {
        self.0.changed.notify_one();
    }

    /// Waits for [`Hub::changed`]; returns at once if it was called since the last wait. For one waiter.
    pub async fn wait_changed(&self) {
        self.0.changed.notified().await;
    }

    /// Open event streams.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.0
            .capacity
            .saturating_sub(self.0.clients.available_permits())
    }

    /// A place for one event stream, kept until it is dropped; `None` when all are taken.
    #[must_use]
    pub fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.clients).try_acquire_owned().ok()
    }

    /// Frames from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Bytes> {
        self.0.frames.subscribe()
    }

    /// Number of the newest transition that was told of since the start, 0 if none.
    #[must_use]
    pub fn subscribe_alerts(&self) -> watch::Receiver<i64> {
        self.0.newest.subscribe()
    }

    /// The newest of everything, as frames.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Bytes> {
        lock(&self.0.latest).events().map(frame).collect()
    }

    /// The newest quote and health, for the first moment of a page. The quote is that of a primary venue where one is
    /// known, so that the price on top does not leap from venue to venue.
    #[must_use]
    pub fn newest(&self) -> (Option<QuoteVm>, Option<LiveHealth>) {
        let primaries: Vec<(bool, String, String)> = self
            .consensus()
            .into_iter()
            .filter_map(|consensus| {
                Some((
                    consensus.simulated,
                    consensus.instrument,
                    consensus.primary?,
                ))
            })
            .collect();
        // real before simulated, then in the order of instruments; what is no primary comes last
        let rank = |quote: &QuoteVm| {
            primaries
                .iter()
                .filter(|(_, instrument, venue)| {
                    *instrument == quote.instrument && *venue == quote.venue
                })
                .map(|(simulated, instrument, _)| (*simulated, instrument.clone()))
                .min()
                .unwrap_or((true, "~".to_owned()))
        };
        let (mut price, mut newest_health) = (None::<QuoteVm>, None);
        for event in lock(&self.0.latest).events() {
            match event {
                LiveEvent::Price(quote)
                    if price.as_ref().is_none_or(|best| {
                        (rank(best), -best.received_at) > (rank(quote), -quote.received_at)
                    }) =>
                {
                    price = Some(quote.clone());
                }
                LiveEvent::Health {
                    at,
                    verdict,
                    layers,
                    feeds,
                    completeness,
                    open_alerts,
                } => {
                    newest_health = Some(LiveHealth {
                        at: *at,
                        verdict: verdict.clone(),
                        layers: layers.clone(),
                        feeds: feeds.clone(),
                        completeness: *completeness,
                        open_alerts: *open_alerts,
                    });
                }
                _ => {}
            }
        }
        (price, newest_health)
    }

    /// What the venues of each instrument agreed on last, in the order of instruments.
    #[must_use]
    pub fn consensus(&self) -> Vec<ConsensusVm> {
        let mut all: Vec<ConsensusVm> = lock(&self.0.latest)
            .events()
            .filter_map(|event| match event {
                LiveEvent::Consensus(consensus) => Some(consensus.clone()),
                _ => None,
            })
            .collect();
        all.sort_by(|a, b| a.instrument.cmp(&b.instrument));
        all
    }

    /// Number of the newest transition told.
    #[must_use]
    pub fn newest_seq(&self) -> i64 {
        *self.0.newest.borrow()
    }

    /// Transitions after `seq` up to `newest` with their numbers; `None` when they have to be read from the database.
    #[must_use]
    pub fn alerts_between(&self, seq: i64, newest: i64) -> Option<Vec<(i64, Bytes)>> {
        lock(&self.0.ring).between(seq, newest)
    }

    fn flush(&self, key: &latest::Key) {
        // sent under the lock: otherwise a newer event could overtake this one
        let mut latest = lock(&self.0.latest);
        if let Some(event) = latest.flush(key, Instant::now()) {
            self.send(&event);
        }
    }

    fn send(&self, event: &LiveEvent) {
        if self.0.frames.receiver_count() > 0 {
            // fails only when the last page has just left
            let _ = self.0.frames.send(frame(event));
        }
    }
}

/// The data behind the locks is replaced as a whole, so a panic of another thread leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
