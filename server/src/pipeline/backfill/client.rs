//! Asking the venue, with all the patience it wants.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use app::model::MINUTE_MS;

use super::page::Source;
use crate::{
    config::Config,
    pipeline::{Engine, progress::Progress, runs::Cancelled},
    simulator::{RunningSimulator, SYMBOL, Simulator, SimulatorConfig},
    source::{
        Answer, Backoff, BackoffConfig, FetchError, HttpConfig, HttpSource,
        binance::facts,
        history::History,
        venue::{SIMULATED, facts_of, protocol},
    },
    store::RunProgress,
};

/// Failures in a row before a backfill gives up; with the pauses between them about a quarter of an hour.
const MAX_FAILURES: u32 = 10;
/// Share of the venue's limit that a backfill leaves to others.
const LEAVES: f64 = 0.2;
/// Longest pause of a venue on loopback, which nobody has to spare, in milliseconds.
const LOCAL_CAP_MS: i64 = 1_000;

/// A venue that can be asked.
#[derive(Debug)]
pub(super) struct Client {
    venue: String,
    base_url: String,
    /// Instruments and the venue's names of them.
    listed: Vec<(String, String)>,
    http: HttpSource,
    backoff: Backoff,
    /// The built-in exchange, where that is asked; it stops when the client goes.
    _simulator: Option<RunningSimulator>,
}

impl Client {
    pub(super) async fn start(
        engine: &Engine,
        config: &Config,
        venue: &str,
    ) -> anyhow::Result<Self> {
        let configured = config.venue.get(venue).and_then(|venue| venue.rest.clone());
        let simulator = match (&configured, venue) {
            (None, SIMULATED) => Some(start_simulator(engine, config).await?),
            _ => None,
        };
        let facts = facts_of(venue).with_context(|| format!("venue {venue:?} is not known"))?;
        let base_url = configured
            .or_else(|| simulator.as_ref().map(RunningSimulator::base_url))
            .unwrap_or_else(|| facts.rest.to_owned());
        let mut pauses = BackoffConfig::default();
        if venue == SIMULATED {
            pauses.cap_ms = LOCAL_CAP_MS;
        }
        let seed = engine.clock.now_ms().cast_unsigned();
        Ok(Self {
            venue: venue.to_owned(),
            base_url,
            listed: listed(config, venue),
            http: HttpSource::new(&HttpConfig::default(), engine.clock.clone())?,
            backoff: Backoff::new(pauses, seed),
            _simulator: simulator,
        })
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The venue's name of an instrument.
    pub(super) fn symbol(&self, instrument: &str) -> anyhow::Result<String> {
        let mut listed = self.listed.iter();
        if let Some((_, symbol)) = listed.find(|(listed, _)| listed == instrument) {
            return Ok(symbol.clone());
        }
        if protocol(&self.venue) != "binance" {
            let listed: Vec<&str> = self.listed.iter().map(|(name, _)| name.as_str()).collect();
            anyhow::bail!(
                "{} has no name for instrument {instrument:?}, only for {}: set [venue.{}] pairs",
                self.venue,
                listed.join(", "),
                self.venue
            );
        }
        // BTC-USDT is BTCUSDT there; never another instrument under this one's name
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match instrument.split_once('-') {
            Some((base, quote)) if plain(base) && plain(quote) => Ok(format!("{base}{quote}")),
            _ => anyhow::bail!("instrument {instrument:?} is not written as BASE-QUOTE"),
        }
    }

    /// Asks for a page until it is answered in shape, or for too long in vain.
    pub(super) async fn ask(
        &mut self,
        engine: &Engine,
        history: &dyn History,
        source: &Source,
        (from, to): (i64, i64),
        at: &mut RunProgress<'static>,
        progress: &mut Progress,
    ) -> anyhow::Result<Answer> {
        let url = history.url(from, to);
        loop {
            progress.check()?;
            let answer = tokio::select! {
                answer = self.http.get(&url) => answer,
                () = progress.cancelled() => return Err(Cancelled.into()),
            };
            let pause_ms = match answer {
                Ok(answer) => match history.read(&answer.body, answer.received_at_ms) {
                    Ok(_) => {
                        self.backoff.valid_data();
                        self.spare(engine, history, &answer, at, progress).await?;
                        return Ok(answer);
                    }
                    Err(error) => {
                        source
                            .refuse(engine, history, &answer, &error.to_string())
                            .await?;
                        let pause_ms = self.backoff.failed(None);
                        self.give_up(&error.into())?;
                        pause_ms
                    }
                },
                Err(error) => {
                    let is_final = matches!(
                        error,
                        FetchError::Blocked { .. }
                            | FetchError::Refused { .. }
                            | FetchError::BadUrl { .. }
                            | FetchError::TooLarge { .. }
                    );
                    if is_final {
                        return Err(error.into());
                    }
                    let pause_ms = self.backoff.failed_with(&error);
                    self.give_up(&error.into())?;
                    pause_ms
                }
            };
            pause(engine, pause_ms, at, progress).await?;
        }
    }

    fn give_up(&self, error: &anyhow::Error) -> anyhow::Result<()> {
        let failures = self.backoff.failures();
        tracing::warn!(
            failures,
            error = format!("{error:#}"),
            "a page was not answered"
        );
        anyhow::ensure!(
            failures < MAX_FAILURES,
            "asked {failures} times in vain: {error:#}"
        );
        Ok(())
    }

    /// Waits for the next minute where the venue's limit is nearly used up: others on this host ask it too.
    async fn spare(
        &self,
        engine: &Engine,
        history: &dyn History,
        answer: &Answer,
        at: &mut RunProgress<'static>,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let used = answer.used_weight.map(|used| history.used_share(used));
        if used.is_some_and(|used| used > 1.0 - LEAVES) {
            let now_ms = engine.clock.now_ms();
            let pause_ms = MINUTE_MS - now_ms.rem_euclid(MINUTE_MS);
            pause(engine, pause_ms, at, progress).await?;
        }
        Ok(())
    }
}

/// The instrument of a venue unless one is asked for: that of the live pipeline, or the first the venue has.
#[must_use]
pub fn usual_instrument(config: &Config, venue: &str) -> String {
    let listed = listed(config, venue);
    let is_usual = |(instrument, _): &&(String, String)| *instrument == config.live.instrument;
    let usual = listed.iter().find(is_usual).or_else(|| listed.first());
    usual.map_or_else(
        || config.live.instrument.clone(),
        |(instrument, _)| instrument.clone(),
    )
}

fn listed(config: &Config, venue: &str) -> Vec<(String, String)> {
    if venue == SIMULATED {
        return vec![(facts::INSTRUMENT.to_owned(), SYMBOL.to_owned())];
    }
    let own = config.venue.get(venue).cloned().unwrap_or_default();
    facts_of(venue).map_or_else(Vec::new, |facts| own.pairs_of(facts, &config.live))
}

async fn pause(
    engine: &Engine,
    pause_ms: i64,
    at: &mut RunProgress<'static>,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let asking = at.phase;
    at.phase = "waiting for the venue";
    progress.note(*at).await?;
    at.phase = asking;
    tokio::select! {
        () = tokio::time::sleep(engine.clock.wait_of(pause_ms)) => Ok(()),
        () = progress.cancelled() => Err(Cancelled.into()),
    }
}

async fn start_simulator(engine: &Engine, config: &Config) -> anyhow::Result<RunningSimulator> {
    let simulator = SimulatorConfig {
        seed: config.simulator.seed,
        clock: engine.clock.clone(),
        ..SimulatorConfig::default()
    };
    Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), simulator)
        .await
        .context("cannot start the built-in simulator")
}
