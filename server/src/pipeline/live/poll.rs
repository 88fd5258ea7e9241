//! Asking one venue in rounds: ticker, candles, book.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::model::{Dataset, FeedVm};
use tokio_util::sync::CancellationToken;

use super::{
    answer::{Taken, land_refusal, take_answer},
    heal::Healer,
    publish::publish,
};
use crate::{
    pipeline::{Engine, judge::record},
    quality::{alert::Patience, feed},
    source::{
        Backoff, BackoffConfig, FetchError, HttpConfig, HttpSource, binance::requests::Requests,
    },
    store::Landing,
};

/// Levels a side that are asked for: enough for 50 basis points and 100,000 in quote currency.
const DEPTH_LEVELS: u32 = 500;

/// A venue to poll.
#[derive(Debug, Clone)]
pub struct Venue {
    /// `binance`, `simulator`
    pub name: String,
    /// Instrument its symbol stands for.
    pub instrument: String,
    /// Symbol at the venue.
    pub symbol: String,
    /// Base URL of its REST interface.
    pub base_url: String,
    /// Time between two rounds.
    pub interval_ms: i64,
    /// Never real prices.
    pub simulated: bool,
}

/// Equal prices in a row.
#[derive(Debug, Clone, Copy)]
pub struct EqualPrices {
    /// Quotes that say the same.
    pub run: i64,
    /// When the first of them came.
    pub since: i64,
    last: f64,
}

/// How a feed is, shared with its watchdog.
#[derive(Debug, Clone)]
pub struct FeedStatus(Arc<Mutex<FeedVm>>);

impl FeedStatus {
    fn new(venue: &Venue) -> Self {
        Self(Arc::new(Mutex::new(FeedVm {
            venue: venue.name.clone(),
            instrument: venue.instrument.clone(),
            simulated: venue.simulated,
            state: "starting".to_owned(),
            error: String::new(),
            last_ok_at: None,
            next_at: None,
            polls: 0,
            errors: 0,
        })))
    }

    /// As it is now.
    #[must_use]
    pub fn get(&self) -> FeedVm {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, engine: &Engine, change: impl FnOnce(&mut FeedVm)) {
        let now = {
            let mut status = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut status);
            status.clone()
        };
        engine.hub.feed(now);
        engine.hub.changed();
    }
}

/// A venue on its way through the pipeline.
#[derive(Debug)]
pub struct Feed {
    /// The venue.
    pub venue: Venue,
    /// What its checks judge: `BTC-USDT/binance/live`.
    pub entity: String,
    /// How it is.
    pub status: FeedStatus,
    equal: Option<EqualPrices>,
}

impl Feed {
    /// A feed that has heard nothing.
    #[must_use]
    pub fn new(venue: Venue) -> Self {
        let entity = format!("{}/{}/live", venue.instrument, venue.name);
        let status = FeedStatus::new(&venue);
        Self {
            venue,
            entity,
            status,
            equal: None,
        }
    }

    /// The feed that brought a landing.
    #[must_use]
    pub fn replayed(landing: &Landing) -> Self {
        Self::new(Venue {
            name: landing.venue.clone(),
            instrument: landing.instrument.clone(),
            symbol: String::new(),
            base_url: String::new(),
            interval_ms: 30_000,
            simulated: false,
        })
    }

    /// Notes a price; tells how often it has been the same.
    pub fn note_price(&mut self, last: f64, at: i64) -> EqualPrices {
        let equal = match self.equal {
            Some(before) if before.last == last => EqualPrices {
                run: before.run + 1,
                ..before
            },
            _ => EqualPrices {
                run: 1,
                since: at,
                last,
            },
        };
        self.equal = Some(equal);
        equal
    }

    /// A live alert is over when the rule has held for a whole round.
    #[must_use]
    pub const fn patience(&self) -> Patience {
        Patience {
            for_ms: 0,
            keep_firing_ms: self.venue.interval_ms * 8 / 10,
        }
    }
}

