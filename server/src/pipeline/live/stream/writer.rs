//! Commits what connections hand over: lines to bronze, their rows to silver and gold, and what is missing to the gaps,
//! in one transaction.

mod checks;
mod gaps;
mod land;
mod page;
mod tell;
mod warm;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use app::model::{Counts, LandingState};
use tokio::{sync::mpsc, time::MissedTickBehavior};

pub use self::land::FORMAT;
use self::{checks::LiveChecks, gaps::Watched, land::Run, tell::Told};
use super::{
    WATERMARK_MS,
    apply::{Place, Refinery},
    batch::Batch,
    run::Turn,
    sink::{Commit, Message, Observer, QUEUE},
};
use crate::{
    pipeline::{Engine, judge::record, live::board::Board},
    quality::{alert::Patience, outcome::conservation},
    store::{
        Tx,
        landing::set_state,
        stream::{close_run, newest_landing},
    },
};
pub(in crate::pipeline::live) use page::{PageTaken, PageWork};

/// Messages that are committed together at most.
const GROUP: usize = 32;
/// How often minutes are made final and holes are told.
const TICK: Duration = Duration::from_secs(1);
/// The venue's candles of final minutes are looked for this often.
const MATCH_MS: i64 = 5_000;
/// Results about a stream: an alert is over when the rule has held for a minute and a half.
const PATIENCE: Patience = Patience {
    for_ms: 0,
    keep_firing_ms: 90_000,
};

/// The one that writes.
#[derive(Debug)]
pub(super) struct Writer {
    engine: Engine,
    board: Board,
    observer: Option<Arc<dyn Observer>>,
    waiting: Arc<AtomicI64>,
    /// Open runs by connection.
    runs: HashMap<u64, Run>,
    /// Batches so far.
    turns: i64,
    refinery: Refinery,
    /// What is watched of each source.
    watched: HashMap<(String, String), Watched>,
    matched_at: i64,
    checks: LiveChecks,
    /// Replays so far, as last seen: after another one nothing in memory holds.
    replays: u64,
}

impl Writer {
    pub(super) fn new(
        engine: Engine,
        board: Board,
        observer: Option<Arc<dyn Observer>>,
        waiting: Arc<AtomicI64>,
    ) -> Self {
        Self {
            engine,
            board,
            observer,
            waiting,
            runs: HashMap::new(),
            turns: 0,
            refinery: Refinery::default(),
            watched: HashMap::new(),
            matched_at: 0,
            checks: LiveChecks::default(),
            replays: 0,
        }
    }

    /// Writes until the sink is closed or every clone of it is gone, then closes what is open.
    pub(super) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        if let Err(error) = self.close_left_open().await {
            tracing::error!(
                error = format!("{error:#}"),
                "runs of before are not closed"
            );
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut group = Vec::new();
        loop {
            tokio::select! {
                // what was handed over comes first; a tick can wait
                biased;
                count = messages.recv_many(&mut group, GROUP) => {
                    if group.iter().any(|message| matches!(message, Message::Close)) {
                        // who comes later is told; who came before is heard
                        messages.close();
                    }
                    if count == 0 {
                        break;
                    }
                    self.take(std::mem::take(&mut group)).await;
                    self.waiting.fetch_sub(count as i64, Ordering::Relaxed);
                }
                _ = ticks.tick() => self.take(Vec::new()).await,
            }
        }
        self.take(Vec::new()).await;
        if let Err(error) = self.close().await {
            tracing::error!(error = format!("{error:#}"), "open runs are not closed");
        }
    }

    /// Takes messages, and does what only time brings about. Never while silver is rebuilt.
    async fn take(&mut self, group: Vec<Message>) {
        let gate = self.engine.hub.replays().clone();
        let replays = gate.lock().await;
        if *replays != self.replays {
            self.replays = *replays;
            self.refinery = Refinery::default();
        }
        if group.is_empty() {
            self.tick().await;
            return self.judge(false).await;
        }
        let book = self.engine.hub.rules().now();
        let waiting = self.waiting.load(Ordering::Relaxed);
        let now_ms = self.engine.clock.now_ms();
        self.checks.queue(&book, waiting, QUEUE as i64, now_ms);
        let mut works = Vec::new();
        for message in group {
            if let Message::Flush(done) = message {
                self.commit(std::mem::take(&mut works)).await;
                self.tick().await;
                self.judge(true).await;
                // who asked may be gone
                let _ = done.send(());
            } else {
                works.push(message);
            }
        }
        self.commit(works).await;
        // under load there is no tick
        self.judge(false).await;
    }

    /// Commits all together; where that fails, one by one, so that one that is broken does not spoil the others.
    async fn commit(&mut self, mut works: Vec<Message>) {
        if works.is_empty() {
            return;
        }
        match self.write(&mut works).await {
            Ok(told) => self.see(told, works).await,
            Err(error) if works.len() == 1 => self.give_up(works, &error).await,
            Err(_) => {
                for work in works {
                    let mut alone = vec![work];
                    match self.write(&mut alone).await {
                        Ok(told) => self.see(told, alone).await,
                        Err(error) => self.give_up(alone, &error).await,
                    }
                }
            }
        }
    }

