//! Which sources run: those the plan names, or with `auto` real venues, and the simulator while none answers.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{close::close_others, desk::Desk, feed::Venue, plan::LivePlan, poll::Poller};
use crate::{
    clock::Clock,
    config::Config,
    pipeline::Engine,
    simulator::{RunningSimulator, Script, Simulator, SimulatorConfig},
    source::{
        HttpConfig, HttpSource,
        binance::{facts, messages::parse_ticker, requests::Requests},
    },
    store::Store,
};

/// Name of the simulator as a venue.
const SIMULATOR: &str = "simulator";
/// The simulator answers what is under way before it stops, but nobody waits longer.
const GOODBYE: Duration = Duration::from_secs(2);
/// Simulated time may run fast, but a feed is asked at most once a real second.
const FASTEST_ROUND: Duration = Duration::from_secs(1);

/// How patient `--live auto` is.
#[derive(Debug, Clone, Copy)]
pub struct AutoTimes {
    /// Real venues have this long to answer before the simulator steps in.
    pub first_answer: Duration,
    /// While the simulator stands in, real venues are asked this often.
    pub probe_every: Duration,
}

impl Default for AutoTimes {
    /// 10 s, and every minute.
    fn default() -> Self {
        Self {
            first_answer: Duration::from_secs(10),
            probe_every: Duration::from_secs(60),
        }
    }
}

/// The clock of everything while only the simulator runs: it runs at the simulator's speed, and never tells a time
/// that simulated prices of an earlier run lie behind.
///
/// # Errors
/// When the database fails.
pub async fn simulated_clock(store: &Store, clock: Clock, speed: f64) -> anyhow::Result<Clock> {
    let now_ms = clock.now_ms();
    let newest = store.newest_live_landing(SIMULATOR).await?;
    let start_ms = newest.map_or(now_ms, |at| now_ms.max(at + 1));
    if speed == 1.0 && start_ms == now_ms {
        return Ok(clock);
    }
    tracing::info!(
        speed,
        ahead_ms = start_ms - now_ms,
        "the clock is the simulator's"
    );
    Ok(Clock::scaled(clock, start_ms, speed))
}

/// Runs the live pipeline until told to stop.
///
/// # Errors
/// When a source cannot be started.
pub async fn run(
    engine: Engine,
    config: Config,
    plan: LivePlan,
    desk: Desk,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    run_with(engine, config, plan, desk, AutoTimes::default(), stop).await
}

/// The same with another patience for `auto`.
///
/// # Errors
/// When a source cannot be started.
pub async fn run_with(
    engine: Engine,
    config: Config,
    plan: LivePlan,
    desk: Desk,
    times: AutoTimes,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    match plan {
        LivePlan::Off => close_others(&engine, &[]).await,
        LivePlan::Simulator => simulate(engine, config, desk, stop).await,
        LivePlan::Venues(_) => feed(&engine, real(&config), stop).await,
        LivePlan::Auto => auto(engine, config, desk, times, stop).await,
    }
}

async fn auto(
    engine: Engine,
    config: Config,
    desk: Desk,
    times: AutoTimes,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let venue = real(&config);
    let answered = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        answered = probe(&engine, &venue, times.first_answer) => answered,
    };
    if !answered {
        tracing::warn!(
            venue = venue.name,
            "no real venue answers: simulated prices until one does"
        );
        let over = stop.child_token();
        // a task of its own: it must go on while a real venue is asked
        let mut stand_in =
            tokio::spawn(simulate(engine.clone(), config.clone(), desk, over.clone()));
        tokio::select! {
            result = &mut stand_in => return result.context("the simulated feed stopped")?,
            () = until_answered(&engine, &venue, times) => {}
        }
        tracing::info!(
            venue = venue.name,
            "a real venue answers: the simulator stops"
        );
        over.cancel();
        stand_in.await.context("the simulated feed stopped")??;
    }
    feed(&engine, venue, stop).await
}

async fn until_answered(engine: &Engine, venue: &Venue, times: AutoTimes) {
    loop {
        sleep(times.probe_every).await;
        if probe(engine, venue, times.first_answer).await {
            return;
        }
    }
}

/// True if the venue answers with a price: a page of a proxy is no answer.
async fn probe(engine: &Engine, venue: &Venue, patience: Duration) -> bool {
    let Ok(http) = HttpSource::new(&HttpConfig::default(), engine.clock.clone()) else {
        return false;
    };
    let url = Requests::new(&venue.base_url, &venue.symbol).ticker_24h();
    match timeout(patience, http.get(&url)).await {
        Ok(Ok(answer)) => parse_ticker(&answer.body).is_ok(),
        _ => false,
    }
}

/// Runs one feed, the only one, until told to stop.
async fn feed(engine: &Engine, venue: Venue, stop: CancellationToken) -> anyhow::Result<()> {
    close_others(engine, &[venue.entity()]).await?;
    let poller = Poller::new(engine.clone(), venue)?;
    let status = poller.status();
    let over = stop.child_token();
    let watching = tokio::spawn(poller.watchdog().watch(over.clone()));
    poller.run(stop).await;
    over.cancel();
    watching.await.context("the watchdog stopped")?;
    status.change(engine, |view| {
        "off".clone_into(&mut view.state);
        view.next_at = None;
    });
    Ok(())
}

async fn simulate(
    engine: Engine,
    config: Config,
    desk: Desk,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let simulator = start_simulator(&engine, &config).await?;
    desk.connect(Some(simulator.faults().clone()));
    let venue = simulated(&engine, &config, &simulator.base_url());
    let result = feed(&engine, venue, stop).await;
    desk.connect(None);
    if timeout(GOODBYE, simulator.shutdown()).await.is_err() {
        tracing::warn!("a client keeps its connection to the simulator open");
    }
    result
}

/// Starts the simulator at the engine's own time.
async fn start_simulator(engine: &Engine, config: &Config) -> anyhow::Result<RunningSimulator> {
    let script = config.simulator.script.as_deref();
    let simulator = SimulatorConfig {
        seed: config.simulator.seed,
        clock: engine.clock.clone(),
        script: script.map(Script::read).transpose()?,
        ..SimulatorConfig::default()
    };
    Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), simulator)
        .await
        .context("cannot start the built-in simulator")
}

fn real(config: &Config) -> Venue {
    let configured = config.venue.get("binance");
    let base_url = configured.and_then(|venue| venue.rest.as_deref());
    let base_url = base_url.unwrap_or(facts::DATA_BASE_URL);
    venue(config, "binance", base_url, false)
}

fn simulated(engine: &Engine, config: &Config, base_url: &str) -> Venue {
    let mut venue = venue(config, SIMULATOR, base_url, true);
    if engine.clock.speed() > 1.0 {
        let fastest_ms = engine.clock.ms_of(FASTEST_ROUND);
        venue.interval_ms = venue.interval_ms.max(fastest_ms);
    }
    venue
}

fn venue(config: &Config, name: &str, base_url: &str, simulated: bool) -> Venue {
    Venue {
        name: name.to_owned(),
        instrument: config.live.instrument.clone(),
        symbol: config.live.symbol.clone(),
        base_url: base_url.trim_end_matches('/').to_owned(),
        interval_ms: (config.live.poll_seconds * 1000.0) as i64,
        simulated,
    }
}
