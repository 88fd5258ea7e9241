//! Answers what pages ask, from the store, the hub and the clock.

mod alerts;
pub mod analysis;
mod batches;
mod facts;
mod incidents;
mod kpi;
mod market;
mod pipeline;
mod quarantine;
mod reconcile;
mod rules;
mod scores;
mod verdict;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use app::{
    backend::{Backend, BackendError, MarketQuery},
    model::{
        AlertDetailVm, AlertVm, CheckVm, FeedVm, IncidentDetailVm, IncidentVm, LayerVm, LiveEvent,
        MarketVm, OverviewVm, Pipeline, QualityVm, ReconcileVm, RuleDetailVm, RuleVm,
        ScoreDetailVm, ScoreOf, ScoreVm, ScoreboardVm, SilenceVm, TimelineVm, TrialVm, Verdict,
        batch::{BatchFilter, BatchListVm},
        pipeline::PipelineVm,
    },
};
use serde::Serialize;

pub use market::preferred;
pub use verdict::{Findings, verdict};

use crate::{
    clock::Clock,
    config::Config,
    hub::Hub,
    pipeline::score::scores as scores_of,
    quality::{rule::RuleBook, score::Scores},
    store::{
        Store, StoreError,
        view::{Room, SeriesRow},
    },
};
use facts::Facts;

/// Alerts the Overview page shows.
const OVERVIEW_ALERTS: i64 = 20;
/// Alerts the Quality page shows.
const QUALITY_ROWS: i64 = 100;
/// Check results the Quality page shows or counts.
const QUALITY_CHECKS: i64 = 2_000;
/// Batch runs the Overview page shows.
const RUNS: i64 = 10;

/// The pages' [`Backend`] over the store.
#[derive(Clone, Debug)]
pub struct StoreBackend {
    store: Store,
    hub: Hub,
    clock: Clock,
    config: Arc<Config>,
}

/// Health of the layers, as the event stream and `/api/v1/health` tell it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// When it was judged.
    pub at: i64,
    /// The sentence on top.
    pub verdict: Verdict,
    /// Bronze, silver, gold.
    pub layers: Vec<LayerVm>,
    /// Live sources.
    pub feeds: Vec<FeedVm>,
    /// Share of expected candles that are there, newest 24 h, 0 to 1.
    pub completeness: Option<f64>,
    /// Open alerts.
    pub open_alerts: i64,
    /// Scores of the whole, layers, dimensions, datasets and venues, without their history.
    pub scores: Vec<ScoreVm>,
}

impl Health {
    /// As the event stream sends it.
    #[must_use]
    pub fn into_event(self) -> LiveEvent {
        LiveEvent::Health {
            at: self.at,
            verdict: self.verdict,
            layers: self.layers,
            feeds: self.feeds,
            completeness: self.completeness,
            open_alerts: self.open_alerts,
        }
    }
}

impl StoreBackend {
    /// A backend over these.
    #[must_use]
    pub fn new(store: Store, hub: Hub, clock: Clock) -> Self {
        Self {
            store,
            hub,
            clock,
            config: Arc::default(),
        }
    }

    /// With what the configuration says of inbox and uploads.
    #[must_use]
    pub fn configured(self, config: Arc<Config>) -> Self {
        Self { config, ..self }
    }

    /// Judges health now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn health(&self) -> Result<Health, StoreError> {
        let now = self.clock.now_ms();
        let feeds = self.hub.feeds();
        let (facts, scores) = self.facts(&feeds, now, 1).await?;
        Ok(Health {
            at: now,
            verdict: facts.verdict(),
            layers: facts.layers(),
            completeness: facts.completeness,
            open_alerts: facts.open_alerts(),
            scores: scores::without_history(&scores),
            feeds,
        })
    }

    /// Every series, the live one first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn series(&self) -> Result<Vec<SeriesRow>, StoreError> {
        facts::series(&self.store, &self.hub.feeds()).await
    }

    /// Facts of now, with the scores.
    async fn facts(
        &self,
        feeds: &[FeedVm],
        now: i64,
        alerts: i64,
    ) -> Result<(Facts, Scores), StoreError> {
        let facts = Facts::read(&self.store, feeds, now, alerts).await?;
        let scores = scores_of(&self.store, &self.hub.rules().now()).await?;
        let overall = scores.one(ScoreOf::Overall, "").score;
        Ok((facts.scored(overall), scores))
    }

    async fn read_overview(&self) -> Result<OverviewVm, StoreError> {
        let now = self.clock.now_ms();
        // before everything else: a transition between the two reads is then told again, not lost
        let seq = self.store.newest_alert_seq().await?;
        let feeds = self.hub.feeds();
        let (facts, _) = self.facts(&feeds, now, OVERVIEW_ALERTS).await?;
        let spark = match facts.main_series() {
            Some(series) => kpi::spark_bars(&self.store, series).await?,
            None => Vec::new(),
        };
        let books = self.store.newest_books().await?;
        let book = facts.of_main(books, |book| (&book.instrument, &book.venue));
        let runs = self.store.runs(Some(Pipeline::Batch), None, RUNS).await?;
        Ok(OverviewVm {
            server_now: now,
            seq,
            verdict: facts.verdict(),
            kpis: kpi::strip(&facts, book.as_ref(), &spark),
            book,
            layers: facts.layers(),
            feeds,
            open_alerts: facts.open_alerts(),
            runs,
            series: facts.series.iter().map(|row| row.vm.clone()).collect(),
            quote: facts.quote,
            alerts: titled(facts.alerts, &self.hub.rules().now()),
        })
    }

    async fn read_quality(&self) -> Result<QualityVm, StoreError> {
        let now = self.clock.now_ms();
        let seq = self.store.newest_alert_seq().await?;
        let (facts, _) = self.facts(&self.hub.feeds(), now, QUALITY_ROWS).await?;
        let checks = self.store.latest_checks(None, QUALITY_CHECKS).await?;
        let rules = self.hub.rules().now();
        Ok(QualityVm {
            server_now: now,
            seq,
            verdict: facts.verdict(),
            checks: checks
                .into_iter()
                .map(|check| described(check, &rules))
                .collect(),
            alerts: titled(facts.alerts, &rules),
        })
    }
}

