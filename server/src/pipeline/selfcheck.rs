//! The engine judges itself every minute, and notes the scores.

use std::{collections::BTreeMap, time::Duration};

use app::model::{CheckState, DAY_MS, Outcome, format_utc};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Engine, judge::record, live::extra, score};
use crate::{
    config::Config,
    quality::{
        alert::Patience,
        rule::{Rule, RuleBook},
        selfcheck::{Beat, Beating, alert_budget, conserved, heartbeat},
    },
    store::{Store, StoreError, score::LatestRow},
};

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// Old rows are looked for each so many rounds.
const ROUNDS: u64 = 60;
/// A silence is judged this often, whatever the polls: see the watchdog.
const WATCHDOG_MS: i64 = 10_000;
/// The check that every live source has.
const SILENCE: &str = "feed.silence";
/// Those that say whether it can be reached: what they do not find well cannot be judged by what it brings.
const REACH: [&str; 3] = [SILENCE, "feed.http", "feed.stream"];

/// Judges the engine.
#[derive(Debug)]
pub struct SelfCheck {
    engine: Engine,
    rhythm: Rhythm,
    /// When the engine began: nothing can have been evaluated on time before.
    since: i64,
}

impl SelfCheck {
    /// From now on.
    #[must_use]
    pub fn begin(engine: Engine, config: &Config) -> Self {
        Self {
            since: engine.clock.now_ms(),
            engine,
            rhythm: Rhythm::of(config),
        }
    }

    /// Judges each minute until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for round in 0_u64.. {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.round(round).await {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the engine could not judge itself"
                );
            }
        }
    }

    async fn round(&self, round: u64) -> anyhow::Result<()> {
        self.look().await?;
        score::keep(&self.engine).await?;
        if round.is_multiple_of(ROUNDS) {
            score::forget(&self.engine).await?;
        }
        Ok(())
    }

    /// Judges once, and stores what it finds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self) -> anyhow::Result<()> {
        let engine = &self.engine;
        let book = engine.hub.rules().now();
        let now_ms = engine.clock.now_ms();
        let latest = engine.store.latest_results().await?;
        let real = engine.clock.ms_of(EVERY);
        let mut outcomes = Vec::new();
        for source in self.rhythm.sources(&latest, self.since) {
            // simulated time may run so fast that no one can keep up with its intervals
            let interval_ms = source.interval_ms.max(real / 6);
            let source = Beating {
                interval_ms,
                ..source
            };
            outcomes.extend(beat(&book, &source, &latest, now_ms));
        }
        outcomes.extend(budgets(&engine.store, &book, &latest, now_ms).await?);
        store(engine, &book, &outcomes).await
    }
}

/// Stores what the engine found about itself.
///
/// # Errors
/// When the database fails.
pub async fn store(engine: &Engine, book: &RuleBook, outcomes: &[Outcome]) -> anyhow::Result<()> {
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let events = record(&mut tx, book, outcomes, None, Patience::default(), now_ms).await?;
    tx.commit().await?;
    if !events.is_empty() {
        engine.hub.alerts(events);
        engine.hub.changed();
    }
    Ok(())
}

/// Everything that the engine says of itself; `since` is when it began.
///
/// # Errors
/// When the database fails.
pub async fn judge_engine(
    engine: &Engine,
    config: &Config,
    book: &RuleBook,
    since: i64,
    from_ms: i64,
) -> Result<Vec<Outcome>, StoreError> {
    let now_ms = engine.clock.now_ms();
    let latest = engine.store.latest_results().await?;
    let mut outcomes: Vec<Outcome> = Rhythm::of(config)
        .sources(&latest, since)
        .iter()
        .filter_map(|source| beat(book, source, &latest, now_ms))
        .collect();
    outcomes.extend(budgets(&engine.store, book, &latest, now_ms).await?);
    if let Some(rule) = book.get("dq.rows_conserved").filter(|rule| rule.enabled) {
        let (landings, unbalanced) = engine.store.unbalanced_landings(from_ms).await?;
        let mut outcome = conserved(rule, landings, unbalanced);
        outcome.summary = format!("{}, since {}", outcome.summary, format_utc(from_ms));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// How often live sources are judged, in milliseconds.
#[derive(Debug)]
struct Rhythm {
    venues: i64,
    /// Sources beside the venues, by what their checks judge.
    beside: BTreeMap<String, i64>,
}

impl Rhythm {
    fn of(config: &Config) -> Self {
        let beside = extra::sources(&config.extra, |name| std::env::var(name).ok());
        Self {
            venues: config.live.slow_poll_ms().max(config.live.poll_ms()),
            beside: beside
                .into_iter()
                .map(|source| (source.entity(), source.every_ms))
                .collect(),
        }
    }

    /// Live sources with a result that says something; `since` is when the engine began.
    fn sources(&self, latest: &[LatestRow], since: i64) -> Vec<Beating> {
        latest
            .iter()
            .filter(|row| row.check_id == SILENCE && row.pipeline == "live")
            .filter(|row| row.state != CheckState::NotEvaluated)
            .map(|row| Beating {
                entity: row.entity.clone(),
                interval_ms: (self.beside.get(&row.entity).copied())
                    .unwrap_or(self.venues)
                    .clamp(WATCHDOG_MS, DAY_MS),
                since,
            })
            .collect()
    }
}

fn beat(book: &RuleBook, source: &Beating, latest: &[LatestRow], now_ms: i64) -> Option<Outcome> {
    let rule = book.get("dq.heartbeat").filter(|rule| rule.enabled)?;
    let beats: Vec<Beat<'_>> = latest
        .iter()
        .filter(|row| row.entity == source.entity)
        .map(|row| {
            let of = book.get(&row.check_id);
            Beat {
                dataset: of.map_or_else(
                    || row.check_id.split('.').next().unwrap_or_default(),
                    |rule| rule.dataset,
                ),
                is_of_reach: REACH.contains(&row.check_id.as_str()),
                state: row.state,
                at: row.evaluated_at,
            }
        })
        .collect();
    Some(heartbeat(rule, source, &beats, now_ms))
}

/// `dq.alert_budget` of every rule that promised something and has judged anything.
async fn budgets(
    store: &Store,
    book: &RuleBook,
    latest: &[LatestRow],
    now_ms: i64,
) -> Result<Vec<Outcome>, StoreError> {
    let Some(rule) = book.get("dq.alert_budget").filter(|rule| rule.enabled) else {
        return Ok(Vec::new());
    };
    let since = now_ms - rule.number("within") as i64;
    let alerts = store.alerts_since(since).await?;
    let of = |judged: &Rule| alerts.get(judged.id).copied().unwrap_or(0);
    Ok(book
        .iter()
        .filter(|judged| judged.enabled && latest.iter().any(|row| row.check_id == judged.id))
        .filter_map(|judged| alert_budget(rule, judged, of(judged)))
        .collect())
}
