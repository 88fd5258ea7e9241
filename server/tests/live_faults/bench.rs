//! A poller, its simulator and its database under one clock that stands still between rounds.

use std::{collections::BTreeMap, time::Duration};

use app::model::{
    AlertState, AlertVm, Candle, CheckState, CheckVm, FeedVm, LandingState, LandingVm, MINUTE_MS,
    Pipeline, QuarantineVm, Severity, flag,
};
use server::{
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        live::{Poller, Source, Watchdog},
    },
    simulator::{Fault, RunningSimulator, SYMBOL, Simulator, SimulatorConfig},
    source::{
        HttpConfig, HttpSource,
        binance::{messages::parse_klines, requests::Requests},
        venue::{Place, open},
    },
    store::{SeriesKey, Store, candle::candles_from},
};
use tempfile::TempDir;

/// 15 seconds into a minute.
pub const START: i64 = 1_790_000_055_000;
/// Time between two rounds.
pub const INTERVAL_MS: i64 = 30_000;
/// What the checks judge.
pub const ENTITY: &str = "BTC-USDT/simulator/live";
const ALL: i64 = 100_000;
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Bench {
    folder: TempDir,
    pub clock: Clock,
    pub engine: Engine,
    pub simulator: RunningSimulator,
    pub poller: Poller,
    watchdog: Watchdog,
}

