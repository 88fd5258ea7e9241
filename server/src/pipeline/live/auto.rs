//! Which sources run: those the plan names, or with `auto` real venues, and the simulator while none answers.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    desk::Desk,
    plan::LivePlan,
    poll::{Feed, Venue, poll},
    watchdog::watch,
};
use crate::{
    config::Config,
    pipeline::Engine,
    simulator::{RunningSimulator, Simulator, SimulatorConfig},
    source::{HttpConfig, HttpSource, binance::facts},
};

/// Real venues have this long to answer before the simulator steps in.
const FIRST_ANSWER: Duration = Duration::from_secs(10);
/// While the simulator stands in, real venues are asked this often.
const PROBE_EVERY: Duration = Duration::from_secs(60);

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
    match plan {
        LivePlan::Off => Ok(()),
        LivePlan::Simulator => simulate(&engine, &config, &desk, stop).await,
        LivePlan::Venues(_) => feed(&engine, real(&config), stop).await,
        LivePlan::Auto => auto(&engine, &config, &desk, stop).await,
    }
}

async fn auto(
    engine: &Engine,
    config: &Config,
    desk: &Desk,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let venue = real(config);
    let answered = tokio::time::timeout(FIRST_ANSWER, probe(engine, &venue))
        .await
        .unwrap_or(false);
    if !answered {
        tracing::warn!(
            venue = venue.name,
            "no real venue answers: simulated prices until one does"
        );
        let simulated = stop.child_token();
        let stand_in = simulate(engine, config, desk, simulated.clone());
        tokio::pin!(stand_in);
        loop {
            tokio::select! {
                result = &mut stand_in => return result,
                () = tokio::time::sleep(PROBE_EVERY) => {}
            }
            if tokio::time::timeout(FIRST_ANSWER, probe(engine, &venue))
                .await
                .unwrap_or(false)
            {
                tracing::info!(
                    venue = venue.name,
                    "a real venue answers: the simulator stops"
                );
                simulated.cancel();
                stand_in.await?;
                break;
            }
        }
    }
    feed(engine, venue, stop).await
}

/// True if the venue answers its simplest question.
async fn probe(engine: &Engine, venue: &Venue) -> bool {
    let Ok(http) = HttpSource::new(&HttpConfig::default(), engine.clock.clone()) else {
        return false;
    };
    http.get(&format!("{}/api/v3/ping", venue.base_url))
        .await
        .is_ok()
}

async fn feed(engine: &Engine, venue: Venue, stop: CancellationToken) -> anyhow::Result<()> {
    let polled = Feed::new(venue.clone());
    let mut watched = Feed::new(venue);
    watched.status = polled.status.clone();
    let mut duties = JoinSet::new();
    duties.spawn(watch(engine.clone(), watched, stop.clone()));
    let result = poll(engine.clone(), polled, stop.clone()).await;
    while duties.join_next().await.is_some() {}
    result
}

async fn simulate(
    engine: &Engine,
    config: &Config,
    desk: &Desk,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let simulator =
        start_simulator(engine, config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    desk.connect(Some(simulator.faults().clone()));
    let result = feed(engine, simulated(config, &simulator.base_url()), stop).await;
    desk.connect(None);
    simulator.shutdown().await;
    result
}

/// Starts the simulator as configured.
async fn start_simulator(
    engine: &Engine,
    config: &Config,
    addr: SocketAddr,
) -> anyhow::Result<RunningSimulator> {
    let simulator = SimulatorConfig {
        seed: config.simulator.seed,
        speed: config.simulator.speed,
        clock: engine.clock.clone(),
        ..SimulatorConfig::default()
    };
    Simulator::start(addr, simulator)
        .await
        .context("cannot start the built-in simulator")
}

fn real(config: &Config) -> Venue {
    let base_url = config
        .venue
        .get("binance")
        .and_then(|venue| venue.rest.clone());
    venue(
        config,
        "binance",
        base_url.unwrap_or_else(|| facts::DATA_BASE_URL.to_owned()),
        false,
    )
}

fn simulated(config: &Config, base_url: &str) -> Venue {
    venue(config, "simulator", base_url.to_owned(), true)
}

fn venue(config: &Config, name: &str, base_url: String, simulated: bool) -> Venue {
    Venue {
        name: name.to_owned(),
        instrument: config.live.instrument.clone(),
        symbol: config.live.symbol.clone(),
        base_url: base_url.trim_end_matches('/').to_owned(),
        interval_ms: (config.live.poll_seconds * 1000.0) as i64,
        simulated,
    }
}
