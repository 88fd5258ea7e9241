//! Asking one source.

use app::model::{DAY_MS, FeedVm, LandingState};
use tokio_util::sync::CancellationToken;

use super::{
    Extra, Kind,
    take::{judge, land_only, take},
};
use crate::{
    pipeline::Engine,
    quality::live::rows::RowWatch,
    source::{
        Backoff, BackoffConfig, FetchError, HttpConfig, HttpSource, feargreed,
        message::MessageError,
    },
};

/// HTTP status, and code in a body, of a key that is missing or wrong.
const KEY_WANTED: u16 = 401;

/// Asks one source.
#[derive(Debug)]
pub struct ExtraPoller {
    engine: Engine,
    source: Extra,
    http: HttpSource,
    backoff: Backoff,
    view: FeedVm,
    /// Its quotes, judged by rules of one's own.
    quotes: RowWatch,
}

/// Why a question was in vain.
struct Failure {
    words: String,
    /// The venue wants to be left alone so long, in milliseconds.
    floor_ms: Option<i64>,
    /// Asking again changes nothing.
    for_good: bool,
    blocked: bool,
}

impl ExtraPoller {
    /// A poller that has asked nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(engine: Engine, source: Extra) -> anyhow::Result<Self> {
        let http = HttpConfig {
            authorization: source.authorization.clone(),
            ..HttpConfig::default()
        };
        let view = FeedVm {
            venue: source.venue.clone(),
            instrument: source.instrument.to_owned(),
            simulated: false,
            state: "starting".to_owned(),
            error: String::new(),
            last_ok_at: None,
            next_at: None,
            polls: 0,
            errors: 0,
            stream: None,
        };
        let seed = source.url.bytes().fold(0_u64, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Ok(Self {
            http: HttpSource::new(&http, engine.clock.clone())?,
            backoff: Backoff::new(BackoffConfig::default(), seed),
            engine,
            source,
            view,
            quotes: RowWatch::new("quotes"),
        })
    }

    /// How the source is.
    #[must_use]
    pub const fn status(&self) -> &FeedVm {
        &self.view
    }

    /// Asks until told to stop, or until there is no use in it.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let pause_ms = tokio::select! {
                () = stop.cancelled() => return,
                pause_ms = self.round() => pause_ms,
            };
            let Some(pause_ms) = pause_ms else {
                return;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.engine.clock.wait_of(pause_ms)) => {}
            }
        }
    }

    /// Asks once; gives the pause before the next question in milliseconds, `None`: never again.
    pub async fn round(&mut self) -> Option<i64> {
        let result = self.ask().await;
        let pause_ms = match &result {
            Ok(()) => {
                self.backoff.valid_data();
                Some(self.source.every_ms)
            }
            Err(failure) => {
                let pause_ms = self.backoff.failed(failure.floor_ms);
                (!failure.for_good).then(|| pause_ms.max(self.source.every_ms))
            }
        };
        let failures = i64::from(self.backoff.failures());
        let words = result.as_ref().err().map_or("", |failure| &failure.words);
        if let Err(error) = judge(&self.engine, &self.source, failures, words).await {
            tracing::error!(error = format!("{error:#}"), "a result could not be stored");
        }
        self.tell(&result, pause_ms);
        pause_ms
    }

    fn tell(&mut self, result: &Result<(), Failure>, pause_ms: Option<i64>) {
        let now_ms = self.engine.clock.now_ms();
        let view = &mut self.view;
        view.polls += 1;
        view.next_at = pause_ms.map(|pause_ms| now_ms.saturating_add(pause_ms));
        match result {
            Ok(()) => {
                "ok".clone_into(&mut view.state);
                view.error.clear();
                view.last_ok_at = Some(now_ms);
            }
            Err(failure) => {
                let is_blocked = failure.blocked || failure.for_good;
                (if is_blocked { "blocked" } else { "backing off" }).clone_into(&mut view.state);
                view.error.clone_from(&failure.words);
                view.errors += 1;
                tracing::warn!(
                    venue = view.venue,
                    pause_ms,
                    error = failure.words,
                    "an extra source does not answer"
                );
            }
        }
        self.engine.hub.feed(self.view.clone());
        self.engine.hub.changed();
    }

    async fn ask(&mut self) -> Result<(), Failure> {
        let own = |error: &anyhow::Error| Failure {
            words: format!("assay could not store an answer: {error:#}"),
            floor_ms: None,
            for_good: false,
            blocked: false,
        };
        let url = self.url().await.map_err(|error| own(&error))?;
        let answer = match self.http.get(&url).await {
            Ok(answer) => answer,
            Err(error) => {
                let words = error.to_string();
                if let Some(answer) = error.answer() {
                    let state = LandingState::Refused;
                    land_only(&self.engine, &self.source, answer, state, &words)
                        .await
                        .map_err(|error| own(&error))?;
                }
                return Err(self.refused(&error, words));
            }
        };
        let broken = take(&self.engine, &self.source, &mut self.quotes, &answer)
            .await
            .map_err(|error| own(&error))?;
        broken.map_or(Ok(()), |error| {
            let code = match &error {
                MessageError::Venue { code, .. } => *code,
                _ => 0,
            };
            let for_good = self.is_keyed() && code == i64::from(KEY_WANTED);
            Err(Failure {
                words: error.to_string(),
                floor_ms: None,
                for_good,
                blocked: for_good,
            })
        })
    }

    fn refused(&self, error: &FetchError, words: String) -> Failure {
        let blocked = error.is_blocked();
        Failure {
            words,
            floor_ms: if blocked {
                Some(BackoffConfig::default().blocked_ms)
            } else {
                error.retry_after_ms()
            },
            for_good: self.is_keyed() && error.status() == Some(KEY_WANTED),
            blocked,
        }
    }

    fn is_keyed(&self) -> bool {
        self.source.authorization.is_some()
    }

    /// What is asked now: of moods, the days that are missing.
    async fn url(&self) -> anyhow::Result<String> {
        if self.source.kind != Kind::FearGreed {
            return Ok(self.source.url.clone());
        }
        let newest = self.engine.store.newest_mood(&self.source.venue).await?;
        let now_ms = self.engine.clock.now_ms();
        // the newest day once more: it may have been published anew
        let days = newest.map_or(0, |at| ((now_ms - at) / DAY_MS + 2).max(2));
        Ok(feargreed::requests::index(&self.source.url, days))
    }
}