#[async_trait::async_trait]
impl Backend for StoreBackend {
    async fn overview(&self) -> Result<OverviewVm, BackendError> {
        self.read_overview().await.map_err(|error| logged(&error))
    }

    async fn market(&self, query: &MarketQuery) -> Result<MarketVm, BackendError> {
        self.read_market(query)
            .await
            .map_err(|error| logged(&error))
    }

    async fn quality(&self) -> Result<QualityVm, BackendError> {
        self.read_quality().await.map_err(|error| logged(&error))
    }

    async fn alert(&self, id: i64) -> Result<AlertDetailVm, BackendError> {
        self.alert_with(id, Room::PAGE).await
    }

    async fn batches(&self, filter: &BatchFilter) -> Result<BatchListVm, BackendError> {
        self.read_batches(filter)
            .await
            .map_err(|error| logged(&error))
    }

    async fn pipeline(&self) -> Result<PipelineVm, BackendError> {
        self.read_pipeline().await.map_err(|error| logged(&error))
    }

    async fn reconciliation(
        &self,
        instrument: &str,
        venue: &str,
    ) -> Result<ReconcileVm, BackendError> {
        self.read_reconciliation(instrument, venue)
            .await
            .map_err(|error| logged(&error))
    }

    async fn scoreboard(&self) -> Result<ScoreboardVm, BackendError> {
        self.read_scoreboard().await.map_err(|error| logged(&error))
    }

    async fn score(&self, of: ScoreOf, name: &str) -> Result<ScoreDetailVm, BackendError> {
        self.read_score(of, name)
            .await
            .map_err(|error| logged(&error))?
            .ok_or_else(|| BackendError::NotFound(format!("score of {of} {name}")))
    }

    async fn timelines(&self, hours: i64) -> Result<Vec<TimelineVm>, BackendError> {
        self.read_timelines(hours)
            .await
            .map_err(|error| logged(&error))
    }

    async fn rules(&self) -> Result<Vec<RuleVm>, BackendError> {
        self.read_rules().await.map_err(|error| logged(&error))
    }

    async fn incidents(&self, limit: i64) -> Result<Vec<IncidentVm>, BackendError> {
        self.read_incidents(limit)
            .await
            .map_err(|error| logged(&error))
    }

    async fn incident(&self, id: i64) -> Result<IncidentDetailVm, BackendError> {
        self.read_incident(id)
            .await
            .map_err(|error| logged(&error))?
            .ok_or_else(|| BackendError::NotFound(format!("incident {id}")))
    }

    async fn silences(&self) -> Result<Vec<SilenceVm>, BackendError> {
        self.read_silences().await.map_err(|error| logged(&error))
    }

    async fn rule(&self, id: &str) -> Result<RuleDetailVm, BackendError> {
        self.read_rule(id)
            .await
            .map_err(|error| logged(&error))?
            .ok_or_else(|| BackendError::NotFound(format!("rule {id}")))
    }

    async fn try_rule(&self, text: &str, days: i64) -> Result<TrialVm, BackendError> {
        self.run_trial(text, days).await
    }
}

/// Alerts with the titles of their checks.
#[must_use]
pub fn titled(alerts: Vec<AlertVm>, rules: &RuleBook) -> Vec<AlertVm> {
    alerts
        .into_iter()
        .map(|alert| with_title(alert, rules))
        .collect()
}

fn with_title(mut alert: AlertVm, rules: &RuleBook) -> AlertVm {
    if alert.title.is_empty() {
        alert.title = title(&alert.check_id, rules);
    }
    alert
}

/// A result with the words of its check.
#[must_use]
pub fn described(mut check: CheckVm, rules: &RuleBook) -> CheckVm {
    check.title = title(&check.check_id, rules);
    if let Some(rule) = rules.get(&check.check_id) {
        check.dimension = rule.dimension.to_owned();
    }
    check
}

/// What a check demands; its name, where a rule was taken out of its file.
fn title(check_id: &str, rules: &RuleBook) -> String {
    rules
        .get(check_id)
        .map_or_else(|| check_id.to_owned(), |rule| rule.title.to_owned())
}

/// Writes the error to the log and gives its log entry to the page, which must not show paths and SQL.
#[must_use]
pub fn logged(error: &StoreError) -> BackendError {
    entered(error)
}

/// The same for any error.
fn entered(error: &dyn std::fmt::Display) -> BackendError {
    static ENTRY: AtomicU64 = AtomicU64::new(1);
    let entry = format!(
        "{}-{}",
        std::process::id(),
        ENTRY.fetch_add(1, Ordering::Relaxed)
    );
    tracing::error!(entry, %error, "the store did not answer");
    BackendError::Store(entry)
}
