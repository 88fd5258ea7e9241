//! Candles of the past from a venue into the batch pipeline, page by page.
//!
//! Each page is landed, refined and the cursor moved in one transaction: killed at any moment and started again, a
//! backfill goes on behind the last page. Repeated, it finds pages whose bytes landed before, or rows that are there.

mod client;
mod cursor;
mod gaps;
mod page;

use app::model::{Counts, Pipeline, Step, bucket_start, format_utc_short};
use serde::Serialize;

pub use self::client::usual_instrument;
use self::{client::Client, cursor::Cursor, page::Source};
use super::{
    Engine,
    judge::record,
    progress::{Progress, Watcher},
    runs::is_cancelled,
};
use crate::{
    config::Config,
    quality::{
        alert::Patience,
        outcome::{RejectTally, hard_rules},
    },
    source::history::{History, VENUES, history},
    store::RunProgress,
};

/// A candle that closed later than this before now may still change: it is left for the next time. A little more than
/// what the live pipeline waits for the last candle of an answer.
const SETTLES_MS: i64 = 31_000;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// Venue, one of [`VENUES`].
    pub venue: String,
    /// `BTC-USDT`; none: the configured one.
    pub instrument: Option<String>,
    /// Interval of the candles.
    pub step: Step,
    /// First time, in milliseconds.
    pub from: i64,
    /// First time after the range, in milliseconds.
    pub to: i64,
    /// Whose cursor it is, so that a job and a person do not take over each other's; none: the series'.
    pub duty: Option<String>,
}

/// What came of it, as `assay backfill --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BackfillReport {
    /// The venue.
    pub venue: String,
    /// The instrument.
    pub instrument: String,
    /// `1m`
    pub step: &'static str,
    /// First time, in milliseconds.
    pub from: i64,
    /// First time after the range; what has not settled at the venue is cut off.
    pub to: i64,
    /// Where an earlier backfill that was cut off had come to, in milliseconds.
    pub resumed_at: Option<i64>,
    /// `done`, `cancelled` or `failed`.
    pub state: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Answers taken.
    pub pages: i64,
    /// Answers that had landed before.
    pub pages_known: i64,
    /// Rows read.
    pub rows: i64,
    /// Rows that became silver.
    pub accepted: i64,
    /// Rows that were there.
    pub deduplicated: i64,
    /// Rows set apart.
    pub quarantined: i64,
    /// Candles that the range can hold.
    pub expected: i64,
    /// Candles that it holds now.
    pub observed: i64,
    /// How long it took.
    pub seconds: f64,
}

impl BackfillReport {
    const fn counts(&self) -> Counts {
        Counts {
            rows: self.rows,
            accepted: self.accepted,
            deduplicated: self.deduplicated,
            quarantined: self.quarantined,
            flagged: 0,
        }
    }

    const fn add(&mut self, counts: &Counts) {
        self.rows += counts.rows;
        self.accepted += counts.accepted;
        self.deduplicated += counts.deduplicated;
        self.quarantined += counts.quarantined;
    }

    /// The outcome in words.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "{} rows: {} accepted, {} deduplicated, {} quarantined; {} of {} candles from {} to {}",
            self.rows,
            self.accepted,
            self.deduplicated,
            self.quarantined,
            self.observed,
            self.expected,
            format_utc_short(self.from),
            format_utc_short(self.to)
        )
    }
}

/// Runs a backfill. A venue that fails for long ends it with a report whose state is `failed`; it goes on from there the
/// next time.
///
/// # Errors
/// When the request makes no sense or the database fails.
pub async fn backfill(
    engine: &Engine,
    config: &Config,
    wanted: &Backfill,
    watcher: Option<Watcher>,
) -> anyhow::Result<BackfillReport> {
    check(wanted)?;
    let subject = format!("{} {}", wanted.venue, wanted.step.name);
    let progress = Progress::begin(engine, Pipeline::Batch, "backfill", &subject, watcher).await?;
    backfill_run(engine, config, wanted, progress).await
}

