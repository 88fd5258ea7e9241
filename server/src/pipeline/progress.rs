//! Telling how far a run has come: to the page, and to a terminal.

use std::sync::Arc;

use app::model::{LiveEvent, RunState, RunVm};

use super::Engine;
use crate::store::{RunProgress, StoreError, Tx, run::set_progress};

/// What a terminal shows of a run.
pub type Watcher = Arc<dyn Fn(&RunVm) + Send + Sync>;

/// The page hears of a run this often at most.
const TELL_EVERY_MS: i64 = 200;

/// A run and who hears of it.
pub struct Progress {
    engine: Engine,
    /// Its key.
    pub run_id: i64,
    seen: RunVm,
    told_at: i64,
    watcher: Option<Watcher>,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("run", &self.seen)
            .finish_non_exhaustive()
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
        let run_id = engine
            .store
            .begin_run(pipeline, kind, subject, engine.clock.now_ms())
            .await?;
        let seen = engine.store.run(run_id).await?;
        let mut progress = Self {
            engine: engine.clone(),
            run_id,
            seen,
            told_at: 0,
            watcher,
        };
        progress.tell(true);
        Ok(progress)
    }

    /// Notes how far it is, in the transaction of the work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn at(
        &mut self,
        tx: &mut Tx,
        landing_id: i64,
        progress: RunProgress<'_>,
    ) -> Result<(), StoreError> {
        set_progress(tx, self.run_id, landing_id, progress).await?;
        progress.phase.clone_into(&mut self.seen.phase);
        self.seen.bytes_done = progress.bytes_done;
        self.seen.bytes_total = progress.bytes_total;
        self.seen.rows = progress.counts.rows;
        self.seen.accepted = progress.counts.accepted;
        self.seen.deduplicated = progress.counts.deduplicated;
        self.seen.quarantined = progress.counts.quarantined;
        self.seen.flagged = progress.counts.flagged;
        self.tell(false);
        Ok(())
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
        self.seen = self.engine.store.run(self.run_id).await?;
        self.tell(true);
        self.engine.hub.changed();
        Ok(())
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
