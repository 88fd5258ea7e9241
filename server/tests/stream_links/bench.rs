//! A driver on a database of its own, in front of the small venue.

use std::{path::PathBuf, sync::Arc, time::Duration};

use app::model::{FeedVm, StreamVm};
use server::{
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        live::{
            Feed, Source,
            stream::{Driver, DriverConfig, RunningSink, Sink},
        },
    },
    source::{
        Asker, Budget, HttpConfig, HttpSource,
        link::LinkConfig,
        session::Channel,
        socket::{SocketConfig, Sockets},
        venue::{Place, open},
    },
    store::Store,
};
use tempfile::TempDir;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::venue::{PATIENCE, Talk, Venue};
use crate::support::pool;

/// The engine's clock runs so many times as fast: half a minute of patience is over within seconds.
pub const SPEED: f64 = 10.0;
const SOURCE: (&str, &str) = ("BTC-USDT", "binance");

pub struct Bench {
    _folder: TempDir,
    file: PathBuf,
    pub clock: Clock,
    pub venue: Venue,
    hub: Hub,
    running: JoinHandle<()>,
    sink: RunningSink,
    stop: CancellationToken,
}

/// How it went.
#[derive(Debug)]
pub struct Told {
    pub connections: usize,
    pub reconnects: i64,
    /// Kinds of the source's events, oldest first.
    pub kinds: Vec<String>,
    /// Numbers of trades in silver, ascending.
    pub trades: Vec<i64>,
    pub quarantined: i64,
}

impl Told {
    /// From the first to the last trade, each is there once.
    pub fn assert_nothing_lost(&self) {
        let (Some(first), Some(last)) = (self.trades.first(), self.trades.last()) else {
            panic!("there are no trades");
        };
        let all: Vec<i64> = (*first..=*last).collect();
        assert_eq!(self.trades, all);
    }
}

impl Bench {
    pub async fn start(talk: Talk) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("assay.db");
        let store = Store::open(&format!("sqlite:{}", file.display()))
            .await
            .expect("store");
        let clock = Clock::scaled(Clock::system(), 1_790_000_000_000, SPEED);
        let engine = Engine {
            store,
            hub: Hub::new("test"),
            clock: clock.clone(),
        };
        let venue = Venue::start(talk, clock.clone()).await;
        let source = source(&venue);
        let facts = source.client.facts();
        let http = HttpSource::new(&HttpConfig::default(), clock.clone()).expect("client");
        let asker = Asker::new(http, Budget::new(facts, clock.now_ms()), clock.clone());
        let bounds = SocketConfig {
            max_frame_bytes: 20_000,
            max_message_bytes: 20_000,
            ..SocketConfig::default()
        };
        let sockets = Sockets::new(bounds, clock.clone()).expect("client");
        let observer = Arc::new(engine.hub.meters().clone());
        let sink = Sink::start(engine.clone(), Some(observer));
        let config = DriverConfig {
            flush: Duration::from_millis(20),
            ..DriverConfig::new(LinkConfig::new(facts, &source.channels))
        };
        let status = Feed::new(source.clone(), clock.now_ms()).status;
        let hub = engine.hub.clone();
        let (driver, events) =
            Driver::new(engine, source, config, sockets, asker, sink.sink(), status);
        let stop = CancellationToken::new();
        Self {
            _folder: folder,
            file,
            clock,
            venue,
            hub,
            running: tokio::spawn(driver.run(events, stop.clone())),
            sink,
            stop,
        }
    }

    pub fn stream(&self) -> StreamVm {
        let feeds: Vec<FeedVm> = self.hub.feeds();
        let feed = feeds.into_iter().find(|feed| feed.venue == SOURCE.1);
        feed.and_then(|feed| feed.stream).unwrap_or_default()
    }

    pub async fn until(&self, what: &str, holds: impl Fn(&StreamVm) -> bool) {
        self.wait(what, async || holds(&self.stream())).await;
    }

    pub async fn until_state(&self, state: &str) {
        self.until(state, |stream| stream.state == state).await;
    }

    /// So many trades are in silver.
    pub async fn until_trades(&self, count: usize) {
        self.wait("trades", async || self.trades().await.len() >= count)
            .await;
    }

    /// An event of this kind is stored.
    pub async fn until_kind(&self, kind: &str) {
        self.wait(kind, async || self.kinds().await.contains(&kind.to_owned()))
            .await;
    }

    async fn wait(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            // figures that move are told without a word: looked at again some times a second
            let mut look = tokio::time::interval(Duration::from_millis(50));
            while !holds().await {
                look.tick().await;
            }
        };
        let waited = timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| panic!("{what}: {:?} {:?}", self.stream(), self.venue.seen()));
    }

    pub async fn trades(&self) -> Vec<i64> {
        let pool = pool(&self.file).await;
        let rows: Vec<(i64,)> =
            sqlx::query_as("select trade_id from silver_trade order by trade_id")
                .fetch_all(&pool)
                .await
                .expect("trades");
        rows.into_iter().map(|(id,)| id).collect()
    }

    async fn kinds(&self) -> Vec<String> {
        let pool = pool(&self.file).await;
        let rows: Vec<(String,)> = sqlx::query_as("select kind from source_event order by id")
            .fetch_all(&pool)
            .await
            .expect("events");
        rows.into_iter().map(|(kind,)| kind).collect()
    }

    /// Stops as a server does; everything received is stored.
    pub async fn stop(self) -> Told {
        let reconnects = self.stream().reconnects;
        self.stop.cancel();
        let Self {
            running,
            sink,
            file,
            venue,
            _folder,
            ..
        } = self;
        timeout(PATIENCE, running)
            .await
            .expect("stops")
            .expect("no panic");
        timeout(PATIENCE, sink.close()).await.expect("is written");
        let pool = pool(&file).await;
        let texts = async |sql: &'static str| -> Vec<(i64, String)> {
            sqlx::query_as(sql).fetch_all(&pool).await.expect("rows")
        };
        let events = texts("select id, kind from source_event order by id").await;
        let trades = texts("select trade_id, '' from silver_trade order by trade_id").await;
        let quarantined = texts("select id, '' from quarantine").await.len() as i64;
        let unbalanced = texts(
            "select id, origin from bronze_landing where rows <> accepted + deduplicated + quarantined",
        )
        .await;
        assert_eq!(unbalanced, []);
        Told {
            connections: venue.seen().handshakes.len(),
            reconnects,
            kinds: events.into_iter().map(|(_, kind)| kind).collect(),
            trades: trades.into_iter().map(|(id, _)| id).collect(),
            quarantined,
        }
    }
}

fn source(venue: &Venue) -> Source {
    let place = Place {
        rest: format!("http://{}", venue.addr),
        stream: format!("ws://{}", venue.addr),
        symbol: "BTCUSDT".to_owned(),
    };
    Source {
        name: SOURCE.1.to_owned(),
        instrument: SOURCE.0.to_owned(),
        client: open("binance", &place).expect("client"),
        symbol: place.symbol,
        channels: vec![Channel::Trades, Channel::Quotes],
        interval_ms: 10_000,
        slow_ms: 30_000,
        simulated: false,
    }
}
