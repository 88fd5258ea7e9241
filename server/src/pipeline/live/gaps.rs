//! Gaps heal: what is missing is asked for again, as far as the venue reaches back; the rest is recorded with its cause.
//!
//! A gap is noted in the transaction that notices it, its rows are written page by page, and a page counts in the
//! transaction that lands it: killed at any moment, the gap goes on from where it was.

mod candles;
mod format;
mod trades;

use std::{sync::Arc, time::Duration};

use app::model::{Dataset, GapState, LiveEvent};
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

pub use self::{
    candles::replay_candle_page,
    format::{TradePage, is_trade_page},
};
use super::stream::{Sink, StreamSource};
use crate::{
    pipeline::Engine,
    source::{
        Answer, FetchError,
        venue::{Question, Venue},
    },
    store::{
        Names, StoreError,
        gap::{Gap, gap_vm, move_gap},
    },
};

/// How often gaps are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// Pause after the first try, doubled after each further one.
const FIRST_PAUSE_MS: i64 = 5_000;
/// Longest pause of our own; a venue may want a longer one.
const LONGEST_PAUSE_MS: i64 = 600_000;
/// A gap that could not be filled in so many tries is recorded as such.
const MAX_ATTEMPTS: i64 = 30;
/// A venue that answered, but left something out, is asked so many times.
const PATIENT_ATTEMPTS: i64 = 5;
/// Pages of one gap at most: no endless answer keeps a worker for ever.
const MAX_PAGES: usize = 20_000;

/// Asks a venue over REST, within its budget.
#[async_trait]
pub trait Asker: Send + Sync + std::fmt::Debug {
    /// Asks a question; waits for its turn.
    ///
    /// # Errors
    /// Everything but a complete 2xx answer.
    async fn ask(&self, question: &Question) -> Result<Answer, FetchError>;
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Course {
    /// Everything the venue has is there.
    Filled(String),
    /// The rest cannot be had.
    Recorded(String),
    /// Not now: why, and how long the venue wants to be left alone.
    Later(String, Option<i64>),
    /// The venue left something out, and may do so for good.
    Incomplete(String),
}

/// Fills the gaps of one source.
#[derive(Debug)]
pub struct GapWorker {
    engine: Engine,
    sink: Sink,
    source: Arc<StreamSource>,
    symbol: String,
    client: Arc<dyn Venue>,
    asker: Arc<dyn Asker>,
    names: Option<Names>,
}

impl GapWorker {
    /// A worker for a source; `symbol` is the venue's name of the instrument.
    #[must_use]
    pub fn new(
        engine: Engine,
        sink: Sink,
        source: Arc<StreamSource>,
        symbol: &str,
        client: Arc<dyn Venue>,
        asker: Arc<dyn Asker>,
    ) -> Self {
        Self {
            engine,
            sink,
            source,
            symbol: symbol.to_owned(),
            client,
            asker,
            names: None,
        }
    }

    /// Fills gaps until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                result = self.look() => if let Err(error) = result {
                    tracing::error!(source = self.source.entity(), error = format!("{error:#}"), "gaps are not filled");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Tries every gap that is due; gives their number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&mut self) -> anyhow::Result<usize> {
        let names = self.names().await?;
        let now_ms = self.engine.clock.now_ms();
        let due = self.engine.store.due_gaps(names, now_ms).await?;
        for gap in &due {
            self.try_gap(gap.clone()).await?;
        }
        Ok(due.len())
    }

    async fn names(&mut self) -> Result<Names, StoreError> {
        if let Some(names) = self.names {
            return Ok(names);
        }
        let StreamSource {
            instrument, venue, ..
        } = &*self.source;
        let names = self.engine.store.names(instrument, venue).await?;
        self.names = Some(names);
        Ok(names)
    }

    async fn try_gap(&self, mut gap: Gap) -> anyhow::Result<()> {
        gap.attempts += 1;
        self.note(&gap, GapState::Filling, 0, "the venue is asked")
            .await?;
        let course = match gap.dataset {
            Dataset::Trade => self.fill_trades(&gap).await?,
            Dataset::Candle => self.fill_candles(&gap).await?,
            other => Course::Recorded(format!("nobody can be asked for {other}s of the past")),
        };
        let pause_ms = pause_ms(gap.attempts);
        let (state, pause_ms, words) = match course {
            Course::Filled(words) => (GapState::Filled, 0, words),
            Course::Recorded(words) => (GapState::Recorded, 0, words),
            Course::Later(words, wanted) if gap.attempts < MAX_ATTEMPTS => {
                (GapState::Open, pause_ms.max(wanted.unwrap_or(0)), words)
            }
            Course::Later(words, _) => (
                GapState::Recorded,
                0,
                format!("given up after {MAX_ATTEMPTS} tries: {words}"),
            ),
            Course::Incomplete(words) if gap.attempts < PATIENT_ATTEMPTS => {
                (GapState::Open, pause_ms, words)
            }
            Course::Incomplete(words) => (GapState::Recorded, 0, words),
        };
        self.note(&gap, state, pause_ms, &words).await
    }

    async fn note(
        &self,
        gap: &Gap,
        state: GapState,
        pause_ms: i64,
        words: &str,
    ) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let mut tx = self.engine.store.begin().await?;
        let next_at = now_ms.saturating_add(pause_ms);
        move_gap(&mut tx, gap, state, next_at, words, now_ms).await?;
        let vm = gap_vm(&mut tx, gap.id).await?;
        tx.commit().await?;
        if let Some(vm) = vm {
            self.engine.hub.publish(LiveEvent::Gap(vm));
            self.engine.hub.changed();
        }
        Ok(())
    }
}

/// Pause after so many tries.
fn pause_ms(attempts: i64) -> i64 {
    let doubled = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or(0)
        .min(20);
    (FIRST_PAUSE_MS << doubled).min(LONGEST_PAUSE_MS)
}

fn later(error: &FetchError) -> Course {
    Course::Later(error.to_string(), error.retry_after_ms())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        let pauses = [1, 2, 3, 8, 100].map(pause_ms);
        assert_eq!(pauses, [5_000, 10_000, 20_000, 600_000, 600_000]);
    }
}
