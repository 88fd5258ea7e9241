//! A backend with one of everything, and one with nothing.

#[path = "batches.rs"]
mod batches;
#[path = "live.rs"]
pub mod live;
#[path = "problems.rs"]
mod problems;
#[path = "quality.rs"]
pub mod quality;

pub use batches::{compared, one};
use problems::detail;
pub use problems::{alerts, checks};

use app::{
    backend::{Backend, BackendError, MarketQuery},
    live::LiveHealth,
    model::{
        AlertDetailVm, DAY_MS, FeedVm, HOUR_MS, IncidentDetailVm, IncidentVm, KpiVm, LayerVm,
        MINUTE_MS, MarketVm, OverviewVm, Pipeline, QualityVm, Quote, QuoteVm, ReconcileVm,
        RuleDetailVm, RuleVm, RunState, RunVm, ScoreDetailVm, ScoreOf, ScoreboardVm, SeriesVm,
        Severity, SilenceVm, TimelineVm, TrialVm, Verdict,
        batch::{BatchFilter, BatchListVm},
        pipeline::PipelineVm,
    },
    start::Start,
};

/// 2026-11-23 05:00:00 UTC
pub const NOW: i64 = 1_795_410_000_000;

/// Text that must never become markup.
pub const HOSTILE: &str = "<script>alert('x')</script>,\"&1514764800,nan";

/// What the fake has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fake {
    /// One of everything.
    Full,
    /// Nothing yet.
    Bare,
    /// Every question fails.
    Broken,
}

impl Fake {
    /// What the server knows from memory.
    pub fn start(self) -> Start {
        let full = self == Self::Full;
        Start {
            theme: None,
            server_now: NOW,
            build: "test".into(),
            seq: 12,
            price: full.then(quote),
            health: full.then(health),
        }
    }

    fn answer<T>(
        self,
        full: impl FnOnce() -> T,
        bare: impl FnOnce() -> T,
    ) -> Result<T, BackendError> {
        match self {
            Self::Full => Ok(full()),
            Self::Bare => Ok(bare()),
            Self::Broken => Err(BackendError::Store("42".into())),
        }
    }
}

#[async_trait::async_trait]
impl Backend for Fake {
    async fn overview(&self) -> Result<OverviewVm, BackendError> {
        self.answer(overview, bare_overview)
    }

    async fn market(&self, _query: &MarketQuery) -> Result<MarketVm, BackendError> {
        self.answer(live::market, || MarketVm {
            series: Vec::new(),
            chosen: None,
            ..live::market()
        })
    }

    async fn pipeline(&self) -> Result<PipelineVm, BackendError> {
        self.answer(live::pipeline, live::bare)
    }

    async fn quality(&self) -> Result<QualityVm, BackendError> {
        self.answer(problems::quality, || QualityVm {
            server_now: NOW,
            seq: 0,
            verdict: unknown(),
            checks: Vec::new(),
            alerts: Vec::new(),
        })
    }

    async fn alert(&self, id: i64) -> Result<AlertDetailVm, BackendError> {
        let missing = || BackendError::NotFound(format!("alert {id}"));
        let alert = alerts().into_iter().find(|alert| alert.id == id);
        alert.map(detail).ok_or_else(missing)
    }

    async fn batches(&self, filter: &BatchFilter) -> Result<BatchListVm, BackendError> {
        self.answer(|| batches::list(filter), || batches::bare(filter))
    }

    async fn incidents(&self, _limit: i64) -> Result<Vec<IncidentVm>, BackendError> {
        self.answer(quality::incidents, Vec::new)
    }

    async fn incident(&self, id: i64) -> Result<IncidentDetailVm, BackendError> {
        let found = quality::incidents().into_iter().find(|one| one.id == id);
        let missing = || BackendError::NotFound(format!("incident {id}"));
        found.map(quality::incident).ok_or_else(missing)
    }

    async fn silences(&self) -> Result<Vec<SilenceVm>, BackendError> {
        self.answer(quality::silences, Vec::new)
    }