    /// Tells checks and listeners what was committed.
    async fn see(&mut self, mut told: Told, works: Vec<Message>) {
        let book = self.engine.hub.rules().now();
        self.warm(&book, &told.seen).await;
        self.checks.take(&book, std::mem::take(&mut told.seen));
        self.checks.missing(&book, &told.missing);
        self.told(works, told).await;
    }

    /// Writes in one transaction. When it fails, memory is as if nothing had been tried.
    async fn write(&mut self, works: &mut [Message]) -> anyhow::Result<Told> {
        let runs = self.runs.clone();
        let watched = self.watched.clone();
        let result = self.write_all(works).await;
        if result.is_err() {
            self.runs = runs;
            self.watched = watched;
            self.refinery = Refinery::default();
        }
        result
    }

    async fn write_all(&mut self, works: &mut [Message]) -> anyhow::Result<Told> {
        let mut tx = self.engine.store.begin().await?;
        let mut told = Told::default();
        for work in works {
            match work {
                Message::Batch(batch) => self.take_batch(&mut tx, batch, &mut told).await?,
                Message::Notice(notice) => self.take_notice(&mut tx, notice, &mut told).await?,
                Message::Page(page, _) => self.take_page(&mut tx, page, &mut told).await?,
                Message::Flush(_) | Message::Close => {}
            }
        }
        self.write_minutes(&mut tx).await?;
        let now_ms = self.engine.clock.now_ms();
        self.refinery.write_counts(&mut tx, now_ms).await?;
        told.read_gaps(&mut tx).await?;
        tx.commit().await?;
        Ok(told)
    }

