//! A venue is away for ten hours: one incident, at most three notices, and the last says how long it lasted and what was
//! filled afterwards.
//!
//! The real poller, watchdog, stream writer and gap worker work on a simulated venue that fails, all under a set clock.

use std::{sync::Arc, time::Duration};

use app::{
    backend::Backend as _,
    model::{HOUR_MS, MINUTE_MS},
};
use async_trait::async_trait;
use server::{
    backend::StoreBackend,
    clock::Clock,
    config::NotifyConfig,
    notify::{Channels, Limits},
    pipeline::{
        Engine,
        alerting::tick,
        live::{
            Poller, Source, Watchdog,
            gaps::{Asker, GapWorker},
            stream::{NoticeKind, RunningSink, StreamSource},
        },
        notifying::Notifying,
    },
    simulator::{Fault, RunningSimulator, SYMBOL, Simulator, SimulatorConfig},
    source::{
        Answer, FetchError, HttpConfig, HttpSource,
        binance::requests::Requests,
        session::Channel,
        venue::{Place, Question, Venue, open},
    },
};

use crate::{
    receivers::Receiver,
    streams::{Connection, INSTRUMENT, start},
    support::Bench,
};

const VENUE: &str = "simulator";
const INTERVAL_MS: i64 = 30_000;
/// The beginning of a minute.
const T0: i64 = 1_790_000_040_000;

/// Asks the venue about the past.
#[derive(Debug)]
struct Past(HttpSource);

#[async_trait]
impl Asker for Past {
    async fn ask(&self, question: &Question) -> Result<Answer, FetchError> {
        self.0.get(&question.url).await
    }
}

/// A venue, and everything that works on it.
struct World {
    bench: Bench,
    clock: Clock,
    simulator: RunningSimulator,
    http: HttpSource,
    poller: Poller,
    watchdog: Watchdog,
    sink: RunningSink,
    gaps: GapWorker,
    notifying: Notifying,
    told: Receiver,
    /// The stream, while it stands.
    connection: Option<Connection>,
    /// The last trade that came over it.
    last_trade: i64,
}

impl World {
    async fn begin() -> Self {
        let mut bench = Bench::new().await;
        let clock = Clock::fixed(T0);
        bench.engine.clock = clock.clone();
        let engine = bench.engine.clone();
        let config = SimulatorConfig {
            clock: clock.clone(),
            rate: 0.1,
            ..SimulatorConfig::default()
        };
        let addr = "127.0.0.1:0".parse().unwrap();
        let simulator = Simulator::start(addr, config).await.unwrap();
        let client = client(&simulator);
        let http = HttpSource::new(&HttpConfig::default(), clock.clone()).unwrap();
        let poller = poller(&engine, &client);
        let sink = start(&engine);
        let gaps = GapWorker::new(
            engine.clone(),
            sink.sink(),
            stream(&client),
            SYMBOL,
            client,
            Arc::new(Past(http.clone())),
        );
        let told = Receiver::http().await;
        let notifying = notifying(&engine, told.url());
        Self {
            watchdog: poller.watchdog(),
            bench,
            clock,
            simulator,
            http,
            poller,
            sink,
            gaps,
            notifying,
            told,
            connection: None,
            last_trade: 0,
        }
    }

    /// Everything does what it does at this time.
    async fn round(&mut self) {
        self.poller.round().await;
        self.stream().await;
        self.watchdog.look().await;
        self.sink.sink().flush().await.unwrap();
        self.gaps.look().await.unwrap();
        tick(&self.bench.engine).await.unwrap();
        self.notifying.look().await.unwrap();
        while self.notifying.deliver("ops").await.unwrap() {}
    }

    async fn rounds(&mut self, count: i64, step_ms: i64) {
        for _ in 0..count {
            self.clock.advance(step_ms);
            self.round().await;
        }
    }

    /// The stream brings what was traded since it stands.
    async fn stream(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let requests = Requests::new(&self.simulator.base_url(), SYMBOL);
        let url = match self.last_trade {
            0 => requests.agg_trades_from(self.clock.now_ms() - MINUTE_MS, 1_000),
            last => requests.agg_trades_from_id(last + 1, 1_000),
        };
        let answer = self.http.get(&url).await.unwrap();
        let trades: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
        for trade in trades.as_array().unwrap() {
            let (id, at) = (trade["a"].as_i64().unwrap(), trade["T"].as_i64().unwrap());
            connection.trade(id, at, number(&trade["p"]), number(&trade["q"]));
            self.last_trade = id;
        }
        connection.hand_over().await;
    }

    fn connect(&mut self, number: u64) {
        self.connection = Some(Connection::open_to(&self.sink.sink(), number, VENUE));
        self.last_trade = 0;
    }

    async fn disconnect(&mut self) {
        let since = self.clock.now_ms();
        if let Some(connection) = self.connection.take() {
            let kind = NoticeKind::Disconnected { alone: true, since };
            connection.notice(since, kind).await;
            connection.close().await;
        }
    }
}

