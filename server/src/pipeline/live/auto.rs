//! Which sources run: those the plan names, or with `auto` real venues, and the simulator while none answers.

mod duties;
mod sources;

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use self::{
    duties::run_sources,
    sources::{real, simulated},
};
use super::{close::close_others, desk::Desk, extra, feed::Source, plan::LivePlan};
use crate::{
    clock::Clock,
    config::Config,
    pipeline::Engine,
    simulator::{RunningSimulator, Script, Simulator, SimulatorConfig},
    source::{HttpConfig, HttpSource, venue::SIMULATED},
    store::Store,
};

/// The simulator answers what is under way before it stops, but nobody waits longer.
const GOODBYE: Duration = Duration::from_secs(2);

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
    let newest = store.newest_live_landing(SIMULATED).await?;
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
        LivePlan::Venues(names) => {
            let sources = real(&config, &names);
            run_real(&engine, &config, sources, stop).await
        }
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
    let sources = real(&config, &config.live.venue_names());
    let answered = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        answered = probe(&engine, &sources, times.first_answer) => answered,
    };
    if !answered {
        tracing::warn!("no real venue answers: simulated prices until one does");
        let over = stop.child_token();
        // a task of its own: it must go on while real venues are asked
        let mut stand_in =
            tokio::spawn(simulate(engine.clone(), config.clone(), desk, over.clone()));
        tokio::select! {
            result = &mut stand_in => return result.context("the simulated feed stopped")?,
            () = until_answered(&engine, &sources, times) => {}
        }
        tracing::info!("a real venue answers: the simulator stops");
        over.cancel();
        stand_in.await.context("the simulated feed stopped")??;
    }
    run_real(&engine, &config, sources, stop).await
}

/// Runs real venues, and what is asked beside them.
async fn run_real(
    engine: &Engine,
    config: &Config,
    sources: Vec<Source>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let beside = extra::sources(&config.extra, |name| std::env::var(name).ok());
    let beside = beside.iter().map(extra::Extra::entity).collect();
    let extras = extra::run(engine.clone(), config.extra.clone(), stop.clone());
    let extras = async {
        // nobody trades on them: the venues go on without
        if let Err(error) = extras.await {
            let error = format!("{error:#}");
            tracing::error!(error, "the sources beside the venues stopped");
        }
        Ok(())
    };
    let venues = run_sources(engine, config, sources, beside, stop);
    tokio::try_join!(venues, extras).map(|_| ())
}

async fn until_answered(engine: &Engine, sources: &[Source], times: AutoTimes) {
    loop {
        sleep(times.probe_every).await;
        if probe(engine, sources, times.first_answer).await {
            return;
        }
    }
}

/// True as soon as one of the venues answers with a price: a page of a proxy is no answer.
async fn probe(engine: &Engine, sources: &[Source], patience: Duration) -> bool {
    let Ok(http) = HttpSource::new(&HttpConfig::default(), engine.clock.clone()) else {
        return false;
    };
    let mut asked = JoinSet::new();
    for source in sources {
        let (http, client) = (http.clone(), source.client.clone());
        asked.spawn(async move {
            let Ok(answer) = http.get(&client.ticker().url).await else {
                return false;
            };
            let read = client.read_ticker(&answer.body, answer.received_at_ms);
            read.is_ok()
        });
    }
    let first = async {
        while let Some(answered) = asked.join_next().await {
            if matches!(answered, Ok(true)) {
                return true;
            }
        }
        false
    };
    timeout(patience, first).await.unwrap_or(false)
}

async fn simulate(
    engine: Engine,
    config: Config,
    desk: Desk,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let simulator = start_simulator(&engine, &config).await?;
    desk.connect(Some(simulator.faults().clone()));
    let sources = simulated(&engine, &config, &simulator);
    let result = run_sources(&engine, &config, sources, Vec::new(), stop).await;
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