    async fn take_batch(
        &mut self,
        tx: &mut Tx,
        batch: &Batch,
        told: &mut Told,
    ) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        self.watch_source(tx, &batch.source, now_ms, told).await?;
        let mut run = self.run_of(tx, batch).await?;
        let turn = self.turn(tx).await?;
        let excluded = match batch.rows.candles.iter().any(|row| row.row.is_final) {
            true => {
                let (instrument, venue) = (&batch.source.instrument, &batch.source.venue);
                self.engine
                    .store
                    .confirmed_ranges(instrument, venue)
                    .await?
            }
            false => Vec::new(),
        };
        let place = Place {
            rules: &self.engine.hub.rules().now(),
            excluded: &excluded,
            instrument: &batch.source.instrument,
            venue: &batch.source.venue,
            simulated: batch.source.simulated,
            landing_id: run.landing_id,
            leader: batch.leader,
            now_ms,
        };
        let mut applied = self.refinery.apply(tx, place, &batch.rows).await?;
        run.append(tx, batch, turn, &applied.counts, applied.range)
            .await?;
        if !applied.counts.conserved() || !applied.outcomes.is_empty() {
            let entity = batch.source.entity();
            let counts = conservation(&entity, app::model::Pipeline::Live, &applied.counts);
            applied.outcomes.push(counts);
            let outcomes = &applied.outcomes;
            let rules = self.engine.hub.rules().now();
            told.alerts
                .extend(record(tx, &rules, outcomes, None, PATIENCE, now_ms).await?);
        }
        self.keep_run(tx, batch, run).await?;
        self.look_for_gaps(tx, batch, &applied, told).await?;
        let seen = checks::seen(batch, &mut applied);
        told.seen.push((Arc::clone(&batch.source), seen));
        told.note(batch, applied);
        Ok(())
    }

    async fn run_of(&mut self, tx: &mut Tx, batch: &Batch) -> anyhow::Result<Run> {
        let open = self.runs.remove(&batch.connection);
        match (&batch.rows.begins, open) {
            (Some(state), before) => {
                if let Some(before) = before {
                    before.close(tx, self.engine.clock.now_ms()).await?;
                }
                Run::begin(tx, batch, state).await
            }
            (None, Some(run)) => Ok(run),
            (None, None) => anyhow::bail!("connection {} has no run", batch.connection),
        }
    }

    async fn keep_run(&mut self, tx: &mut Tx, batch: &Batch, run: Run) -> anyhow::Result<()> {
        if batch.rows.ends {
            return run.close(tx, self.engine.clock.now_ms()).await;
        }
        self.runs.insert(batch.connection, run);
        Ok(())
    }

    async fn turn(&mut self, tx: &mut Tx) -> anyhow::Result<Turn> {
        self.turns += 1;
        Ok(Turn {
            landing_id: newest_landing(tx).await?,
            batch: self.turns,
        })
    }

    async fn write_minutes(&mut self, tx: &mut Tx) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let mut written = crate::store::count::Change::default();
        for series in self.refinery.series.values_mut() {
            let change = series.write_minutes(tx, WATERMARK_MS, now_ms).await?;
            written.rows += change.rows;
            written.newest_at = written.newest_at.max(change.newest_at);
        }
        self.refinery.note("gold", "minute", written);
        Ok(())
    }

    /// What only time brings about.
    async fn tick(&mut self) {
        match self.write_tick().await {
            Ok(told) => self.see(told, Vec::new()).await,
            Err(error) => {
                self.refinery = Refinery::default();
                tracing::error!(error = format!("{error:#}"), "minutes are not made final");
            }
        }
    }

    async fn write_tick(&mut self) -> anyhow::Result<Told> {
        let now_ms = self.engine.clock.now_ms();
        let mut told = Told::default();
        if self.refinery.series.is_empty() {
            return Ok(told);
        }
        let mut tx = self.engine.store.begin().await?;
        let mut written = crate::store::count::Change::default();
        let looks = now_ms - self.matched_at >= MATCH_MS;
        let rules = self.engine.hub.rules().now();
        for series in self.refinery.series.values_mut() {
            let change = series.settle(&mut tx, WATERMARK_MS, now_ms).await?;
            written.rows += change.rows;
            written.newest_at = written.newest_at.max(change.newest_at);
            if looks && let Some(outcome) = series.match_candles(&mut tx, &rules, now_ms).await? {
                told.alerts
                    .extend(record(&mut tx, &rules, &[outcome], None, PATIENCE, now_ms).await?);
            }
        }
        if looks {
            self.matched_at = now_ms;
        }
        self.refinery.note("gold", "minute", written);
        self.tell_holes(&mut tx, now_ms, &mut told).await?;
        self.tell_lacking(&mut tx, now_ms, &mut told).await?;
        self.refinery.write_counts(&mut tx, now_ms).await?;
        told.read_gaps(&mut tx).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// The rows of a batch cannot be written: its lines are kept for a replay.
    async fn give_up(&mut self, works: Vec<Message>, error: &anyhow::Error) {
        let reason = format!("{error:#}");
        for work in works {
            match work {
                Message::Batch(batch) => {
                    tracing::error!(error = reason, "a batch of a stream cannot be refined");
                    let book = self.engine.hub.rules().now();
                    self.checks.lost(&book, self.engine.clock.now_ms());
                    // what it held is missing: the next trades end a gap
                    let source = &batch.source;
                    self.watched
                        .remove(&(source.instrument.clone(), source.venue.clone()));
                    if let Err(error) = self.land_failed(&batch, &reason).await {
                        tracing::error!(
                            error = format!("{error:#}"),
                            "a batch of a stream is lost"
                        );
                    }
                }
                Message::Page(_, reply) => {
                    // who asked may be gone
                    let _ = reply.send(Err(anyhow::anyhow!(reason.clone())));
                }
                Message::Notice(_) | Message::Flush(_) | Message::Close => {
                    tracing::error!(error = reason, "what happened to a source is not noted");
                }
            }
        }
    }

    async fn land_failed(&mut self, batch: &Batch, reason: &str) -> anyhow::Result<()> {
        let mut tx = self.engine.store.begin().await?;
        let runs = self.runs.clone();
        let result = async {
            let mut run = self.run_of(&mut tx, batch).await?;
            let turn = self.turn(&mut tx).await?;
            run.append(&mut tx, batch, turn, &Counts::default(), None)
                .await?;
            set_state(&mut tx, run.landing_id, LandingState::Failed, reason).await?;
            self.keep_run(&mut tx, batch, run).await?;
            Ok(tx.commit().await?)
        }
        .await;
        if result.is_err() {
            self.runs = runs;
        }
        result
    }

    async fn told(&self, works: Vec<Message>, told: Told) {
        let committed_at = self.engine.clock.now_ms();
        told.publish(&self.engine, &self.board).await;
        for work in works {
            let batch = match work {
                Message::Batch(batch) => batch,
                Message::Page(page, reply) => {
                    // who asked may be gone
                    let _ = reply.send(Ok(page.taken));
                    continue;
                }
                Message::Notice(_) | Message::Flush(_) | Message::Close => continue,
            };
            if let Some(observer) = &self.observer {
                observer.committed(&Commit {
                    instrument: &batch.source.instrument,
                    venue: &batch.source.venue,
                    lines: &batch.lines,
                    committed_at,
                    published_at: self.engine.clock.now_ms(),
                    conflated: batch.rows.conflated,
                    rejected: batch.rows.rejects.len() as i64,
                });
            }
        }
    }

    /// A process that was killed has left its runs open: what they hold is committed, and nothing follows.
    async fn close_left_open(&self) -> anyhow::Result<()> {
        let open = self.engine.store.open_runs().await?;
        if open.is_empty() {
            return Ok(());
        }
        let mut tx = self.engine.store.begin().await?;
        for landing_id in open {
            close_run(&mut tx, landing_id, self.engine.clock.now_ms()).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn close(&mut self) -> anyhow::Result<()> {
        let mut tx = self.engine.store.begin().await?;
        let now_ms = self.engine.clock.now_ms();
        for (_, run) in self.runs.drain() {
            run.close(&mut tx, now_ms).await?;
        }
        Ok(tx.commit().await?)
    }
}
