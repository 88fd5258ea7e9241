//! A page of a venue's history from bronze to gold: the same for a new answer and for a replay.

use std::{io::Read, sync::Arc};

use anyhow::Context;
use app::model::{Counts, Pipeline};

use super::{
    Engine,
    analyse::{Changed, refresh_days},
    candles::{CandleWork, Judging},
    live::chunk_of,
    progress::Progress,
    read::open,
    refine::{Find, Refined, finish_candles},
};
use crate::{
    quality::{outcome::RejectTally, rule::RuleBook},
    source::history::{History, reader},
    store::{Landing, RunProgress, SeriesKey, Tx, landing::finish_landing, names::names},
};

/// What a page brought.
#[derive(Debug, Default)]
pub struct Page {
    /// Its rows.
    pub counts: Counts,
    /// Rows set apart, by rule.
    pub rejects: RejectTally,
    /// First and last time.
    pub range: Option<(i64, i64)>,
}

/// Where the rows of a page belong.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The landing.
    pub landing_id: i64,
    /// `BTC-USDT`
    pub instrument: &'a str,
    /// `binance`
    pub venue: &'a str,
    /// The rules in force.
    pub rules: &'a Arc<RuleBook>,
    /// When the page came.
    pub received_at: i64,
    /// Now.
    pub now_ms: i64,
}

/// True if a landing is a page of a venue's history.
#[must_use]
pub fn is_page(landing: &Landing) -> bool {
    landing.pipeline == Pipeline::Batch && reader(&landing.format).is_some()
}

/// Takes the rows of a page into silver and gold and closes its books.
///
/// # Errors
/// [`crate::source::message::MessageError`] when the body is no such page. When the database fails.
pub async fn refine_body(
    tx: &mut Tx,
    history: &dyn History,
    body: &[u8],
    place: Place<'_>,
) -> anyhow::Result<Page> {
    let parsed = history.read(body, place.received_at)?;
    let chunk = chunk_of(parsed, history.step_ms(), place.received_at);
    let key = SeriesKey {
        names: names(tx, place.instrument, place.venue).await?,
        pipeline: Pipeline::Batch,
        step_ms: history.step_ms(),
    };
    let judging = Judging::new(place.rules.clone(), place.venue, Pipeline::Batch);
    let mut work = CandleWork::begin(key, judging, place.landing_id, place.received_at);
    work.apply(tx, chunk.clone(), place.now_ms).await?;
    finish_candles(tx, &mut work, &Find::Chunk(&chunk), place.now_ms).await?;
    if let Some(range) = work.range {
        refresh_days(tx, key.names, Some(&Changed::stretch(range))).await?;
    }
    finish_landing(tx, place.landing_id, &work.counts, work.range, place.now_ms).await?;
    Ok(Page {
        counts: work.counts,
        rejects: work.rejects,
        range: work.range,
    })
}

/// Refines a landed page again: it was one step the first time, so a page that is not refined has no rows anywhere.
///
/// # Errors
/// When the landing cannot be read or the database fails.
pub async fn refine_page(
    engine: &Engine,
    landing: &Landing,
    progress: &mut Progress,
) -> anyhow::Result<Refined> {
    let history = reader(&landing.format).context("the landing is no page of a history")?;
    let body = body_of(engine, landing.id).await?;
    let place = Place {
        landing_id: landing.id,
        instrument: &landing.instrument,
        venue: &landing.venue,
        rules: &engine.hub.rules().now(),
        received_at: landing.received_at,
        now_ms: engine.clock.now_ms(),
    };
    let mut tx = engine.store.begin().await?;
    let page = refine_body(&mut tx, &*history, &body, place).await?;
    let at = RunProgress {
        phase: "refining",
        bytes_done: landing.bytes,
        bytes_total: landing.bytes,
        counts: page.counts,
    };
    progress.at(&mut tx, landing.id, at).await?;
    tx.commit().await?;
    Ok(Refined {
        counts: page.counts,
        range: page.range,
        step_ms: Some(history.step_ms()),
        ..Refined::default()
    })
}

/// All bytes of a landing, for one that is an answer and therefore short.
///
/// # Errors
/// When they cannot be read.
pub async fn body_of(engine: &Engine, landing_id: i64) -> anyhow::Result<Vec<u8>> {
    let (mut reader, _) = open(&engine.store, landing_id);
    tokio::task::spawn_blocking(move || {
        let mut body = Vec::new();
        reader.read_to_end(&mut body).map(|_| body)
    })
    .await
    .context("the reader stopped")?
    .context("the landing cannot be read")
}
