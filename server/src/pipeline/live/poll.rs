//! Asking one venue in rounds: ticker, candles, book.

use app::model::{Dataset, Outcome};
use tokio_util::sync::CancellationToken;

use super::{
    answer::{Taken, land_refusal, take_answer},
    feed::{Feed, FeedStatus, Venue},
    heal::Healer,
    publish::publish,
    watchdog::Watchdog,
};
use crate::{
    pipeline::{Engine, judge::record},
    quality::{alert::Patience, feed},
    source::{
        Answer, Backoff, BackoffConfig, FetchError, HttpConfig, HttpSource,
        binance::requests::Requests,
    },
    store::Names,
};

/// Levels a side that are asked for: enough for 50 basis points and 100,000 in quote currency.
const DEPTH_LEVELS: u32 = 500;

/// Polls one venue.
#[derive(Debug)]
pub struct Poller {
    engine: Engine,
    feed: Feed,
    http: HttpSource,
    backoff: Backoff,
    healer: Healer,
    names: Option<Names>,
}

/// Why a round failed.
struct Failure {
    words: String,
    fetch: Option<FetchError>,
}

impl Poller {
    /// A poller that has asked nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(engine: Engine, venue: Venue) -> anyhow::Result<Self> {
        let http = http_config(&engine, &venue);
        Self::with_http(engine, venue, &http)
    }

    /// The same with other bounds of a request.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn with_http(engine: Engine, venue: Venue, http: &HttpConfig) -> anyhow::Result<Self> {
        let now_ms = engine.clock.now_ms();
        let http = HttpSource::new(http, engine.clock.clone())?;
        let poller = Self {
            backoff: Backoff::new(backoff_config(&venue), now_ms.cast_unsigned()),
            healer: Healer::default(),
            feed: Feed::new(venue, now_ms),
            names: None,
            engine,
            http,
        };
        poller.feed.status.change(&poller.engine, |_| ());
        Ok(poller)
    }

    /// What notices when this poller hears nothing.
    #[must_use]
    pub fn watchdog(&self) -> Watchdog {
        Watchdog::new(self.engine.clone(), &self.feed)
    }

    /// How the feed is.
    #[must_use]
    pub fn status(&self) -> FeedStatus {
        self.feed.status.clone()
    }

    /// Polls until told to stop, even in the middle of a request.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let pause_ms = tokio::select! {
                () = stop.cancelled() => return,
                pause_ms = self.round() => pause_ms,
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.engine.clock.wait_of(pause_ms)) => {}
            }
        }
    }

    /// Asks everything once; gives the pause before the next round in milliseconds of the engine's clock.
    pub async fn round(&mut self) -> i64 {
        let began_at = self.now_ms();
        self.feed.status.work_begins(began_at);
        let asked = self.ask().await;
        let pause_ms = match asked {
            Ok(()) => self.went_well(began_at),
            Err(failure) => self.went_wrong(&failure),
        };
        let view = self.feed.status.get();
        let outcome = feed::http(
            &self.feed.entity,
            i64::from(self.backoff.failures()),
            view.state == "blocked",
            &view.error,
        );
        let patience = self.feed.patience();
        if let Err(error) = judge(&self.engine, patience, &[outcome]).await {
            tracing::error!(error = format!("{error:#}"), "a result could not be stored");
        }
        self.feed.status.work_ends(self.now_ms());
        pause_ms
    }

    fn now_ms(&self) -> i64 {
        self.engine.clock.now_ms()
    }

    fn went_well(&mut self, began_at: i64) -> i64 {
        self.backoff.valid_data();
        let (now_ms, interval_ms) = (self.now_ms(), self.feed.venue.interval_ms);
        // the clock may have been set back meanwhile
        let pause_ms = (began_at + interval_ms - now_ms).clamp(0, interval_ms);
        self.feed.status.change(&self.engine, |view| {
            "ok".clone_into(&mut view.state);
            view.error.clear();
            view.next_at = Some(now_ms + pause_ms);
            view.polls += 1;
        });
        pause_ms
    }

    fn went_wrong(&mut self, failure: &Failure) -> i64 {
        let pause_ms = match &failure.fetch {
            Some(error) => self.backoff.failed_with(error),
            None => self.backoff.failed(None),
        };
        let is_blocked = failure.fetch.as_ref().is_some_and(FetchError::is_blocked);
        let now_ms = self.now_ms();
        self.feed.status.change(&self.engine, |view| {
            (if is_blocked { "blocked" } else { "backing off" }).clone_into(&mut view.state);
            view.error.clone_from(&failure.words);
            view.next_at = Some(now_ms.saturating_add(pause_ms));
            view.polls += 1;
            view.errors += 1;
        });
        tracing::warn!(
            venue = self.feed.venue.name,
            pause_ms,
            error = failure.words,
            "a poll failed"
        );
        pause_ms
    }

    /// Three questions; the first that is not answered ends the round.
    async fn ask(&mut self) -> Result<(), Failure> {
        let names = self.names().await.map_err(|error| own_fault(&error))?;
        let limit = self
            .healer
            .limit(&self.engine, names)
            .await
            .map_err(|error| own_fault(&error.into()))?;
        let requests = Requests::new(&self.feed.venue.base_url, &self.feed.venue.symbol);
        let questions = [
            (Dataset::Quote, requests.ticker_24h()),
            (Dataset::Candle, requests.klines("1m", limit, None)),
            (Dataset::Book, requests.depth(DEPTH_LEVELS)),
        ];
        let mut broken = None;
        for (dataset, url) in questions {
            let answer = self.get(dataset, &url).await?;
            let taken = self.take(dataset, &answer, names).await?;
            broken = broken.or(taken);
        }
        // an answer out of shape is a failure like any other: only valid data resets the pauses
        broken.map_or(Ok(()), |words| Err(Failure { words, fetch: None }))
    }

    async fn names(&mut self) -> anyhow::Result<Names> {
        if let Some(names) = self.names {
            return Ok(names);
        }
        let Venue {
            instrument, name, ..
        } = &self.feed.venue;
        let names = self.engine.store.names(instrument, name).await?;
        self.names = Some(names);
        Ok(names)
    }

    async fn get(&self, dataset: Dataset, url: &str) -> Result<Answer, Failure> {
        let status = &self.feed.status;
        status.work_ends(self.now_ms());
        let answer = self.http.get(url).await;
        status.work_begins(self.now_ms());
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let words = error.to_string();
        if let Some(answer) = error.answer() {
            land_refusal(&self.engine, &self.feed, dataset, answer, &words)
                .await
                .map_err(|error| own_fault(&error))?;
        }
        Err(Failure {
            words,
            fetch: Some(error),
        })
    }

    /// Takes an answer; gives why it is of no use, if so.
    async fn take(
        &mut self,
        dataset: Dataset,
        answer: &Answer,
        names: Names,
    ) -> Result<Option<String>, Failure> {
        let mut taken: Taken = take_answer(&self.engine, &mut self.feed, dataset, answer)
            .await
            .map_err(|error| own_fault(&error))?;
        if let Some(served) = taken.served.take() {
            self.healer.answered(&served, self.now_ms());
        }
        let broken = taken.broken.take();
        if broken.is_none() {
            self.feed.status.heard(answer.received_at_ms);
        }
        publish(&self.engine, &self.feed, names, taken).await;
        Ok(broken)
    }
}