fn client(simulator: &RunningSimulator) -> Arc<dyn Venue> {
    let place = Place {
        rest: simulator.base_url(),
        stream: "ws://127.0.0.1:1".to_owned(),
        symbol: SYMBOL.to_owned(),
    };
    open(VENUE, &place).unwrap()
}

fn stream(client: &Arc<dyn Venue>) -> Arc<StreamSource> {
    Arc::new(StreamSource {
        instrument: INSTRUMENT.to_owned(),
        venue: VENUE.to_owned(),
        simulated: false,
        url: client.stream_url(&Channel::ALL),
        channels: Channel::ALL.to_vec(),
        facts: client.facts(),
    })
}

fn poller(engine: &Engine, client: &Arc<dyn Venue>) -> Poller {
    let source = Source {
        name: VENUE.to_owned(),
        instrument: INSTRUMENT.to_owned(),
        symbol: SYMBOL.to_owned(),
        client: Arc::clone(client),
        channels: Vec::new(),
        interval_ms: INTERVAL_MS,
        slow_ms: INTERVAL_MS,
        simulated: false,
    };
    Poller::new(engine.clone(), source).unwrap()
}

fn notifying(engine: &Engine, url: String) -> Notifying {
    let text = "digest = \"off\"\n[channel.ops]\nkind = \"webhook\"\nurl_env = \"URL\"\n";
    let config: NotifyConfig = toml::from_str(text).unwrap();
    let limits = Limits {
        timeout: Duration::from_secs(10),
    };
    let channels = Channels::of(&config, |_| Some(url.clone()), limits);
    let backend = StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    );
    Notifying::new(engine.clone(), &config, channels, Arc::new(backend)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_hours_away_are_one_incident_and_at_most_three_notices() {
    let mut world = World::begin().await;
    world.connect(1);
    world.round().await;
    world.rounds(10, INTERVAL_MS).await;
    assert_eq!(world.told.rest().len(), 0, "all is well");

    let gone_at = world.clock.now_ms();
    world.disconnect().await;
    world.simulator.faults().set(Fault::ServerError, None, None);
    world.rounds(20, INTERVAL_MS).await;
    world
        .rounds(
            (10 * HOUR_MS - 20 * INTERVAL_MS) / (2 * MINUTE_MS),
            2 * MINUTE_MS,
        )
        .await;
    assert_eq!(world.clock.now_ms() - gone_at, 10 * HOUR_MS);
    world.simulator.faults().clear_all();
    world.connect(2);
    world.rounds(60, INTERVAL_MS).await;

    let backend = StoreBackend::new(
        world.bench.engine.store.clone(),
        world.bench.engine.hub.clone(),
        world.clock.clone(),
    );
    let incidents = backend.incidents(10).await.unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    let incident = &incidents[0];
    let open = backend.incident(incident.id).await.unwrap();
    assert!(!incident.is_open, "{open:#?}");
    assert!(incident.alerts > 1, "several checks saw it: {incident:#?}");
    let lasted = incident.resolved_at.unwrap() - incident.opened_at;
    assert!(
        (10 * HOUR_MS - 5 * MINUTE_MS..11 * HOUR_MS).contains(&lasted),
        "{lasted}"
    );

    let notices: Vec<serde_json::Value> = world
        .told
        .rest()
        .iter()
        .map(|notice| notice.json())
        .collect();
    let kinds: Vec<&str> = notices
        .iter()
        .map(|notice| notice["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.len() <= 3, "{kinds:?}");
    assert_eq!(kinds.first(), Some(&"opened"), "{kinds:?}");
    assert_eq!(kinds.last(), Some(&"resolved"), "{kinds:?}");
    let last = &notices[notices.len() - 1];
    let subject = last["subject"].as_str().unwrap();
    assert!(subject.starts_with("Resolved after 10 h"), "{subject}");
    assert_eq!(last["incident"]["duration_ms"], lasted);
    // what can be asked for afterwards was; books of the past cannot
    let gaps: Vec<(String, String)> = world
        .bench
        .rows("select dataset, state from gap order by dataset")
        .await;
    let expected = [("book", "recorded"), ("trade", "filled")];
    assert_eq!(
        gaps,
        expected.map(|(of, state)| (of.to_owned(), state.to_owned()))
    );
    assert_eq!(
        last["incident"]["repair"],
        "1 of 2 gaps filled, 1 cannot be"
    );
    assert!(
        last["summary"].as_str().unwrap().contains("Backfill: "),
        "{last}"
    );
    // what was told is true
    let (count, first, newest): (i64, i64, i64) = world
        .bench
        .row("select count(*), min(trade_id), max(trade_id) from silver_trade")
        .await;
    assert!(newest >= world.last_trade);
    assert_eq!(count, newest - first + 1, "no trade is missing");
    let minutes: (i64, i64, i64) = world
        .bench
        .row("select count(*), min(opened_at), max(opened_at) from silver_candle where pipeline = 'live'")
        .await;
    assert_eq!(
        minutes.0,
        (minutes.2 - minutes.1) / MINUTE_MS + 1,
        "nor a minute"
    );
    world.sink.close().await;
}
