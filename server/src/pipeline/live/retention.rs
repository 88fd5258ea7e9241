//! Keeping live data and old notices as long as the configuration says, in small steps: nobody waits long for the writer.

use std::time::Duration;

use app::model::{DAY_MS, Dataset, MINUTE_MS, bucket_start};
use tokio_util::sync::CancellationToken;

use crate::{
    config::RetentionConfig,
    pipeline::Engine,
    store::{
        count::{Change, count},
        gap::oldest_open,
        retention::{
            Kept, ROWS, all_names, old_landings, remove_notices, remove_parts, remove_rows,
        },
    },
};

/// Between two passes.
const EVERY: Duration = Duration::from_secs(600);
/// Between two steps of a pass: the writer is for what comes live first.
const BREATH: Duration = Duration::from_millis(50);
/// Landings that are looked at in one step.
const LANDINGS: i64 = 500;

/// Removes what was kept long enough.
#[derive(Debug)]
pub struct Retention {
    engine: Engine,
    config: RetentionConfig,
    /// Receipt and key of the last landing whose bytes are gone.
    behind: (i64, i64),
}

impl Retention {
    /// With these times.
    #[must_use]
    pub const fn new(engine: Engine, config: RetentionConfig) -> Self {
        Self {
            engine,
            config,
            behind: (0, 0),
        }
    }

    /// Removes until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let pause = match self.step().await {
                Ok(0) => EVERY,
                Ok(_) => BREATH,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "old rows are not removed");
                    EVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Removes some rows; gives their number, 0 once nothing is left to remove.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn step(&mut self) -> anyhow::Result<i64> {
        for (kept, days) in [
            (Kept::Trades, self.config.trades_days),
            (Kept::Books, self.config.books_days),
            (Kept::Quotes, self.config.quotes_days),
        ] {
            if let Some(before) = self.before(days) {
                let removed = self.remove(kept, before).await?;
                if removed > 0 {
                    return Ok(removed);
                }
            }
        }
        if let Some(before) = self.before(self.config.notices_days) {
            let removed = self.remove_notices(before).await?;
            if removed > 0 {
                return Ok(removed);
            }
        }
        match self.before(self.config.frames_days) {
            Some(before) => self.remove_frames(before).await,
            None => Ok(0),
        }
    }

    /// The end of what is too old: a whole minute, so that no minute is halved.
    fn before(&self, days: u32) -> Option<i64> {
        let now_ms = self.engine.clock.now_ms();
        (days > 0).then(|| bucket_start(now_ms - i64::from(days) * DAY_MS, MINUTE_MS))
    }

    async fn remove(&self, kept: Kept, before: i64) -> anyhow::Result<i64> {
        let now_ms = self.engine.clock.now_ms();
        let mut tx = self.engine.store.begin().await?;
        let mut before = before;
        if kept == Kept::Trades
            && let Some(from) = oldest_open(&mut tx, Dataset::Trade).await?
        {
            // a gap is measured by the trades around it
            before = before.min(bucket_start(from, MINUTE_MS) - MINUTE_MS);
        }
        let mut removed = 0;
        for names in all_names(&mut tx).await? {
            removed += remove_rows(&mut tx, kept, names, before).await?;
            if removed >= ROWS {
                break;
            }
        }
        if removed > 0 {
            let change = Change {
                rows: -removed,
                ..Change::default()
            };
            count(&mut tx, "silver", kept.name(), change, now_ms).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    async fn remove_notices(&self, before: i64) -> anyhow::Result<i64> {
        let mut tx = self.engine.store.begin().await?;
        let removed = remove_notices(&mut tx, before).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// Removes the bytes of old landings; the landings stay with their counts.
    async fn remove_frames(&mut self, before: i64) -> anyhow::Result<i64> {
        loop {
            let mut tx = self.engine.store.begin().await?;
            let old = old_landings(&mut tx, self.behind, before, LANDINGS).await?;
            if old.is_empty() {
                return Ok(0);
            }
            let mut removed = 0;
            let mut behind = self.behind;
            for (received_at, id) in old {
                let room = ROWS - removed;
                let parts = remove_parts(&mut tx, id, room).await?;
                removed += parts;
                if removed >= ROWS {
                    // it may have more
                    break;
                }
                behind = (received_at, id);
            }
            tx.commit().await?;
            self.behind = behind;
            if removed > 0 {
                return Ok(removed);
            }
        }
    }
}
