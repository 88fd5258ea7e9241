//! Asking one venue in rounds: ticker, candles, book.

use anyhow::Context;
use app::model::{Dataset, MINUTE_MS, Outcome, Step, bucket_start};
use tokio_util::sync::CancellationToken;

use super::{
    answer::{Taken, land_refusal, take_answer},
    board::Board,
    feed::{Feed, FeedStatus, Source},
    heal::Healer,
    publish::publish,
    watchdog::Watchdog,
};
use crate::{
    pipeline::{Engine, judge::record},
    quality::{alert::Patience, feed},
    source::{
        Answer, Asker, Backoff, BackoffConfig, Budget, FetchError, HttpConfig, HttpSource, Urgency,
        history::History, venue::Question,
    },
    store::Names,
};

/// The venue's clock may be ahead of ours by so much before its newest candles are not asked for.
const AHEAD_MS: i64 = 10 * MINUTE_MS;
/// Pages of candles in one round; the rest comes with the next one.
const PAGES: u32 = 20;

/// Polls one source.
#[derive(Debug)]
pub struct Poller {
    engine: Engine,
    feed: Feed,
    asker: Asker,
    /// Where prices are compared.
    board: Option<Board>,
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
    /// A poller that has asked nothing yet and shares the venue's budget with nobody.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(engine: Engine, source: Source) -> anyhow::Result<Self> {
        let http = http_config(&engine, &source);
        Self::with_http(engine, source, &http)
    }

    /// The same with other bounds of a request.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn with_http(engine: Engine, source: Source, http: &HttpConfig) -> anyhow::Result<Self> {
        let http = HttpSource::new(http, engine.clock.clone())?;
        let budget = Budget::new(source.client.facts(), engine.clock.now_ms());
        let asker = Asker::new(http, budget, engine.clock.clone());
        Ok(Self::with_asker(engine, source, asker))
    }

    /// The same within a budget that others share.
    #[must_use]
    pub fn with_asker(engine: Engine, source: Source, asker: Asker) -> Self {
        let now_ms = engine.clock.now_ms();
        let poller = Self {
            backoff: Backoff::new(backoff_config(&source), now_ms.cast_unsigned()),
            healer: Healer::new(source.client.facts()),
            feed: Feed::new(source, now_ms),
            names: None,
            engine,
            asker,
            board: None,
        };
        poller.feed.status.change(&poller.engine, |_| ());
        poller
    }

    /// Its prices are told to this board too, while there is no stream that does.
    #[must_use]
    pub fn told_to(mut self, board: Board) -> Self {
        self.board = Some(board);
        self
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
        let rules = self.engine.hub.rules().now();
        let outcome = rules.enabled("feed.http").map(|rule| {
            let failures = i64::from(self.backoff.failures());
            let is_blocked = view.state == "blocked";
            feed::http(rule, &self.feed.entity, failures, is_blocked, &view.error)
        });
        let patience = self.feed.patience();
        if let Err(error) = judge(&self.engine, patience, outcome.as_slice()).await {
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
        let now_ms = self.now_ms();
        let source = &self.feed.source;
        let interval_ms = if self.feed.status.is_well_streamed() {
            source.slow_ms
        } else {
            source.interval_ms
        };
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
            venue = self.feed.source.name,
            pause_ms,
            error = failure.words,
            "a poll failed"
        );
        pause_ms
    }

    /// Quote, candles, book; the first that is not answered ends the round.
    async fn ask(&mut self) -> Result<(), Failure> {
        let names = self.names().await.map_err(|error| own_fault(&error))?;
        let client = self.feed.source.client.clone();
        let (quote, _) = self
            .question(Dataset::Quote, client.ticker(), names)
            .await?;
        let candles = self.candles(names).await?;
        let (book, _) = self.question(Dataset::Book, client.depth(), names).await?;
        // an answer out of shape is a failure like any other: only valid data resets the pauses
        let broken = quote.or(candles).or(book);
        broken.map_or(Ok(()), |words| Err(Failure { words, fetch: None }))
    }

    /// Candles page by page, from the oldest that is missing to now.
    async fn candles(&mut self, names: Names) -> Result<Option<String>, Failure> {
        let client = self.feed.source.client.clone();
        let history = client.history(Step::ALL[0]);
        let history = history
            .context("the venue has no one-minute candles")
            .map_err(|error| own_fault(&error))?;
        let mut from = self
            .healer
            .oldest(&self.engine, names)
            .await
            .map_err(|error| own_fault(&error.into()))?;
        let to = bucket_start(self.now_ms(), MINUTE_MS) + AHEAD_MS;
        let mut all_served = Vec::new();
        for _ in 0..PAGES {
            let question = Question {
                url: history.url(from, to),
                weight: client.candles_weight(),
            };
            self.feed.asked = Some((from, to));
            let answer = self.question(Dataset::Candle, question, names).await;
            self.feed.asked = None;
            let (broken, served) = answer?;
            if broken.is_some() {
                return Ok(broken);
            }
            let next = next_page(&*history, (from, to), served.iter().max().copied());
            all_served.extend(served);
            match next {
                Some(next) => from = next,
                None => break,
            }
        }
        self.healer.answered(&all_served, self.now_ms());
        Ok(None)
    }

    /// Asks and takes the answer; gives why it is of no use, if so, and the times of the candles in it.
    async fn question(
        &mut self,
        dataset: Dataset,
        question: Question,
        names: Names,
    ) -> Result<(Option<String>, Vec<i64>), Failure> {
        let answer = self.get(dataset, &question).await?;
        self.take(dataset, &answer, names).await
    }

    async fn names(&mut self) -> anyhow::Result<Names> {
        if let Some(names) = self.names {
            return Ok(names);
        }
        let Source {
            instrument, name, ..
        } = &self.feed.source;
        let names = self.engine.store.names(instrument, name).await?;
        self.names = Some(names);
        Ok(names)
    }

    async fn get(&self, dataset: Dataset, question: &Question) -> Result<Answer, Failure> {
        let status = &self.feed.status;
        status.work_ends(self.now_ms());
        let patience_ms = patience_ms(&self.feed.source);
        let answer = self.asker.ask(question, Urgency::Live, patience_ms).await;
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

    async fn take(
        &mut self,
        dataset: Dataset,
        answer: &Answer,
        names: Names,
    ) -> Result<(Option<String>, Vec<i64>), Failure> {
        let mut taken: Taken = take_answer(&self.engine, &mut self.feed, dataset, answer)
            .await
            .map_err(|error| own_fault(&error))?;
        let served = taken.served.take().unwrap_or_default();
        let broken = taken.broken.take();
        if broken.is_none() {
            self.feed.status.heard(answer.received_at_ms);
        }
        if self.feed.status.is_well_streamed() {
            // what the stream tells is newer
            (taken.quote, taken.book) = (None, None);
        }
        if let Some(board) = &self.board {
            taken.quote.iter().for_each(|quote| board.quote(quote));
            taken.book.iter().for_each(|book| board.book(book));
        }
        publish(&self.engine, &self.feed, names, taken).await;
        Ok((broken, served))
    }
}

