//! `GET /events`: one stream of server-sent events for each open page.
//!
//! First `hello`, then the newest state of everything, then the alert transitions the page has missed, then what
//! happens. Only alert transitions have an id; the browser sends the last one when it reconnects.
//!
//! The name of an event is its topic (`app::model::Topic`), its data JSON with that one key:
//!
//! ```text
//! event: trades
//! data: {"trades":{"instrument":"BTC-USD","venue":"kraken","simulated":false,"trades":[{"trade_id":7,…}]}}
//! ```
//!
//! `price`, `bars`, `book`, `consensus`, `health` and `run` are states: the newest counts, others may be skipped, and a
//! new page gets them at once. `trades`, `gap` and `source` happen once and are not repeated: a page reads what was
//! before from its own data.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use app::model::LiveEvent;
use axum::{
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast, watch},
    time::{Interval, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::AppState;
use crate::{
    hub::{Hub, frame},
    store::{Store, StoreError},
};

/// Time between two heartbeats; the page takes silence of 40 s for a lost connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A page that missed more transitions than this loads its data again.
const REPLAY: i64 = 500;

/// Where a page goes on that was rendered or open before.
#[derive(Debug, Deserialize)]
pub struct Resume {
    after: Option<String>,
}

/// Opens a stream.
pub async fn stream(
    State(state): State<AppState>,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Response {
    let Some(place) = state.web.hub.enter() else {
        // any status but 200 would make the browser give up for good
        return response(Body::from("retry: 30000\n\n"));
    };
    // the header is newer: the address still has the number of the page's first load
    let last_id = headers
        .get("last-event-id")
        .map(|id| id.to_str().unwrap_or_default().to_owned())
        .or(resume.after);
    match Page::open(state, last_id, place).await {
        Ok(page) => response(Body::from_stream(stream::unfold(page, Page::next))),
        Err(error) => {
            tracing::warn!(%error, "cannot open an event stream");
            response(Body::from("retry: 5000\n\n"))
        }
    }
}

fn response(body: Body) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-transform"),
        ),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    (headers, body).into_response()
}

/// One open page.
struct Page {
    hub: Hub,
    store: Store,
    shutdown: CancellationToken,
    queue: VecDeque<Bytes>,
    frames: broadcast::Receiver<Bytes>,
    newest: watch::Receiver<i64>,
    /// Number of the last transition that was queued.
    last_seq: i64,
    heartbeat: Interval,
    over: bool,
    _place: OwnedSemaphorePermit,
}

impl Page {
    async fn open(
        state: AppState,
        last_id: Option<String>,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, StoreError> {
        let AppState { web, shutdown, .. } = state;
        // listening begins before anything is read, so that nothing falls between
        let frames = web.hub.subscribe();
        let newest = web.hub.subscribe_alerts();
        let seq = web.store.newest_alert_seq().await?;
        let mut heartbeat = interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut page = Self {
            queue: VecDeque::from([
                Bytes::from_static(b"retry: 3000\n\n"),
                frame(&LiveEvent::Hello {
                    server_now: web.clock.now_ms(),
                    build: web.hub.build().to_owned(),
                    seq,
                }),
            ]),
            hub: web.hub,
            store: web.store,
            shutdown,
            frames,
            newest,
            last_seq: seq,
            heartbeat,
            over: false,
            _place: place,
        };
        page.queue.extend(page.hub.snapshot());
        if let Some(id) = last_id {
            page.replay(&id, seq).await?;
        }
        Ok(page)
    }

    /// Queues the transitions after `id`, or asks the page to load again when that number means nothing here.
    async fn replay(&mut self, id: &str, seq: i64) -> Result<(), StoreError> {
        let after = id.trim().parse::<i64>().ok();
        let Some(after) = after.filter(|after| (0..=seq).contains(after)) else {
            self.queue.push_back(frame(&LiveEvent::Reset));
            return Ok(());
        };
        let missed = self.store.alert_events_after(after, REPLAY + 1).await?;
        if missed.len() > usize::try_from(REPLAY).unwrap_or(usize::MAX) {
            self.queue.push_back(frame(&LiveEvent::Reset));
            return Ok(());
        }
        for event in missed {
            self.last_seq = self.last_seq.max(event.seq);
            self.queue.push_back(frame(&LiveEvent::Alert(event)));
        }
        Ok(())
    }

    /// Queues the transitions up to the newest; from the database where the hub does not have them all.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        let newest = *self.newest.borrow_and_update();
        if newest <= self.last_seq {
            return Ok(());
        }
        if let Some(frames) = self.hub.alerts_between(self.last_seq, newest) {
            for (seq, frame) in frames {
                self.last_seq = seq;
                self.queue.push_back(frame);
            }
            return Ok(());
        }
        loop {
            let events = self.store.alert_events_after(self.last_seq, REPLAY).await?;
            let full = events.len() >= usize::try_from(REPLAY).unwrap_or(usize::MAX);
            for event in events {
                self.last_seq = event.seq;
                self.queue.push_back(frame(&LiveEvent::Alert(event)));
            }
            if !full {
                return Ok(());
            }
        }
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if let Some(frame) = self.queue.pop_front() {
                return Some((Ok(frame), self));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.wait().await {
                // the page reconnects and says what it saw last
                tracing::warn!(%error, "an event stream ends early");
                return None;
            }
        }
    }

    async fn wait(&mut self) -> Result<(), StoreError> {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => {
                self.queue.push_back(frame(&LiveEvent::Bye));
                self.over = true;
            }
            _ = self.newest.changed() => self.catch_up().await?,
            received = self.frames.recv() => match received {
                Ok(frame) => self.queue.push_back(frame),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.frames = self.frames.resubscribe();
                    self.queue.extend(self.hub.snapshot());
                }
                Err(broadcast::error::RecvError::Closed) => self.over = true,
            },
            _ = self.heartbeat.tick() => self.queue.push_back(frame(&LiveEvent::Hb)),
        }
        Ok(())
    }
}
