//! Which source runs: real venues, the simulator while none answers, its time, and the end of feeds.

use std::{net::SocketAddr, time::Duration};

use app::model::{AlertState, CheckState, FeedVm, MINUTE_MS, Pipeline, Severity};
use server::{
    clock::Clock,
    config::{Config, VenueConfig},
    hub::Hub,
    pipeline::{
        Engine,
        live::{AutoTimes, Desk, LivePlan, run, run_with, simulated_clock},
    },
    simulator::{Simulator, SimulatorConfig},
    source::venue::ALL,
    store::{SeriesKey, Store, candle::candles_from, testing},
    web::FaultDesk,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

/// Longest that anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Stopping waits for nothing.
const PROMPT: Duration = Duration::from_secs(5);
const TIMES: AutoTimes = AutoTimes {
    first_answer: Duration::from_secs(5),
    probe_every: Duration::from_millis(200),
};

async fn engine(folder: &TempDir) -> Engine {
    let file = folder.path().join("assay.db");
    Engine {
        store: Store::open(&format!("sqlite:{}", file.display()))
            .await
            .expect("store"),
        hub: Hub::new("test"),
        clock: Clock::system(),
    }
}

fn config(venue: SocketAddr) -> Config {
    let mut config = Config::default();
    config.live.poll_seconds = 0.2;
    config.live.venues = vec!["binance".to_owned()];
    config.extra.coingecko.enabled = false;
    config.extra.fear_greed.enabled = false;
    config.extra.news.enabled = false;
    let venue_config = VenueConfig {
        rest: Some(format!("http://{venue}")),
        stream: Some("off".to_owned()),
        ..VenueConfig::default()
    };
    config.venue.insert("binance".to_owned(), venue_config);
    config
}

/// Waits until something that the hub is told of holds.
async fn until(hub: &Hub, what: &str, holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            hub.wait_changed().await;
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("{what}"));
}

fn feed(hub: &Hub, venue: &str) -> Option<FeedVm> {
    hub.feeds().into_iter().find(|feed| feed.venue == venue)
}