    async fn scoreboard(&self) -> Result<ScoreboardVm, BackendError> {
        self.answer(quality::scoreboard, ScoreboardVm::default)
    }

    async fn score(&self, of: ScoreOf, name: &str) -> Result<ScoreDetailVm, BackendError> {
        Err(BackendError::NotFound(format!("score of {of} {name}")))
    }

    async fn rules(&self) -> Result<Vec<RuleVm>, BackendError> {
        Ok(Vec::new())
    }

    async fn rule(&self, id: &str) -> Result<RuleDetailVm, BackendError> {
        Err(BackendError::NotFound(format!("rule {id}")))
    }

    async fn try_rule(&self, _text: &str, _days: i64) -> Result<TrialVm, BackendError> {
        Err(BackendError::NotFound("rule".to_owned()))
    }

    async fn reconciliation(
        &self,
        _instrument: &str,
        _venue: &str,
    ) -> Result<ReconcileVm, BackendError> {
        Ok(ReconcileVm::default())
    }

    async fn timelines(&self, _hours: i64) -> Result<Vec<TimelineVm>, BackendError> {
        self.answer(quality::timelines, Vec::new)
    }
}

fn unknown() -> Verdict {
    Verdict {
        worst: None,
        unknown: true,
        word: "unknown".into(),
        reason: "no data has arrived yet.".into(),
    }
}

fn verdict() -> Verdict {
    Verdict {
        worst: Some(Severity::Warn),
        unknown: false,
        word: "usable with caution".into(),
        reason: "2 open issues, newest data 41 s old, 99.82 % complete over 24 h.".into(),
    }
}

pub fn quote() -> QuoteVm {
    QuoteVm {
        instrument: "BTC-USDT".into(),
        venue: "simulator".into(),
        simulated: true,
        received_at: NOW - 12_000,
        quote: Quote {
            observed_at: NOW - 12_400,
            last: 91_234.5,
            bid: Some(91_234.0),
            ask: Some(91_235.1),
            open_24h: Some(90_117.0),
            high_24h: Some(92_000.0),
            low_24h: Some(89_950.0),
            volume_24h: Some(18_234.7),
            quote_volume_24h: Some(1.66e9),
        },
    }
}

pub fn health() -> LiveHealth {
    LiveHealth {
        at: NOW - 1000,
        verdict: verdict(),
        layers: layers(),
        feeds: feeds(),
        completeness: Some(0.9982),
        open_alerts: 2,
    }
}

fn layers() -> Vec<LayerVm> {
    let layer = |name: &str, rows, rejects, age, worst, open_alerts| LayerVm {
        layer: name.into(),
        rows,
        rejects,
        newest_at: Some(NOW - age),
        written_at: Some(NOW - age + 1500),
        worst,
        open_alerts,
    };
    vec![
        layer("bronze", 3_412, 1, 12_000, Some(Severity::Error), 1),
        layer("silver", 2_761_904, 318, 41_000, Some(Severity::Warn), 1),
        layer("gold", 214_077, 12, 65_000, None, 0),
    ]
}

fn feeds() -> Vec<FeedVm> {
    vec![
        FeedVm {
            venue: "simulator".into(),
            instrument: "BTC-USDT".into(),
            simulated: true,
            state: "ok".into(),
            error: String::new(),
            last_ok_at: Some(NOW - 12_000),
            next_at: Some(NOW + 18_000),
            polls: 1_204,
            errors: 3,
            stream: None,
        },
        FeedVm {
            venue: "binance".into(),
            instrument: "BTC-USDT".into(),
            simulated: false,
            state: "blocked".into(),
            error: "HTTP 451 from api.binance.com: not available from this place; using the simulator instead".into(),
            last_ok_at: None,
            next_at: Some(NOW + 240_000),
            polls: 0,
            errors: 14,
            stream: None,
        },
    ]
}