fn http_config(engine: &Engine, venue: &Venue) -> HttpConfig {
    let default = HttpConfig::default();
    // a venue that is asked every second must not hold a round for fifteen
    let patience_ms = venue.interval_ms.saturating_mul(2).clamp(2_000, 15_000);
    HttpConfig {
        total_timeout: default
            .total_timeout
            .min(engine.clock.wait_of(patience_ms).max(MIN_TIMEOUT)),
        ..default
    }
}

/// However fast simulated time runs, an answer needs some real time.
const MIN_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

fn backoff_config(venue: &Venue) -> BackoffConfig {
    let default = BackoffConfig::default();
    // nobody is to be spared on loopback: a fault that is switched off should be over soon
    if venue.simulated {
        BackoffConfig {
            cap_ms: venue.interval_ms.max(2_000),
            blocked_ms: venue.interval_ms.max(2_000),
            ..default
        }
    } else {
        default
    }
}

/// Stores results about a feed and tells of alerts.
pub(super) async fn judge(
    engine: &Engine,
    patience: Patience,
    outcomes: &[Outcome],
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    let events = record(&mut tx, outcomes, None, patience, engine.clock.now_ms()).await?;
    tx.commit().await?;
    if !events.is_empty() {
        engine.hub.alerts(events);
    }
    Ok(())
}

fn own_fault(error: &anyhow::Error) -> Failure {
    tracing::error!(
        error = format!("{error:#}"),
        "an answer could not be stored"
    );
    Failure {
        words: format!("assay could not store an answer: {error:#}"),
        fetch: None,
    }
}