/// Polls a venue until told to stop.
///
/// # Errors
/// When the HTTP client cannot be made.
pub async fn poll(engine: Engine, mut feed: Feed, stop: CancellationToken) -> anyhow::Result<()> {
    let http = HttpSource::new(&http_config(&feed.venue), engine.clock.clone())?;
    let mut backoff = Backoff::new(
        backoff_config(&feed.venue),
        engine.clock.now_ms().cast_unsigned(),
    );
    let mut healer = Healer::default();
    loop {
        let began = tokio::time::Instant::now();
        let round = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            round = round(&engine, &mut feed, &http, &mut healer) => round,
        };
        let pause = match round {
            Ok(()) => {
                backoff.valid_data();
                let pause = Duration::from_millis(feed.venue.interval_ms.unsigned_abs())
                    .saturating_sub(began.elapsed());
                feed.status.change(&engine, |status| {
                    "ok".clone_into(&mut status.state);
                    status.error.clear();
                    status.last_ok_at = Some(engine.clock.now_ms());
                    status.next_at = Some(engine.clock.now_ms() + pause.as_millis() as i64);
                    status.polls += 1;
                });
                pause
            }
            Err(failure) => {
                let pause_ms = match &failure.fetch {
                    Some(error) => backoff.failed_with(error),
                    None => backoff.failed(None),
                };
                let is_blocked = failure.fetch.as_ref().is_some_and(FetchError::is_blocked);
                feed.status.change(&engine, |status| {
                    (if is_blocked { "blocked" } else { "backing off" })
                        .clone_into(&mut status.state);
                    status.error.clone_from(&failure.words);
                    status.next_at = Some(engine.clock.now_ms() + pause_ms);
                    status.polls += 1;
                    status.errors += 1;
                });
                tracing::warn!(
                    venue = feed.venue.name,
                    pause_ms,
                    error = failure.words,
                    "a poll failed"
                );
                Duration::from_millis(pause_ms.unsigned_abs())
            }
        };
        let http_state = feed.status.get();
        let is_blocked = http_state.state == "blocked";
        let outcome = feed::http(
            &feed.entity,
            i64::from(backoff.failures()),
            is_blocked,
            &http_state.error,
        );
        if let Err(error) = judge(&engine, &feed, &[outcome]).await {
            tracing::error!(error = format!("{error:#}"), "a result could not be stored");
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn http_config(venue: &Venue) -> HttpConfig {
    let default = HttpConfig::default();
    // a venue that is asked every second must not hold a round for fifteen
    let patience =
        Duration::from_millis((venue.interval_ms * 2).clamp(2_000, 15_000).unsigned_abs());
    HttpConfig {
        total_timeout: default.total_timeout.min(patience),
        ..default
    }
}

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

/// Why a round failed.
struct Failure {
    words: String,
    fetch: Option<FetchError>,
}

/// Stores results about a feed and tells of alerts.
pub(super) async fn judge(
    engine: &Engine,
    feed: &Feed,
    outcomes: &[crate::quality::outcome::Outcome],
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    let events = record(
        &mut tx,
        outcomes,
        None,
        feed.patience(),
        engine.clock.now_ms(),
    )
    .await?;
    tx.commit().await?;
    if !events.is_empty() {
        engine.hub.alerts(events);
        engine.hub.changed();
    }
    Ok(())
}

/// One round: three questions; the first that fails ends it.
async fn round(
    engine: &Engine,
    feed: &mut Feed,
    http: &HttpSource,
    healer: &mut Healer,
) -> Result<(), Failure> {
    let requests = Requests::new(&feed.venue.base_url, &feed.venue.symbol);
    let limit = healer
        .limit(engine, &feed.venue.instrument, &feed.venue.name)
        .await
        .map_err(|error| own_fault(&error))?;
    let questions = [
        (Dataset::Quote, requests.ticker_24h()),
        (Dataset::Candle, requests.klines("1m", limit, None)),
        (Dataset::Book, requests.depth(DEPTH_LEVELS)),
    ];
    let mut broken = None;
    for (dataset, url) in questions {
        let answer = match http.get(&url).await {
            Ok(answer) => answer,
            Err(error) => {
                let words = error.to_string();
                if let Some(answer) = error.answer() {
                    land_refusal(engine, feed, dataset, answer, &words)
                        .await
                        .map_err(|error| own_fault(&error))?;
                }
                return Err(Failure {
                    words,
                    fetch: Some(error),
                });
            }
        };
        let mut taken: Taken = take_answer(engine, feed, dataset, &answer)
            .await
            .map_err(|error| own_fault(&error))?;
        broken = broken.or(taken.broken.take());
        publish(engine, feed, taken)
            .await
            .map_err(|error| own_fault(&error))?;
    }
    // an answer out of shape is a failure like any other: only valid data resets the pauses
    broken.map_or(Ok(()), |words| Err(Failure { words, fetch: None }))
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
