//! Silver and gold anew from bronze.
//!
//! Landings are refined one by one in the order of arrival, with everything that people did about quarantined rows at
//! its place in between. Landings of one series may restate each other, and duplicates among articles are linked across
//! files: what is rebuilt is therefore always a whole series, or all articles. A filter chooses the series of which a
//! landing lies in its range; nothing else is touched.

use std::{collections::HashSet, sync::Arc};

use app::model::{Counts, Dataset, LandingState, Pipeline, format_utc_short};

use super::{
    Engine,
    live::stream::replay::Replayer,
    lock::BatchLock,
    progress::{Progress, Watcher},
    quarantine::Events,
    refine::refine,
    runs::is_cancelled,
};
use crate::store::{
    Landing, RunProgress, StoreError, Tx,
    landing::set_state,
    replay::{
        clear, clear_articles, clear_books, clear_candles, clear_landing, clear_quotes,
        clear_trades,
    },
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
    let landings = engine.store.replayable_landings().await?;
    if filter.is_everything() {
        return rebuild(engine, landings, None, progress).await;
    }
    let streamed = streamed(&landings);
    let series = landings
        .iter()
        .filter(|landing| filter.takes(landing))
        .map(|landing| Series::of(landing, &streamed))
        .collect();
    rebuild(engine, landings, Some(series), progress).await
}

/// Takes up a replay of live landings that was cut off. What is missing of series that are streamed cannot be told from
/// what is there: they are rebuilt as a whole.
///
/// # Errors
/// When the database fails.
pub(super) async fn resume(engine: &Engine, cut_off: &[Landing]) -> anyhow::Result<()> {
    let landings = engine.store.replayable_landings().await?;
    let streamed = streamed(&landings);
    let series: HashSet<Series> = cut_off
        .iter()
        .map(|landing| Series::of(landing, &streamed))
        .filter(|series| matches!(series, Series::Market(_)))
        .collect();
    if !series.is_empty() {
        let mut progress =
            Progress::begin(engine, Pipeline::Batch, "recover", "streams", None).await?;
        let result = rebuild(engine, landings.clone(), Some(series), &mut progress).await;
        let words = match &result {
            Ok(_) => Ok("taken up again after an interruption".to_owned()),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        progress.end_with(&words).await?;
        result?;
    }
    let mut replayer = Replayer::new(engine);
    for landing in cut_off {
        if !matches!(Series::of(landing, &streamed), Series::Market(_)) {
            replayer.take(landing).await?;
        }
    }
    replayer.finish().await
}

/// Empties these series, or all, and refines their landings again.
async fn rebuild(
    engine: &Engine,
    mut landings: Vec<Landing>,
    series: Option<HashSet<Series>>,
    progress: &mut Progress,
) -> anyhow::Result<usize> {
    // nobody may write to silver out of what it remembers
    let gate = Arc::clone(engine.hub.replays());
    let mut replays = gate.lock().await;
    *replays += 1;
    let mut tx = engine.store.begin().await?;
    match series {
        None => clear(&mut tx).await?,
        Some(series) => {
            let streamed = streamed(&landings);
            landings.retain(|landing| series.contains(&Series::of(landing, &streamed)));
            clear_some(&mut tx, &series, &landings, engine.clock.now_ms()).await?;
        }
    }
    for landing in &landings {
        set_state(&mut tx, landing.id, LandingState::Landed, "").await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    let total: i64 = landings.iter().map(|landing| landing.bytes).sum();
    let mut events = Events::load(engine).await?;
    let (mut bytes, mut counts) = (0, Counts::default());
    let mut replayer = Replayer::new(engine);
    for landing in &landings {
        events.up_to(engine, Some(landing.id)).await?;
        let Some(landing) = engine.store.landing(landing.id).await? else {
            continue;
        };
        progress.follows(bytes, total, counts);
        match landing.pipeline {
            Pipeline::Live => {
                replayer.take(&landing).await?;
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
    replayer.finish().await?;
    Ok(landings.len())
}

/// Instrument and venue.
type Key = (String, String);

/// Landings that depend on each other. Candles of both pipelines meet in gold.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Series {
    /// All datasets of an instrument at a venue that is streamed: a run holds all of them.
    Market(Key),
    /// One dataset of an instrument at a venue.
    Dataset(Dataset, Key),
    /// Articles are about no single instrument.
    Articles,
}

impl Series {
    fn of(landing: &Landing, streamed: &HashSet<Key>) -> Self {
        if landing.dataset == Dataset::Article {
            return Self::Articles;
        }
        let key = (landing.instrument.clone(), landing.venue.clone());
        if streamed.contains(&key) {
            Self::Market(key)
        } else {
            Self::Dataset(landing.dataset, key)
        }
    }
}

/// Instruments and venues with a run or a page of trades.
fn streamed(landings: &[Landing]) -> HashSet<Key> {
    landings
        .iter()
        .filter(|landing| landing.pipeline == Pipeline::Live && landing.dataset == Dataset::Trade)
        .map(|landing| (landing.instrument.clone(), landing.venue.clone()))
        .collect()
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
    for series in series {
        match series {
            Series::Articles => clear_articles(tx, now_ms).await?,
            Series::Market((instrument, venue)) => {
                clear_trades(tx, instrument, venue, now_ms).await?;
                clear_candles(tx, instrument, venue, now_ms).await?;
                clear_quotes(tx, instrument, venue, now_ms).await?;
                clear_books(tx, instrument, venue, now_ms).await?;
            }
            Series::Dataset(dataset, (instrument, venue)) => match dataset {
                Dataset::Candle => clear_candles(tx, instrument, venue, now_ms).await?,
                Dataset::Quote => clear_quotes(tx, instrument, venue, now_ms).await?,
                Dataset::Book => clear_books(tx, instrument, venue, now_ms).await?,
                Dataset::Sentiment => clear_sentiments(tx, instrument, venue, now_ms).await?,
                Dataset::Article | Dataset::Trade | Dataset::Unknown => {}
            },
        }
    }
    Ok(())
}
