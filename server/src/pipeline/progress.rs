//! Telling how far a run has come: to the page, and to a terminal; and telling the run to stop.

use std::{sync::Arc, time::Duration};

use app::model::{Counts, LiveEvent, RunState, RunVm};
use tokio_util::sync::CancellationToken;

use super::{Engine, runs::Cancelled};
use crate::store::{
    RunProgress, StoreError, Tx,
    run::{NewRun, set_progress},
};

/// What a terminal shows of a run.
pub type Watcher = Arc<dyn Fn(&RunVm) + Send + Sync>;

/// The page hears of a run this often at most.
const TELL_EVERY_MS: i64 = 200;
/// While a run waits, it looks this often whether another process has asked it to stop.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A run and who hears of it.
pub struct Progress {
    engine: Engine,
    /// Its key.
    pub run_id: i64,
    seen: RunVm,
    told_at: i64,
    watcher: Option<Watcher>,
    stop: CancellationToken,
    /// Bytes and rows of the landings before the one at hand, and bytes of all landings.
    before: Option<(i64, i64, Counts)>,
    ended: bool,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("run", &self.seen)
            .finish_non_exhaustive()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.engine.hub.runs().leave(self.run_id);
        if self.ended {
            return;
        }
        // its work was dropped in the middle; if nobody can say so now, the next start does
        let (engine, run_id) = (self.engine.clone(), self.run_id);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let now_ms = engine.clock.now_ms();
                if engine.store.interrupt_run(run_id, now_ms).await.is_ok()
                    && let Ok(run) = engine.store.run(run_id).await
                {
                    engine.hub.publish(LiveEvent::Run(run));
                }
            });
        }
    }
}

impl Progress {
    /// Begins a run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        engine: &Engine,
        pipeline: app::model::Pipeline,
        kind: &str,
        subject: &str,
        watcher: Option<Watcher>,
    ) -> Result<Self, StoreError> {
        let holder = engine
            .hub
            .runs()
            .holder(&engine.store)
            .map_err(|error| StoreError::Lock(error.to_string()))?;
        let run = NewRun {
            pipeline,
            kind,
            subject,
            holder: &holder,
            started_at: engine.clock.now_ms(),
        };
        let run_id = engine.store.begin_run(run).await?;
        let stop = engine.hub.runs().enter(run_id);
        let seen = engine.store.run(run_id).await?;
        let mut progress = Self {
            engine: engine.clone(),
            run_id,
            seen,
            told_at: 0,
            watcher,
            stop,
            before: None,
            ended: false,
        };
        progress.tell(true);
        Ok(progress)
    }

    /// Notes how far it is, in the transaction of the work.
    ///
    /// # Errors
    /// [`Cancelled`] when somebody asked the run to stop: the transaction is to be rolled back. When the database fails.
    pub async fn at(
        &mut self,
        tx: &mut Tx,
        landing_id: i64,
        progress: RunProgress<'_>,
    ) -> anyhow::Result<()> {
        self.note_in(tx, Some(landing_id), progress).await
    }

    /// Notes how far it is while it works on no landing.
    ///
    /// # Errors
    /// [`Cancelled`] when somebody asked the run to stop. When the database fails.
    pub async fn note(&mut self, progress: RunProgress<'_>) -> anyhow::Result<()> {
        let mut tx = self.engine.store.begin().await?;
        let result = self.note_in(&mut tx, None, progress).await;
        tx.commit().await?;
        result
    }

    async fn note_in(
        &mut self,
        tx: &mut Tx,
        landing_id: Option<i64>,
        progress: RunProgress<'_>,
    ) -> anyhow::Result<()> {
        let mut progress = progress;
        if let Some((bytes_done, bytes_total, counts)) = self.before {
            progress.bytes_done += bytes_done;
            progress.bytes_total = bytes_total;
            progress.counts.add(&counts);
        }
        if set_progress(tx, self.run_id, landing_id, progress).await? {
            self.stop.cancel();
        }
        let new_phase = self.seen.phase != progress.phase;
        progress.phase.clone_into(&mut self.seen.phase);
        self.seen.bytes_done = progress.bytes_done;
        self.seen.bytes_total = progress.bytes_total;
        self.seen.rows = progress.counts.rows;
        self.seen.accepted = progress.counts.accepted;
        self.seen.deduplicated = progress.counts.deduplicated;
        self.seen.quarantined = progress.counts.quarantined;
        self.seen.flagged = progress.counts.flagged;
        self.tell(new_phase);
        self.check()
    }

    /// The next landing of several begins: what is noted from now on is added to what came before it.
    pub const fn follows(&mut self, bytes_done: i64, bytes_total: i64, counts: Counts) {
        self.before = Some((bytes_done, bytes_total, counts));
    }

    /// As [`Progress::note`], but only now and then: for steps that take next to no time.
    ///
    /// # Errors
    /// [`Cancelled`] when somebody asked the run to stop. When the database fails.
    pub async fn note_now_and_then(&mut self, progress: RunProgress<'_>) -> anyhow::Result<()> {
        self.check()?;
        if self.engine.clock.now_ms() - self.told_at < TELL_EVERY_MS {
            return Ok(());
        }
        self.note(progress).await
    }

    /// As last noted.
    #[must_use]
    pub const fn seen(&self) -> &RunVm {
        &self.seen
    }

    /// Goes on unless somebody asked the run to stop.
    ///
    /// # Errors
    /// [`Cancelled`]
    pub fn check(&self) -> anyhow::Result<()> {
        if self.stop.is_cancelled() {
            return Err(Cancelled.into());
        }
        Ok(())
    }

    /// Waits until somebody asks the run to stop.
    pub async fn cancelled(&self) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            // what the database cannot tell now it tells the next time
            if let Ok(true) = self.engine.store.is_run_asked_to_stop(self.run_id).await {
                return self.stop.cancel();
            }
        }
    }

    /// Ends the run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(mut self, state: RunState, detail: &str) -> Result<(), StoreError> {
        self.engine
            .store
            .end_run(self.run_id, state, detail, self.engine.clock.now_ms())
            .await?;
        self.ended = true;
        self.seen = self.engine.store.run(self.run_id).await?;
        self.tell(true);
        self.engine.hub.changed();
        Ok(())
    }

    /// Ends the run as its work ended: `Ok` holds the outcome in words.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_with(self, result: &anyhow::Result<String>) -> Result<(), StoreError> {
        match result {
            Ok(detail) => self.end(RunState::Done, detail).await,
            Err(error) if super::runs::is_cancelled(error) => {
                self.end(RunState::Cancelled, "cancelled").await
            }
            Err(error) => self.end(RunState::Failed, &format!("{error:#}")).await,
        }
    }

    fn tell(&mut self, now: bool) {
        let now_ms = self.engine.clock.now_ms();
        if now || now_ms - self.told_at >= TELL_EVERY_MS {
            self.told_at = now_ms;
            self.engine.hub.publish(LiveEvent::Run(self.seen.clone()));
            if let Some(watcher) = &self.watcher {
                watcher(&self.seen);
            }
        }
    }
}
