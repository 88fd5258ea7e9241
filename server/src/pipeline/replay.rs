//! Silver and gold anew from bronze.
//!
//! Landings are refined one by one in the order of arrival, with everything that people did about quarantined rows at
//! its place in between. Landings of one series may restate each other, and duplicates among articles are linked across
//! files: what is rebuilt is therefore always a whole series, or all articles. A filter chooses the series of which a
//! landing lies in its range; nothing else is touched.

use std::collections::HashSet;

use app::model::{Counts, Dataset, LandingState, Pipeline, format_utc_short};

use super::{
    Engine,
    live::extra,
    lock::BatchLock,
    progress::{Progress, Watcher},
    quarantine::Events,
    refine::refine,
    runs::is_cancelled,
};
use crate::store::{
    Landing, RunProgress, StoreError, Tx,
    landing::set_state,
    replay::{clear, clear_articles, clear_books, clear_candles, clear_landing, clear_quotes},
    sentiment::clear_sentiments,
};

/// Which landings are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayFilter {
    /// With rows at or after this time, in milliseconds.
    pub from: Option<i64>,
    /// With rows before this time, in milliseconds.
    pub to: Option<i64>,
    /// Of this dataset.
    pub dataset: Option<Dataset>,
}

impl ReplayFilter {
    fn is_everything(self) -> bool {
        self == Self::default()
    }

    fn takes(self, landing: &Landing) -> bool {
        if self
            .dataset
            .is_some_and(|dataset| dataset != landing.dataset)
        {
            return false;
        }
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        landing
            .first_at
            .zip(landing.last_at)
            .is_some_and(|(first, last)| {
                self.from.is_none_or(|from| last >= from) && self.to.is_none_or(|to| first < to)
            })
    }

    fn words(self) -> String {
        let dataset = self.dataset.map_or("everything", Dataset::as_str);
        match (self.from, self.to) {
            (None, None) => dataset.to_owned(),
            (from, to) => {
                let word = |at: Option<i64>| at.map_or("…".to_owned(), format_utc_short);
                format!("{dataset} from {} to {}", word(from), word(to))
            }
        }
    }
}

/// Rebuilds silver, quarantine and gold from bronze. Gives the number of landings.
///
/// # Errors
/// When the database fails or a landing cannot be refined.
pub async fn replay(engine: &Engine, watcher: Option<Watcher>) -> anyhow::Result<usize> {
    replay_of(engine, ReplayFilter::default(), watcher).await
}

/// Rebuilds the series that the filter meets. Gives the number of landings.
///
/// # Errors
/// When the database fails or a landing cannot be refined; [`super::runs::Cancelled`] when it was cancelled. What is
/// left is taken up at the next start or ingest.
pub async fn replay_of(
    engine: &Engine,
    filter: ReplayFilter,
    watcher: Option<Watcher>,
) -> anyhow::Result<usize> {
    let subject = filter.words();
    let mut progress =
        Progress::begin(engine, Pipeline::Batch, "replay", &subject, watcher).await?;
    let result = work(engine, filter, &mut progress).await;
    let words = match &result {
        Ok(landings) => Ok(format!("{landings} landings refined again")),
        Err(error) if is_cancelled(error) => Err(super::runs::Cancelled.into()),
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    };
    progress.end_with(&words).await?;
    engine.hub.changed();
    result
}

async fn work(
    engine: &Engine,
    filter: ReplayFilter,
    progress: &mut Progress,
) -> anyhow::Result<usize> {
    let _lock = BatchLock::acquire_for(&engine.store, progress).await?;
    super::runs::reap(engine).await?;
    let mut landings = engine.store.replayable_landings().await?;
    let mut tx = engine.store.begin().await?;
    if filter.is_everything() {
        clear(&mut tx).await?;
    } else {
        let series: HashSet<Series> = landings
            .iter()
            .filter(|landing| filter.takes(landing))
            .map(Series::of)
            .collect();
        landings.retain(|landing| series.contains(&Series::of(landing)));
        clear_some(&mut tx, &series, &landings, engine.clock.now_ms()).await?;
    }
    for landing in &landings {
        set_state(&mut tx, landing.id, LandingState::Landed, "").await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    let total: i64 = landings.iter().map(|landing| landing.bytes).sum();
    let mut events = Events::load(engine).await?;
    let (mut bytes, mut counts) = (0, Counts::default());
    for landing in &landings {
        events.up_to(engine, Some(landing.id)).await?;
        let Some(landing) = engine.store.landing(landing.id).await? else {
            continue;
        };
        progress.follows(bytes, total, counts);
        match landing.pipeline {
            Pipeline::Live => {
                again(engine, &landing).await?;
                let at = RunProgress {
                    phase: "refining",
                    bytes_done: landing.bytes,
                    ..RunProgress::default()
                };
                progress.note_now_and_then(at).await?;
            }
            Pipeline::Batch => {
                let refined = refine(engine, &landing, progress).await?;
                counts.add(&refined.counts);
            }
        }
        bytes += landing.bytes;
    }
    events.up_to(engine, None).await?;
    Ok(landings.len())
}

/// Refines an answer of a venue again. One that cannot be refined must not keep out those after it.
///
/// # Errors
/// When the database fails.
pub(super) async fn again(engine: &Engine, landing: &Landing) -> anyhow::Result<()> {
    let replayed = if extra::is_extra(landing) {
        extra::replay(engine, landing).await
    } else {
        super::live::replay_answer(engine, landing).await
    };
    if let Err(error) = replayed {
        let detail = format!("{error:#}");
        tracing::error!(landing = landing.id, error = detail, "cannot be refined");
        let mut tx = engine.store.begin().await?;
        set_state(&mut tx, landing.id, LandingState::Failed, &detail).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Landings that depend on each other. Candles of both pipelines meet in gold.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Series {
    dataset: Dataset,
    instrument: String,
    venue: String,
}

impl Series {
    fn of(landing: &Landing) -> Self {
        let (instrument, venue) = match landing.dataset {
            Dataset::Article => (String::new(), String::new()),
            _ => (landing.instrument.clone(), landing.venue.clone()),
        };
        Self {
            dataset: landing.dataset,
            instrument,
            venue,
        }
    }
}

async fn clear_some(
    tx: &mut Tx,
    series: &HashSet<Series>,
    landings: &[Landing],
    now_ms: i64,
) -> Result<(), StoreError> {
    for landing in landings {
        clear_landing(tx, landing.id, now_ms).await?;
    }
    for Series {
        dataset,
        instrument,
        venue,
    } in series
    {
        match dataset {
            Dataset::Article => clear_articles(tx, now_ms).await?,
            Dataset::Candle => clear_candles(tx, instrument, venue, now_ms).await?,
            Dataset::Quote => clear_quotes(tx, instrument, venue, now_ms).await?,
            Dataset::Book => clear_books(tx, instrument, venue, now_ms).await?,
            Dataset::Sentiment => clear_sentiments(tx, instrument, venue, now_ms).await?,
            Dataset::Trade | Dataset::Unknown => {}
        }
    }
    Ok(())
}