fn kpis() -> Vec<KpiVm> {
    let wave = |base: f64, size: f64| {
        (0..24)
            .map(|i| base + size * (f64::from(i) * 0.7).sin() + f64::from(i))
            .collect()
    };
    let kpi = |key: &str, label: &str, value: &str, note: &str, severity, spark: Vec<f64>| KpiVm {
        key: key.into(),
        label: label.into(),
        value: value.into(),
        note: note.into(),
        severity,
        spark,
        picture: String::new(),
    };
    vec![
        kpi(
            "price",
            "Price",
            "91,234.50",
            "USDT, simulator",
            None,
            wave(91_000.0, 120.0),
        ),
        kpi(
            "change",
            "24 h change",
            "+1.24 %",
            "from 90,117.00",
            None,
            Vec::new(),
        ),
        kpi(
            "spread",
            "Spread",
            "0.12 bps",
            "limit 5 bps",
            None,
            wave(3.0, 40.0),
        ),
        kpi(
            "volume",
            "24 h volume",
            "18,235",
            "BTC",
            None,
            wave(700.0, 50.0),
        ),
        kpi(
            "freshness",
            "Freshness",
            "12 s",
            "limit 2 min",
            None,
            Vec::new(),
        ),
        kpi(
            "completeness",
            "Completeness",
            "99.82 %",
            "of minutes in 24 h",
            Some(Severity::Warn),
            wave(99.0, -9.0),
        ),
        kpi(
            "alerts",
            "Open alerts",
            "2",
            "1 error, 1 warning",
            Some(Severity::Error),
            Vec::new(),
        ),
    ]
}

fn run(id: i64, subject: &str, state: RunState, detail: &str) -> RunVm {
    let running = state == RunState::Running;
    RunVm {
        id,
        pipeline: Pipeline::Batch,
        kind: "ingest".into(),
        subject: subject.into(),
        state,
        phase: if running {
            "refining".into()
        } else {
            String::new()
        },
        started_at: NOW - (10 - id) * 90_000,
        finished_at: (!running).then_some(NOW - (10 - id) * 90_000 + 4_200),
        bytes_done: if running { 9_100_000 } else { 21_500_000 },
        bytes_total: 21_500_000,
        rows: 520_499,
        accepted: 520_180,
        deduplicated: 1,
        quarantined: 318,
        flagged: 44,
        detail: detail.into(),
    }
}

fn series() -> Vec<SeriesVm> {
    let series = |instrument: &str, venue: &str, live, days: i64| SeriesVm {
        instrument: instrument.into(),
        venue: venue.into(),
        simulated: true,
        live,
        finest_step_ms: MINUTE_MS,
        first_at: NOW - days * DAY_MS,
        last_at: NOW - HOUR_MS,
        version: 77,
    };
    vec![
        series("BTC-USDT", "simulator", true, 2),
        series("BTC-USD", "sample", false, 90),
    ]
}

fn overview() -> OverviewVm {
    OverviewVm {
        server_now: NOW,
        seq: 12,
        verdict: verdict(),
        kpis: kpis(),
        quote: Some(quote()),
        book: None,
        layers: layers(),
        feeds: feeds(),
        alerts: alerts(),
        open_alerts: 2,
        runs: vec![
            run(9, "bitfinex-btcusd-1m-2018.csv.gz", RunState::Running, ""),
            run(8, "news.csv", RunState::Done, ""),
            run(
                7,
                "holiday-photos.zip",
                RunState::Refused,
                "not a text file: begins with PK; expected CSV, plain or gzipped",
            ),
        ],
        series: series(),
    }
}

fn bare_overview() -> OverviewVm {
    OverviewVm {
        server_now: NOW,
        seq: 0,
        verdict: unknown(),
        kpis: kpis()
            .into_iter()
            .map(|kpi| KpiVm {
                value: "–".into(),
                note: String::new(),
                severity: None,
                spark: Vec::new(),
                ..kpi
            })
            .collect(),
        quote: None,
        book: None,
        layers: layers()
            .into_iter()
            .map(|layer| LayerVm {
                rows: 0,
                rejects: 0,
                newest_at: None,
                written_at: None,
                worst: None,
                open_alerts: 0,
                ..layer
            })
            .collect(),
        feeds: Vec::new(),
        alerts: Vec::new(),
        open_alerts: 0,
        runs: Vec::new(),
        series: Vec::new(),
    }
}