/// As [`backfill`], as the run that was begun for it.
///
/// # Errors
/// When the request makes no sense or the database fails.
pub async fn backfill_run(
    engine: &Engine,
    config: &Config,
    wanted: &Backfill,
    mut progress: Progress,
) -> anyhow::Result<BackfillReport> {
    let started = std::time::Instant::now();
    let instrument = wanted.instrument.clone();
    let settled_at = bucket_start(engine.clock.now_ms() - SETTLES_MS, wanted.step.step_ms);
    let mut report = BackfillReport {
        venue: wanted.venue.clone(),
        instrument: instrument.unwrap_or_else(|| usual_instrument(config, &wanted.venue)),
        step: wanted.step.name,
        from: bucket_start(wanted.from, wanted.step.step_ms),
        to: bucket_start(wanted.to + wanted.step.step_ms - 1, wanted.step.step_ms).min(settled_at),
        resumed_at: None,
        state: "done",
        reason: None,
        pages: 0,
        pages_known: 0,
        rows: 0,
        accepted: 0,
        deduplicated: 0,
        quarantined: 0,
        expected: 0,
        observed: 0,
        seconds: 0.0,
    };
    let result = work(engine, config, wanted, &mut report, &mut progress).await;
    report.seconds = started.elapsed().as_secs_f64();
    let result = result.map(|()| report.words());
    progress.end_with(&result).await?;
    if let Err(error) = &result {
        report.state = if is_cancelled(error) {
            "cancelled"
        } else {
            "failed"
        };
        report.reason = Some(format!(
            "{error:#}; the same command goes on where it left off"
        ));
    }
    Ok(report)
}

fn check(wanted: &Backfill) -> anyhow::Result<()> {
    anyhow::ensure!(
        VENUES.contains(&wanted.venue.as_str()),
        "no history of venue {:?} can be asked: expected {}",
        wanted.venue,
        VENUES.join(" or ")
    );
    anyhow::ensure!(
        wanted.from < wanted.to,
        "nothing lies between {} and {}: --to must be later than --from",
        format_utc_short(wanted.from),
        format_utc_short(wanted.to)
    );
    Ok(())
}

async fn work(
    engine: &Engine,
    config: &Config,
    wanted: &Backfill,
    report: &mut BackfillReport,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    check(wanted)?;
    let step_ms = wanted.step.step_ms;
    if report.from >= report.to {
        // everything asked for is younger than what has settled
        report.to = report.from;
        return Ok(());
    }
    let mut client = Client::start(engine, config, &wanted.venue).await?;
    let symbol = client.symbol(&report.instrument)?;
    let history: Box<dyn History> = history(&wanted.venue, client.base_url(), &symbol, wanted.step)
        .ok_or_else(|| {
            let step = wanted.step.name;
            anyhow::anyhow!("venue {:?} has no candles of {step}", wanted.venue)
        })?;
    let series = || {
        format!(
            "backfill:{}:{}:{}",
            report.venue, report.instrument, report.step
        )
    };
    let name = wanted.duty.clone().unwrap_or_else(series);
    let mut cursor = Cursor::take(engine, name, report.from, report.to).await?;
    if cursor.next > report.from {
        report.resumed_at = Some(cursor.next);
    }
    let source = Source {
        venue: report.venue.clone(),
        instrument: report.instrument.clone(),
    };
    report.expected = (report.to - report.from) / step_ms;
    let mut rejects = RejectTally::default();
    while cursor.next < report.to {
        let from = cursor.next;
        let mut at = progress_at(report, from, step_ms);
        let answer = client
            .ask(
                engine,
                &*history,
                &source,
                (from, report.to),
                &mut at,
                progress,
            )
            .await?;
        let taken = source
            .take(engine, &*history, &answer, &mut cursor, at, progress)
            .await?;
        report.pages += 1;
        report.pages_known += i64::from(taken.known);
        report.add(&taken.page.counts);
        for (rule, tally) in taken.page.rejects.rules {
            rejects.rules.entry(rule).or_default().merge(tally);
        }
        engine.hub.changed();
    }
    judge(engine, &*history, report, &rejects).await
}

/// How far it is; candles of the range stand in for bytes, whose number nobody knows beforehand.
fn progress_at(report: &BackfillReport, next: i64, step_ms: i64) -> RunProgress<'static> {
    RunProgress {
        phase: "fetching",
        bytes_done: (next - report.from) / step_ms,
        bytes_total: (report.to - report.from) / step_ms,
        counts: report.counts(),
    }
}

/// Results over the whole range, in place of one set a page that the next page would overwrite.
async fn judge(
    engine: &Engine,
    history: &dyn History,
    report: &mut BackfillReport,
    rejects: &RejectTally,
) -> anyhow::Result<()> {
    let entity = format!(
        "{}/{}/backfill {}",
        report.instrument, report.venue, report.step
    );
    let (observed, gaps) = gaps::look(engine, history, report, &entity).await?;
    report.observed = observed;
    let book = engine.hub.rules().now();
    let counts = report.counts();
    let mut outcomes = hard_rules(&entity, Pipeline::Batch, false, &book, &counts, rejects);
    outcomes.extend(gaps);
    let mut tx = engine.store.begin().await?;
    let events = record(
        &mut tx,
        &engine.hub.rules().now(),
        &outcomes,
        None,
        Patience::default(),
        engine.clock.now_ms(),
    )
    .await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    Ok(())
}
