//! Commits what connections hand over: lines to bronze and their rows to silver, in one transaction.

mod land;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::model::LandingState;
use tokio::sync::mpsc;

use self::land::Run;
use super::{
    batch::Batch,
    run::Turn,
    sink::{Commit, Message, Observer},
};
use crate::{
    pipeline::Engine,
    store::{Tx, landing::set_state, stream::newest_landing},
};

/// Batches that are committed together at most.
const GROUP: usize = 16;

/// The one that writes.
#[derive(Debug)]
pub(super) struct Writer {
    engine: Engine,
    observer: Option<Arc<dyn Observer>>,
    waiting: Arc<AtomicI64>,
    /// Open runs by connection.
    runs: HashMap<u64, Run>,
    /// Batches so far.
    turns: i64,
}

impl Writer {
    pub(super) fn new(
        engine: Engine,
        observer: Option<Arc<dyn Observer>>,
        waiting: Arc<AtomicI64>,
    ) -> Self {
        Self {
            engine,
            observer,
            waiting,
            runs: HashMap::new(),
            turns: 0,
        }
    }

    /// Writes until every sink is gone, then closes what is open.
    pub(super) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut group = Vec::new();
        while messages.recv_many(&mut group, GROUP).await > 0 {
            let taken = group.len() as i64;
            let mut batches = Vec::new();
            for message in group.drain(..) {
                match message {
                    Message::Batch(batch) => batches.push(*batch),
                    Message::Notice(_) => {}
                    Message::Flush(done) => {
                        self.commit(std::mem::take(&mut batches)).await;
                        // who asked may be gone
                        let _ = done.send(());
                    }
                }
            }
            self.commit(batches).await;
            self.waiting.fetch_sub(taken, Ordering::Relaxed);
        }
        if let Err(error) = self.close().await {
            tracing::error!(error = format!("{error:#}"), "open runs are not closed");
        }
    }

    async fn commit(&mut self, batches: Vec<Batch>) {
        if batches.is_empty() {
            return;
        }
        if let Err(error) = self.write(&batches, None).await {
            let reason = format!("{error:#}");
            tracing::error!(error = reason, "a batch of a stream cannot be refined");
            // the lines are kept for a replay
            if let Err(error) = self.write(&batches, Some(&reason)).await {
                tracing::error!(error = format!("{error:#}"), "a batch of a stream is lost");
                return;
            }
        }
        let committed_at = self.engine.clock.now_ms();
        if let Some(observer) = &self.observer {
            for batch in &batches {
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

    async fn write(&mut self, batches: &[Batch], failed: Option<&str>) -> anyhow::Result<()> {
        let mut tx = self.engine.store.begin().await?;
        let mut runs = self.runs.clone();
        for batch in batches {
            self.land(&mut tx, &mut runs, batch, failed).await?;
        }
        tx.commit().await?;
        self.runs = runs;
        Ok(())
    }

    async fn land(
        &mut self,
        tx: &mut Tx,
        runs: &mut HashMap<u64, Run>,
        batch: &Batch,
        failed: Option<&str>,
    ) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let mut run = match (&batch.rows.begins, runs.remove(&batch.connection)) {
            (Some(state), before) => {
                if let Some(before) = before {
                    before.close(tx, now_ms).await?;
                }
                Run::begin(tx, batch, state).await?
            }
            (None, Some(run)) => run,
            (None, None) => anyhow::bail!("connection {} has no run", batch.connection),
        };
        self.turns += 1;
        let turn = Turn {
            landing_id: newest_landing(tx).await?,
            batch: self.turns,
        };
        run.append(tx, batch, turn, &app::model::Counts::default(), None)
            .await?;
        if let Some(reason) = failed {
            set_state(tx, run.landing_id, LandingState::Failed, reason).await?;
        }
        if batch.rows.ends {
            run.close(tx, now_ms).await?;
        } else {
            runs.insert(batch.connection, run);
        }
        Ok(())
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
