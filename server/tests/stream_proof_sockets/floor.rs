//! The simulator, the live pipeline with all its venues, and its database, under a clock that runs fast.

use std::{
    collections::BTreeMap,
    future::Future,
    time::{Duration, Instant},
};

use app::model::{FeedVm, StreamVm};
use server::{
    clock::Clock,
    config::{Config, VenueConfig},
    hub::Hub,
    pipeline::{
        Engine,
        live::{Desk, LivePlan, run},
    },
    simulator::{Fault, Protocol, RunningSimulator, Simulator, SimulatorConfig},
    source::venue::facts_of,
    store::Store,
};
use sqlx::{AssertSqlSafe, SqlitePool};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::pool;

const START: i64 = 1_790_000_055_000;
/// A sign of a fault comes within this time of the floor's clock.
const SIGN_MS: i64 = 240_000;
/// And everything is back within this: the longest pauses are a backoff of a minute and a book given up for five.
const RECOVERY_MS: i64 = 420_000;
/// The newest trades may still be on their way.
const UNDERWAY_MS: i64 = 20_000;
/// Whatever is waited for is looked at this often.
const LOOK: Duration = Duration::from_millis(20);

/// How a fault is seen.
#[derive(Debug, Clone, Copy)]
pub enum Sign {
    /// The stream says this word.
    State(&'static str),
    /// The feed says this word.
    Feed(&'static str),
    /// The stream or its book is not well.
    Unwell,
    /// The book is not to be trusted.
    Bookless,
    /// A connection broke.
    Reconnected,
    /// A second connection took over.
    RolledOver,
    /// Trades are missing.
    Gap,
    /// Messages are set apart.
    Rejected,
    /// A check has something against the venue.
    Check(&'static str),
    /// Nothing is to be seen while so many trades go by.
    Trades(i64),
}

/// Counts of a venue.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    reconnects: i64,
    rejected: i64,
    trades: i64,
    gaps: i64,
    bookless: i64,
    rolled: i64,
}

pub struct Floor {
    _folder: TempDir,
    engine: Engine,
    simulator: RunningSimulator,
    pool: SqlitePool,
    stop: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Floor {
    /// Everything runs so many times as fast as real time.
    pub async fn start(speed: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("assay.db");
        let clock = Clock::scaled(Clock::system(), START, speed);
        let simulator = SimulatorConfig {
            clock: clock.clone(),
            book_levels: 60,
            ..SimulatorConfig::default()
        };
        let simulator = Simulator::start("127.0.0.1:0".parse().unwrap(), simulator)
            .await
            .unwrap();
        let engine = Engine {
            store: Store::open(&format!("sqlite:{}", file.display()))
                .await
                .unwrap(),
            hub: Hub::new("test"),
            clock: clock.clone(),
        };
        let mut config = Config::default();
        let mut names = Vec::new();
        for protocol in Protocol::ALL {
            let name = protocol.as_str();
            if facts_of(name).is_none() {
                continue;
            }
            let venue = VenueConfig {
                rest: Some(simulator.rest_url(protocol)),
                stream: Some(simulator.stream_url(protocol)),
                ..VenueConfig::default()
            };
            config.venue.insert(name.to_owned(), venue);
            names.push(name.to_owned());
        }
        let stop = CancellationToken::new();
        let live = run(
            engine.clone(),
            config,
            LivePlan::Venues(names),
            Desk::new(clock),
            stop.clone(),
        );
        Self {
            pool: pool(&file).await,
            running: tokio::spawn(live),
            _folder: folder,
            engine,
            simulator,
            stop,
        }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
        self.pool.close().await;
        self.simulator.shutdown().await;
    }

    pub fn has(&self, protocol: Protocol) -> bool {
        facts_of(protocol.as_str()).is_some()
    }

    pub fn on(&self, fault: Fault, protocol: Protocol) {
        self.simulator.faults().set(fault, Some(protocol), None);
    }

    pub fn off(&self, fault: Fault, protocol: Protocol) {
        self.simulator.faults().clear(fault, Some(protocol));
    }

    pub fn feed(&self, protocol: Protocol) -> Option<FeedVm> {
        let mut feeds = self.engine.hub.feeds().into_iter();
        feeds.find(|feed| feed.venue == protocol.as_str())
    }

    pub fn stream(&self, protocol: Protocol) -> StreamVm {
        let feed = self.feed(protocol);
        feed.and_then(|feed| feed.stream).unwrap_or_default()
    }

    async fn number(&self, sql: &str) -> i64 {
        let row: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(sql.to_owned()))
            .fetch_optional(&self.pool)
            .await
            .unwrap();
        row.map_or(0, |(number,)| number)
    }

    /// Rows of a table that are the venue's.
    async fn count(&self, table: &str, protocol: Protocol, and: &str) -> i64 {
        self.number(&format!(
            "select count(*) from {table} t join venue v on v.id = t.venue_id where v.name = '{protocol}' {and}"
        ))
        .await
    }

    async fn until<F: Future<Output = bool>>(
        &self,
        what: &str,
        protocol: Protocol,
        most_ms: i64,
        mut holds: impl FnMut() -> F,
    ) {
        let (began, most) = (Instant::now(), self.engine.clock.wait_of(most_ms));
        let mut tick = tokio::time::interval(LOOK);
        while !holds().await {
            assert!(
                began.elapsed() < most,
                "{protocol}: {what} within {most_ms} ms; {:?}",
                self.feed(protocol)
            );
            assert!(!self.running.is_finished(), "the live pipeline stopped");
            tick.tick().await;
        }
    }

    /// Lets time pass.
    pub async fn pass(&self, ms: i64) {
        let until = self.engine.clock.now_ms() + ms;
        let mut tick = tokio::time::interval(LOOK);
        while self.engine.clock.now_ms() < until {
            tick.tick().await;
        }
    }

    pub async fn until_well(&self, protocol: Protocol) {
        self.until("all is well", protocol, RECOVERY_MS, || async {
            let Some(feed) = self.feed(protocol) else {
                return false;
            };
            let stream = feed.stream.unwrap_or_default();
            let well = feed.state == "ok" && stream.state == "streaming" && stream.book == "synced";
            // what is still growing would hide the next loss
            let growing = "and t.dataset = 'book' and t.to_at is null";
            well && self.count("gap", protocol, growing).await == 0
        })
        .await;
    }

    /// What is counted before a fault.
    pub async fn before(&self, protocol: Protocol) -> Before {
        let stream = self.stream(protocol);
        Before {
            reconnects: stream.reconnects,
            rejected: stream.rejected,
            trades: self.count("silver_trade", protocol, "").await,
            gaps: self.count("gap", protocol, "and t.dataset = 'trade'").await,
            bookless: self.count("gap", protocol, "and t.dataset = 'book'").await,
            rolled: self.events(protocol, "rolled_over").await,
        }
    }

    pub async fn until_sign(&self, protocol: Protocol, sign: Sign, before: Before) {
        let Before {
            reconnects,
            rejected,
            trades,
            gaps,
            bookless,
            rolled,
        } = before;
        let what = format!("{sign:?}");
        self.until(&what, protocol, SIGN_MS, || async {
            let stream = self.stream(protocol);
            match sign {
                Sign::State(word) => stream.state == word,
                Sign::Feed(word) => self.feed(protocol).is_some_and(|feed| feed.state == word),
                Sign::Unwell => stream.state != "streaming" || stream.book != "synced",
                Sign::Bookless => {
                    self.count("gap", protocol, "and t.dataset = 'book'").await > bookless
                }
                Sign::Reconnected => stream.reconnects > reconnects,
                Sign::RolledOver => self.events(protocol, "rolled_over").await > rolled,
                Sign::Gap => self.count("gap", protocol, "and t.dataset = 'trade'").await > gaps,
                Sign::Rejected => stream.rejected > rejected,
                Sign::Check(check) => self.found(protocol, check).await > 0,
                Sign::Trades(count) => {
                    self.count("silver_trade", protocol, "").await >= trades + count
                }
            }
        })
        .await;
    }

    async fn events(&self, protocol: Protocol, kind: &str) -> i64 {
        self.number(&format!(
            "select count(*) from source_event where venue = '{protocol}' and kind = '{kind}'"
        ))
        .await
    }

    /// What the check has against the venue now.
    async fn found(&self, protocol: Protocol, check: &str) -> i64 {
        self.number(&format!(
            "select count(*) from check_latest where check_id = '{check}' and entity like '%/{protocol}/%'
             and state in ('warn', 'error', 'critical')"
        ))
        .await
    }

    /// A fault begins, is seen, ends, and is over.
    pub async fn survive(&self, protocol: Protocol, fault: Fault, sign: Sign, seconds: i64) {
        if let Sign::Check(check) = sign {
            self.until("nothing is wrong", protocol, RECOVERY_MS, || async {
                self.found(protocol, check).await == 0
            })
            .await;
        }
        let began = Instant::now();
        let before = self.before(protocol).await;
        self.on(fault, protocol);
        if matches!(fault, Fault::AckWithoutData | Fault::StaleSnapshot) {
            // only a new connection notices
            self.on(Fault::Disconnect, protocol);
        }
        self.until_sign(protocol, sign, before).await;
        let seen = began.elapsed();
        self.pass(seconds * 1_000).await;
        self.off(fault, protocol);
        self.off(Fault::Disconnect, protocol);
        self.until_well(protocol).await;
        println!(
            "{protocol} {fault}: {sign:?} after {seen:?}, well after {:?}",
            began.elapsed()
        );
    }

    /// Everything that the simulator traded from the first trade on is in silver, once, or in a gap that was recorded.
    pub async fn assert_nothing_lost(&self) {
        for protocol in Protocol::ALL
            .into_iter()
            .filter(|protocol| self.has(*protocol))
        {
            self.until("gaps are closed", protocol, RECOVERY_MS, || async {
                let open = "and t.dataset = 'trade' and t.state in ('open', 'filling')";
                self.count("gap", protocol, open).await == 0
            })
            .await;
        }
        for protocol in Protocol::ALL
            .into_iter()
            .filter(|protocol| self.has(*protocol))
        {
            self.compare(protocol).await;
        }
    }

    async fn compare(&self, protocol: Protocol) {
        let rows: Vec<(i64, i64, f64, f64)> = sqlx::query_as(AssertSqlSafe(format!(
            "select t.trade_id, t.traded_at, t.price, t.size from silver_trade t join venue v on v.id = t.venue_id
             where v.name = '{protocol}' order by t.traded_at, t.trade_id"
        )))
        .fetch_all(&self.pool)
        .await
        .unwrap();
        let (first, last) = (rows[0].1, rows[rows.len() - 1].1);
        let held: BTreeMap<i64, (f64, f64)> = rows
            .iter()
            .map(|(id, _, price, size)| (*id, (*price, *size)))
            .collect();
        assert_eq!(held.len(), rows.len(), "{protocol}: trades are there twice");
        let recorded: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
            "select t.from_at, t.to_at from gap t join venue v on v.id = t.venue_id
             where v.name = '{protocol}' and t.dataset = 'trade' and t.state = 'recorded'"
        )))
        .fetch_all(&self.pool)
        .await
        .unwrap();
        let truth = self.simulator.truth().trades(protocol, first, last + 1);
        let mut missing = Vec::new();
        for trade in truth.iter().map(|trade| trade.model()) {
            let at = trade.traded_at;
            match held.get(&trade.trade_id) {
                Some(row) => assert_eq!(*row, (trade.price, trade.size), "{protocol}: {trade:?}"),
                // the first stream may begin within a millisecond, the last trades are under way
                None if at <= first || at >= last - UNDERWAY_MS => {}
                None if recorded
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&at)) => {}
                None => missing.push(trade),
            }
        }
        assert!(
            missing.is_empty(),
            "{protocol}: {} of {} trades are missing: {:?}",
            missing.len(),
            truth.len(),
            &missing[..missing.len().min(5)]
        );
        let gaps = self.count("gap", protocol, "and t.dataset = 'trade'").await;
        println!(
            "{protocol}: {} trades, {gaps} gaps, {} of them recorded",
            rows.len(),
            recorded.len()
        );
    }
}