fn is_in(hub: &Hub, venue: &str, state: &str) -> bool {
    feed(hub, venue).is_some_and(|feed| feed.state == state)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_stands_in_until_a_real_venue_answers() {
    let folder = tempfile::tempdir().expect("folder");
    let engine = engine(&folder).await;
    let (hub, store) = (engine.hub.clone(), engine.store.clone());
    let port = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let venue = port.local_addr().expect("address");
    drop(port);
    let stop = CancellationToken::new();
    let desk = Desk::new(engine.clock.clone());
    let live = tokio::spawn(run_with(
        engine,
        config(venue),
        LivePlan::Auto,
        desk.clone(),
        TIMES,
        stop.clone(),
    ));
    until(&hub, "the simulator steps in", async || {
        is_in(&hub, "simulator", "ok")
    })
    .await;
    assert!(feed(&hub, "simulator").is_some_and(|feed| feed.simulated));
    assert_eq!(feed(&hub, "binance"), None);
    desk.set("crossed_book", None)
        .expect("the simulator's faults can be switched");
    let alerts = async |state| store.alerts_in(state, 10).await.expect("alerts");
    until(&hub, "the fault is told", async || {
        let firing = alerts(AlertState::Firing).await;
        firing.iter().any(|alert| alert.check_id == "book.crossed")
    })
    .await;

    let real = Simulator::start(venue, SimulatorConfig::default())
        .await
        .expect("venue");
    until(&hub, "the real venue takes over", async || {
        is_in(&hub, "binance", "ok") && is_in(&hub, "simulator", "off")
    })
    .await;
    assert!(
        desk.set("crossed_book", None).is_err(),
        "no simulator is running"
    );
    assert!(desk.list().iter().all(|fault| !fault.on));
    let over = alerts(AlertState::Resolved).await;
    let over = over.iter().find(|alert| alert.check_id == "book.crossed");
    let over = over.expect("nobody will judge it again");
    let history = store.alert_events(over.id, 10).await.expect("history");
    let last = history.last().expect("transition");
    assert_eq!(
        (last.cause.as_str(), last.actor.as_str(), last.to_state),
        ("the feed is no longer run", "engine", AlertState::Resolved)
    );
    assert!(
        *hub.subscribe_alerts().borrow() >= last.seq,
        "listeners know"
    );
    for check in store.latest_checks(None, 1000).await.expect("checks") {
        assert_eq!(
            check.state == CheckState::NotEvaluated && check.summary == "the feed is no longer run",
            check.entity == "BTC-USDT/simulator/live",
            "{check:?}"
        );
    }

    stop.cancel();
    timeout(PROMPT, live)
        .await
        .expect("stops")
        .expect("no panic")
        .expect("no error");
    real.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_streams_every_venue_whose_protocol_is_spoken() {
    let folder = tempfile::tempdir().expect("folder");
    let engine = engine(&folder).await;
    let hub = engine.hub.clone();
    let stop = CancellationToken::new();
    let desk = Desk::new(engine.clock.clone());
    let live = tokio::spawn(run(
        engine,
        Config::default(),
        LivePlan::Simulator,
        desk,
        stop.clone(),
    ));
    until(&hub, "every stream has data and its book", async || {
        let feeds = hub.feeds();
        let is_well = |feed: &FeedVm| {
            feed.stream
                .as_ref()
                .is_some_and(|stream| stream.state == "streaming" && stream.book == "synced")
        };
        feeds.len() == ALL.len() && feeds.iter().all(is_well)
    })
    .await;
    for feed in hub.feeds() {
        assert!(feed.simulated, "{feed:?}");
        let stream = feed.stream.expect("stream");
        assert_eq!(
            (stream.reconnects, stream.rejected),
            (0, 0),
            "{}",
            feed.venue
        );
    }
    stop.cancel();
    timeout(PROMPT, live)
        .await
        .expect("stops")
        .expect("no panic")
        .expect("no error");
    assert!(hub.feeds().iter().all(|feed| feed.state == "off"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_proxy_is_no_venue() {
    let folder = tempfile::tempdir().expect("folder");
    let engine = engine(&folder).await;
    let hub = engine.hub.clone();
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let venue = proxy.local_addr().expect("address");
    let page = axum::Router::new().fallback(async || "please log in");
    tokio::spawn(axum::serve(proxy, page).into_future());
    let stop = CancellationToken::new();
    let desk = Desk::new(engine.clock.clone());
    let live = tokio::spawn(run_with(
        engine,
        config(venue),
        LivePlan::Auto,
        desk,
        TIMES,
        stop.clone(),
    ));
    until(&hub, "the simulator steps in", async || {
        is_in(&hub, "simulator", "ok")
    })
    .await;
    stop.cancel();
    timeout(PROMPT, live)
        .await
        .expect("stops")
        .expect("no panic")
        .expect("no error");
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_of_feeds_that_are_not_run_do_not_stay_open() {
    let folder = tempfile::tempdir().expect("folder");
    let engine = engine(&folder).await;
    let store = engine.store.clone();
    for entity in ["BTC-USDT/kraken/live", "BTC-USD/bitfinex/2018.csv.gz"] {
        testing::fire(&store, entity, Severity::Warn, 1)
            .await
            .expect("fire");
    }
    let (config, desk) = (Config::default(), Desk::new(engine.clock.clone()));
    run(
        engine,
        config,
        LivePlan::Off,
        desk,
        CancellationToken::new(),
    )
    .await
    .expect("run");
    let open = store
        .alerts_in(AlertState::Firing, 10)
        .await
        .expect("alerts");
    let open: Vec<&str> = open.iter().map(|alert| alert.entity.as_str()).collect();
    assert_eq!(open, ["BTC-USD/bitfinex/2018.csv.gz"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_waits_neither_for_an_answer_nor_for_the_next_round() {
    let folder = tempfile::tempdir().expect("folder");
    let engine = engine(&folder).await;
    let hub = engine.hub.clone();
    let mute = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let mut config = config(mute.local_addr().expect("address"));
    config.live.poll_seconds = 3600.0;
    for plan in [
        LivePlan::Venues(vec!["binance".to_owned()]),
        LivePlan::Auto,
        LivePlan::Simulator,
    ] {
        let stop = CancellationToken::new();
        let desk = Desk::new(engine.clock.clone());
        let live = run(
            engine.clone(),
            config.clone(),
            plan.clone(),
            desk,
            stop.clone(),
        );
        let live = tokio::spawn(live);
        let request = if plan == LivePlan::Simulator {
            until(&hub, "the simulator answers", async || {
                is_in(&hub, "simulator", "ok")
            })
            .await;
            None
        } else {
            Some(
                timeout(PATIENCE, mute.accept())
                    .await
                    .expect("asked")
                    .expect("asked"),
            )
        };
        stop.cancel();
        let ended = timeout(PROMPT, live).await;
        ended
            .unwrap_or_else(|_| panic!("{plan:?} stops"))
            .expect("no panic")
            .expect("no error");
        drop(request);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_judges_by_the_time_of_a_fast_simulator() {
    let folder = tempfile::tempdir().expect("folder");
    let mut engine = engine(&folder).await;
    let (hub, store) = (engine.hub.clone(), engine.store.clone());
    engine.clock = simulated_clock(&store, Clock::system(), 60.0)
        .await
        .expect("clock");
    let (clock, began_at) = (engine.clock.clone(), engine.clock.now_ms());
    let stop = CancellationToken::new();
    let desk = Desk::new(clock.clone());
    let mut config = Config::default();
    config.live.venues = vec!["binance".to_owned()];
    config.simulator.speed = 60.0;
    let live = tokio::spawn(run(engine, config, LivePlan::Simulator, desk, stop.clone()));
    until(&hub, "four rounds", async || {
        feed(&hub, "simulator").is_some_and(|feed| feed.polls >= 4)
    })
    .await;
    stop.cancel();
    timeout(PROMPT, live)
        .await
        .expect("stops")
        .expect("no panic")
        .expect("no error");

    let key = SeriesKey {
        names: store.names("BTC-USDT", "simulator").await.expect("names"),
        pipeline: Pipeline::Live,
        step_ms: MINUTE_MS,
    };
    let mut tx = store.snapshot().await.expect("snapshot");
    let new = candles_from(&mut tx, &key, began_at, 1000)
        .await
        .expect("candles");
    drop(tx);
    assert!(new.len() >= 2, "minutes pass in seconds: {}", new.len());
    assert!(new[0].candle.is_final);
    for check in store.latest_checks(None, 1000).await.expect("checks") {
        if ["candle.ts_unit", "candle.gap", "feed.freshness"].contains(&check.check_id.as_str()) {
            assert_eq!(check.state, CheckState::Pass, "{check:?}");
        }
    }
    let again = simulated_clock(&store, Clock::system(), 1.0)
        .await
        .expect("clock");
    let newest = new.last().map(|held| held.candle.opened_at);
    assert!(newest < Some(again.now_ms()), "time goes on where it was");
}