impl Bench {
    /// Has polled once.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let clock = Clock::fixed(START);
        let simulator = Simulator::start(
            "127.0.0.1:0".parse().expect("address"),
            SimulatorConfig {
                clock: clock.clone(),
                ..SimulatorConfig::default()
            },
        )
        .await
        .expect("simulator");
        let engine = engine(&folder, &clock).await;
        let poller = poller(&engine, &simulator, PATIENCE);
        let mut bench = Self {
            watchdog: poller.watchdog(),
            folder,
            clock,
            engine,
            simulator,
            poller,
        };
        assert_eq!(bench.here().await, INTERVAL_MS);
        bench
    }

    /// The process ends and another one begins on the same file.
    pub async fn restart(&mut self) {
        self.engine.store.close().await;
        self.engine = engine(&self.folder, &self.clock).await;
        self.poller = poller(&self.engine, &self.simulator, PATIENCE);
        self.watchdog = self.poller.watchdog();
    }

    /// From now on answers must come within this time.
    pub fn wait_at_most(&mut self, total_timeout: Duration) {
        self.poller = poller(&self.engine, &self.simulator, total_timeout);
        self.watchdog = self.poller.watchdog();
    }

    /// A round without a step of the clock; gives the pause after it.
    async fn here(&mut self) -> i64 {
        let pause_ms = self.poller.round().await;
        self.watchdog.look().await;
        pause_ms
    }

    /// The next round; gives the pause after it.
    pub async fn round(&mut self) -> i64 {
        self.clock.advance(INTERVAL_MS);
        self.here().await
    }

    pub async fn rounds(&mut self, count: usize) {
        for _ in 0..count {
            self.round().await;
        }
    }

    pub fn on(&self, fault: Fault) {
        self.simulator.faults().set(fault, None, None);
    }

    pub fn off(&self, fault: Fault) {
        self.simulator.faults().clear(fault, None);
    }

    pub fn feed(&self) -> FeedVm {
        let feeds = self.engine.hub.feeds();
        assert_eq!(feeds.len(), 1);
        feeds.into_iter().next().expect("one feed")
    }

    async fn alerts_of(&self, check: &str) -> Vec<AlertVm> {
        let mut alerts = self.engine.store.alerts(ALL).await.expect("alerts");
        alerts.retain(|alert| alert.check_id == check);
        alerts
    }

    pub async fn assert_quiet(&self, check: &str) {
        assert_eq!(self.alerts_of(check).await, [], "{check} has no alert");
    }

    /// The check has one alert, which is open, with evidence.
    pub async fn assert_open(&self, check: &str, severity: Severity) -> AlertVm {
        let alerts = self.alerts_of(check).await;
        assert_eq!(alerts.len(), 1, "{check} opens once: {alerts:#?}");
        let alert = alerts.into_iter().next().expect("one alert");
        assert_eq!(
            (alert.state, alert.severity, alert.entity.as_str()),
            (AlertState::Firing, severity, ENTITY),
            "{check}: {}",
            alert.summary
        );
        let row = self.engine.store.alert(alert.id).await.expect("alert");
        let evidence: serde_json::Value =
            serde_json::from_str(&row.expect("alert").evidence).expect("evidence");
        let rows = evidence["rows"].as_array().expect("rows");
        assert!(!rows.is_empty(), "{check} has evidence");
        alert
    }

    /// The check's only alert is over; its history leads from the first finding to the end, and listeners know.
    pub async fn assert_resolved(&self, check: &str) {
        let alerts = self.alerts_of(check).await;
        assert_eq!(alerts.len(), 1, "{check} opened once: {alerts:#?}");
        let alert = &alerts[0];
        assert_eq!(
            alert.state,
            AlertState::Resolved,
            "{check}: {}",
            alert.summary
        );
        let store = &self.engine.store;
        let history = store.alert_events(alert.id, ALL).await.expect("history");
        let states: Vec<AlertState> = history.iter().map(|event| event.to_state).collect();
        assert_eq!(states.first(), Some(&AlertState::Firing), "{check}");
        assert_eq!(
            states[states.len() - 2..],
            [AlertState::Recovering, AlertState::Resolved],
            "{check}"
        );
        assert!(history.iter().all(|event| event.actor == "engine"));
        let told = *self.engine.hub.subscribe_alerts().borrow();
        assert_eq!(told, store.newest_alert_seq().await.expect("newest"));
    }

    /// Rounds until the check's alert is over.
    pub async fn rounds_until_resolved(&mut self, check: &str, at_most: usize) {
        for _ in 0..at_most {
            self.round().await;
            let alerts = self.alerts_of(check).await;
            if alerts
                .iter()
                .all(|alert| alert.state == AlertState::Resolved)
            {
                break;
            }
        }
        self.assert_resolved(check).await;
    }

    pub async fn check(&self, check: &str) -> CheckVm {
        let checks = self
            .engine
            .store
            .latest_checks(None, ALL)
            .await
            .expect("checks");
        let found = checks.into_iter().find(|found| found.check_id == check);
        found.unwrap_or_else(|| panic!("{check} was never evaluated"))
    }

    pub async fn quarantined(&self, rule: &str) -> Vec<QuarantineVm> {
        let mut rows = self
            .engine
            .store
            .quarantined(None, ALL)
            .await
            .expect("rows");
        rows.retain(|row| row.rules.iter().any(|broken| broken == rule));
        rows
    }

    pub async fn landings(&self) -> Vec<LandingVm> {
        let store = &self.engine.store;
        store.landings(None, None, ALL).await.expect("landings")
    }

    pub async fn names(&self) -> server::store::Names {
        let store = &self.engine.store;
        store.names("BTC-USDT", "simulator").await.expect("names")
    }

    /// Silver.
    pub async fn candles(&self) -> Vec<Candle> {
        let key = SeriesKey {
            names: self.names().await,
            pipeline: Pipeline::Live,
            step_ms: MINUTE_MS,
        };
        let mut tx = self.engine.store.snapshot().await.expect("snapshot");
        let held = candles_from(&mut tx, &key, 0, ALL).await.expect("candles");
        held.into_iter().map(|held| held.candle).collect()
    }

    /// What the simulator says now of the same stretch of time.
    async fn truth(&self, from: i64) -> Vec<Candle> {
        let http = HttpSource::new(&HttpConfig::default(), self.clock.clone()).expect("client");
        let requests = Requests::new(&self.simulator.base_url(), SYMBOL);
        let mut truth: Vec<Candle> = Vec::new();
        loop {
            let next = truth.last().map_or(from, |last| last.opened_at + MINUTE_MS);
            let url = requests.klines("1m", 1000, Some(next));
            let answer = http.get(&url).await.expect("klines");
            let page = parse_klines(&answer.body, self.clock.now_ms()).expect("klines");
            assert_eq!(page.rejects, []);
            if page.candles.is_empty() {
                return truth;
            }
            truth.extend(page.candles.iter().map(|row| row.candle));
        }
    }

    /// Every row of every landing is accounted for, and silver holds what the simulator serves: no candle lost,
    /// doubled or changed, but for the minutes in `apart`, and the newest three that may still settle.
    pub async fn assert_nothing_lost(&self, apart: &[i64]) {
        for landing in self.landings().await {
            let kept = landing.accepted + landing.deduplicated + landing.quarantined;
            let expected = match landing.state {
                LandingState::Refused => 0,
                _ => landing.rows,
            };
            assert_eq!(kept, expected, "{landing:?}");
            assert!(matches!(
                landing.state,
                LandingState::Done | LandingState::Refused
            ));
        }
        let settled = self.clock.now_ms() - 3 * MINUTE_MS;
        let is_settled =
            |candle: &Candle| candle.opened_at <= settled && !apart.contains(&candle.opened_at);
        let held = self.candles().await;
        let truth = self.truth(held[0].opened_at).await;
        let index = |candles: Vec<Candle>| -> BTreeMap<i64, Candle> {
            candles
                .into_iter()
                .filter(is_settled)
                .map(|candle| {
                    let flags = candle.flags & flag::NO_TRADES;
                    (candle.opened_at, Candle { flags, ..candle })
                })
                .collect()
        };
        let (held, truth) = (index(held), index(truth));
        assert!(held.len() > 900);
        for (at, candle) in &truth {
            assert_eq!(held.get(at), Some(candle), "minute {at}");
        }
        assert_eq!(held.len(), truth.len());
    }

    /// No check has anything against the data.
    pub async fn assert_all_well(&self) {
        let checks = self
            .engine
            .store
            .latest_checks(None, ALL)
            .await
            .expect("checks");
        for check in checks {
            assert!(
                matches!(check.state, CheckState::Pass | CheckState::NotEvaluated),
                "{check:?}"
            );
        }
    }
}

pub async fn engine(folder: &TempDir, clock: &Clock) -> Engine {
    let file = folder.path().join("assay.db");
    Engine {
        store: Store::open(&format!("sqlite:{}", file.display()))
            .await
            .expect("store"),
        hub: Hub::new("test"),
        clock: clock.clone(),
    }
}

/// A poller that gives up on an answer after so long.
fn poller(engine: &Engine, simulator: &RunningSimulator, total_timeout: Duration) -> Poller {
    let place = Place {
        rest: simulator.base_url(),
        stream: String::new(),
        symbol: SYMBOL.to_owned(),
    };
    let source = Source {
        name: "simulator".to_owned(),
        instrument: "BTC-USDT".to_owned(),
        symbol: SYMBOL.to_owned(),
        client: open("simulator", &place).expect("client"),
        channels: Vec::new(),
        interval_ms: INTERVAL_MS,
        slow_ms: INTERVAL_MS,
        // as patient as with a real venue
        simulated: false,
    };
    let http = HttpConfig {
        total_timeout,
        ..HttpConfig::default()
    };
    Poller::with_http(engine.clone(), source, &http).expect("poller")
}