/// Where the next page of candles begins after an answer to the question for `from` to `to` whose newest candle opened at
/// `newest`; `None` if it reached the running minute or brings nothing further.
pub(super) fn next_page(
    history: &dyn History,
    (from, to): (i64, i64),
    newest: Option<i64>,
) -> Option<i64> {
    let next = history.next(from, to, newest);
    (next > from && next <= to - AHEAD_MS).then_some(next)
}

/// A venue that is asked every second must not hold a round for fifteen.
fn patience_ms(source: &Source) -> i64 {
    source.interval_ms.saturating_mul(2).clamp(2_000, 15_000)
}

/// Bounds of the requests to a source.
pub(super) fn http_config(engine: &Engine, source: &Source) -> HttpConfig {
    let default = HttpConfig::default();
    let patience = engine.clock.wait_of(patience_ms(source));
    HttpConfig {
        total_timeout: default.total_timeout.min(patience.max(MIN_TIMEOUT)),
        ..default
    }
}

/// However fast simulated time runs, an answer needs some real time.
const MIN_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

fn backoff_config(source: &Source) -> BackoffConfig {
    let default = BackoffConfig::default();
    // nobody is to be spared on loopback: a fault that is switched off should be over soon
    if source.simulated {
        BackoffConfig {
            cap_ms: source.interval_ms.max(2_000),
            blocked_ms: source.interval_ms.max(2_000) / 6,
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
    let rules = engine.hub.rules().now();
    let now_ms = engine.clock.now_ms();
    let events = record(&mut tx, &rules, outcomes, None, patience, now_ms).await?;
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
