//! Runs sources side by side: each is polled, streamed and watched; venues share what they have one of.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    pipeline::{
        Engine,
        live::{
            close::close_others,
            consensus::{Consensus, Order},
            feed::Source,
            gaps::{self, GapWorker},
            poll::{Poller, http_config},
            retention::Retention,
            stream::{Driver, DriverConfig, Sink},
        },
    },
    source::{
        Answer, Asker, BackoffConfig, Budget, FetchError, HttpSource, Urgency,
        link::LinkConfig,
        socket::{SocketConfig, Sockets},
        venue::Question,
    },
};

/// Longest wait of a question about the past for the budget, in milliseconds of the engine's clock.
const PAST_PATIENCE_MS: i64 = 60_000;

/// Asks about the past, in what the present leaves of the budget.
#[derive(Debug)]
struct Past(Asker);

#[async_trait]
impl gaps::Asker for Past {
    async fn ask(&self, question: &Question) -> Result<Answer, FetchError> {
        self.0.ask(question, Urgency::Past, PAST_PATIENCE_MS).await
    }
}

/// Runs these sources, the only ones, until told to stop; `beside` are entities of other feeds that run.
///
/// # Errors
/// When the database fails at the start, or a duty panics.
pub(super) async fn run_sources(
    engine: &Engine,
    config: &Config,
    sources: Vec<Source>,
    beside: Vec<String>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut entities: Vec<String> = sources.iter().map(Source::entity).collect();
    entities.extend(beside);
    close_others(engine, &entities).await?;
    let askers = askers(engine, &sources)?;
    let sockets = Sockets::new(SocketConfig::default(), engine.clock.clone())?;
    let observer = Arc::new(engine.hub.meters().clone());
    let sink = Sink::start(engine.clone(), Some(observer));

    let mut duties = JoinSet::new();
    let consensus = Consensus::new(engine.clone(), sink.sink().board(), orders(&sources));
    duties.spawn(consensus.run(stop.clone()));
    let retention = Retention::new(engine.clone(), config.retention);
    duties.spawn(retention.run(stop.clone()));
    for source in sources {
        let asker = askers
            .get(&source.name)
            .context("a venue has no budget")?
            .clone();
        let poller = Poller::with_asker(engine.clone(), source.clone(), asker.clone())
            .told_to(sink.sink().board());
        let status = poller.status();
        duties.spawn(poller.watchdog().watch(stop.clone()));
        if !source.channels.is_empty() {
            let worker = GapWorker::new(
                engine.clone(),
                sink.sink(),
                Arc::new(source.stream()),
                &source.symbol,
                source.client.clone(),
                Arc::new(Past(asker.clone())),
            );
            duties.spawn(worker.run(stop.clone()));
            let link = link_config(engine, &source);
            let driven = DriverConfig {
                flush: Duration::from_millis(config.live.flush_ms),
                ..DriverConfig::new(link)
            };
            let (driver, events) = Driver::new(
                engine.clone(),
                source,
                driven,
                sockets.clone(),
                asker,
                sink.sink(),
                status.clone(),
            );
            duties.spawn(driver.run(events, stop.clone()));
        }
        let (engine, stop) = (engine.clone(), stop.clone());
        duties.spawn(async move {
            poller.run(stop).await;
            status.change(&engine, |view| {
                "off".clone_into(&mut view.state);
                view.next_at = None;
            });
        });
    }
    let mut panicked = Ok(());
    while let Some(ended) = duties.join_next().await {
        if let Err(error) = ended.context("a live source stopped") {
            // the others are of no use without it: better told than half alive
            stop.cancel();
            panicked = Err(error);
        }
    }
    sink.close().await;
    panicked
}

/// Instruments and who trades them, in the order of the configuration.
fn orders(sources: &[Source]) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for source in sources {
        let known = orders
            .iter_mut()
            .find(|order| order.instrument == source.instrument);
        match known {
            Some(order) => order.venues.push(source.name.clone()),
            None => orders.push(Order {
                instrument: source.instrument.clone(),
                venues: vec![source.name.clone()],
            }),
        }
    }
    orders
}

/// One for each venue: what it takes is shared by all who ask it.
fn askers(engine: &Engine, sources: &[Source]) -> anyhow::Result<BTreeMap<String, Asker>> {
    let mut askers = BTreeMap::new();
    for source in sources {
        if askers.contains_key(&source.name) {
            continue;
        }
        let http = HttpSource::new(&http_config(engine, source), engine.clock.clone())?;
        let budget = Budget::new(source.client.facts(), engine.clock.now_ms());
        let asker = Asker::new(http, budget, engine.clock.clone());
        askers.insert(source.name.clone(), asker);
    }
    Ok(askers)
}

fn link_config(engine: &Engine, source: &Source) -> LinkConfig {
    let mut config = LinkConfig::new(source.client.facts(), &source.channels);
    if source.simulated {
        // nobody is to be spared on loopback: a fault that is switched off should be over soon
        config.backoff = BackoffConfig {
            cap_ms: 5_000,
            blocked_ms: 1_000,
            ..config.backoff
        };
    }
    config.at_speed(engine.clock.speed())
}
