//! One answer of a venue from bronze to gold, in one transaction: a crash leaves all of it or nothing.

mod book;
mod candles;
mod quote;

pub use candles::chunk_of;

use std::{io::Read, sync::Arc};

use anyhow::Context;
use app::model::{
    AlertEventVm, BookVm, Counts, Dataset, LandingState, Outcome, Pipeline, QuoteVm, Reject,
};
use sha2::{Digest, Sha256};

use super::feed::Feed;
use crate::{
    pipeline::{Engine, judge::record, read::open},
    quality::{
        feed,
        outcome::conservation,
        rows::{Row, RowRules},
        rule::RuleBook,
    },
    refine::format::text,
    source::{Answer, message::MessageError, session::Channel},
    store::{
        Landing, NewLanding, Part, Tx,
        count::{Change, count},
        landing::{finish_landing, insert_landing, insert_part, set_state},
        quarantine::insert_rejects,
    },
};

/// What an answer brought, for listeners, once it is committed.
#[derive(Debug, Default)]
pub struct Taken {
    /// A new quote.
    pub quote: Option<QuoteVm>,
    /// A new book.
    pub book: Option<BookVm>,
    /// Bars changed.
    pub candles: bool,
    /// Times of the candles that the venue gave, sound or not.
    pub served: Option<Vec<i64>>,
    /// Alerts that moved.
    pub events: Vec<AlertEventVm>,
    /// Why the answer is of no use, if so.
    pub broken: Option<String>,
}

/// Rows and results of an answer.
#[derive(Debug, Default)]
struct Refined {
    taken: Taken,
    counts: Counts,
    range: Option<(i64, i64)>,
    outcomes: Vec<Outcome>,
}

/// Lands an answer and refines it. What cannot be refined for a fault of ours stays in bronze, for a replay.
///
/// # Errors
/// When the database fails.
pub async fn take_answer(
    engine: &Engine,
    feed: &mut Feed,
    dataset: Dataset,
    answer: &Answer,
) -> anyhow::Result<Taken> {
    let equal = feed.equal;
    let error = match land_and_refine(engine, feed, dataset, answer).await {
        Ok(taken) => return Ok(taken),
        Err(error) => error,
    };
    feed.equal = equal;
    if let Err(second) = land_failed(engine, feed, dataset, answer, &error).await {
        tracing::error!(error = format!("{second:#}"), "an answer is lost");
    }
    Err(error)
}

async fn land_and_refine(
    engine: &Engine,
    feed: &mut Feed,
    dataset: Dataset,
    answer: &Answer,
) -> anyhow::Result<Taken> {
    let mut tx = engine.store.begin().await?;
    let landing_id = land(&mut tx, feed, dataset, answer, LandingState::Landed).await?;
    let rules = engine.hub.rules().now();
    let excluded = match dataset {
        Dataset::Candle => {
            let (instrument, venue) = (&feed.source.instrument, &feed.source.name);
            engine.store.confirmed_ranges(instrument, venue).await?
        }
        _ => Vec::new(),
    };
    let place = Place {
        landing_id,
        received_at: answer.received_at_ms,
        now_ms: engine.clock.now_ms(),
        rules: &rules,
        excluded: &excluded,
    };
    let mut refined = refine(&mut tx, feed, dataset, &answer.body, place).await?;
    refined
        .outcomes
        .push(conservation(&feed.entity, Pipeline::Live, &refined.counts));
    let events = record(
        &mut tx,
        &rules,
        &refined.outcomes,
        None,
        feed.patience(),
        place.now_ms,
    )
    .await?;
    tx.commit().await?;
    refined.taken.events = events;
    Ok(refined.taken)
}

async fn land_failed(
    engine: &Engine,
    feed: &Feed,
    dataset: Dataset,
    answer: &Answer,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    let landing_id = land(&mut tx, feed, dataset, answer, LandingState::Failed).await?;
    let detail = format!("{error:#}");
    set_state(&mut tx, landing_id, LandingState::Failed, &detail).await?;
    Ok(tx.commit().await?)
}

/// Lands what came with a failed request, if anything did.
///
/// # Errors
/// When the database fails.
pub async fn land_refusal(
    engine: &Engine,
    feed: &Feed,
    dataset: Dataset,
    answer: &Answer,
    reason: &str,
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    let landing_id = land(&mut tx, feed, dataset, answer, LandingState::Refused).await?;
    set_state(&mut tx, landing_id, LandingState::Refused, reason).await?;
    let change = Change {
        rows: 0,
        rejects: 1,
        newest_at: None,
    };
    count(&mut tx, "bronze", "landing", change, engine.clock.now_ms()).await?;
    Ok(tx.commit().await?)
}

async fn land(
    tx: &mut Tx,
    feed: &Feed,
    dataset: Dataset,
    answer: &Answer,
    state: LandingState,
) -> anyhow::Result<i64> {
    let new = NewLanding {
        pipeline: Pipeline::Live,
        venue: &feed.source.name,
        dataset,
        instrument: &feed.source.instrument,
        origin: &answer.url,
        format: feed.source.client.facts().name,
        received_at: answer.received_at_ms,
        sha256: &hex::encode(Sha256::digest(&answer.body)),
        bytes: answer.body.len() as i64,
    };
    let id = insert_landing(tx, &new, state).await?;
    let body = zstd::bulk::compress(&answer.body, 1)?;
    insert_part(
        tx,
        id,
        &Part {
            part_no: 0,
            first_line: 1,
            rows: 1,
            codec: "zstd",
            body,
        },
    )
    .await?;
    let change = Change {
        rows: 1,
        rejects: 0,
        newest_at: Some(answer.received_at_ms),
    };
    count(tx, "bronze", "landing", change, answer.received_at_ms).await?;
    Ok(id)
}

/// Where rows come from, and when.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    landing_id: i64,
    received_at: i64,
    now_ms: i64,
    rules: &'a Arc<RuleBook>,
    /// Times that baselines leave out.
    excluded: &'a [(i64, i64)],
}

async fn refine(
    tx: &mut Tx,
    feed: &mut Feed,
    dataset: Dataset,
    body: &[u8],
    place: Place<'_>,
) -> anyhow::Result<Refined> {
    let mut refined = match dataset {
        Dataset::Quote => quote::quote(tx, feed, body, place).await?,
        Dataset::Candle => candles::candles(tx, feed, body, place).await?,
        Dataset::Book => book::book(tx, feed, body, place).await?,
        other => anyhow::bail!("no venue answers with dataset {other}"),
    };
    if let Some(broken) = &refined.taken.broken {
        let raw = raw_text(body);
        let reject = Reject {
            line_no: 1,
            raw: raw.clone(),
            rules: vec![contract(dataset)],
            reason: broken.clone(),
        };
        refined.counts = Counts {
            rows: 1,
            quarantined: 1,
            ..Counts::default()
        };
        quarantine(tx, dataset, &[reject], place).await?;
        let outcome = |rule| feed::answer(rule, &feed.entity, Some((broken, &raw)));
        refined
            .outcomes
            .extend(place.rules.enabled(contract(dataset)).map(outcome));
    } else {
        let outcome = |rule| feed::answer(rule, &feed.entity, None);
        refined
            .outcomes
            .extend(place.rules.enabled(contract(dataset)).map(outcome));
    }
    if feed.status.is_streaming() {
        let streamed = judged_by_stream(&feed.source.channels);
        refined
            .outcomes
            .retain(|outcome| !streamed.contains(&outcome.check_id));
    }
    finish_landing(
        tx,
        place.landing_id,
        &refined.counts,
        refined.range,
        place.now_ms,
    )
    .await?;
    Ok(refined)
}

/// Judges a new row by rules of one's own; those follow the stream while it brings such rows.
fn by_own_rules(
    feed: &mut Feed,
    dataset: Dataset,
    row: Option<&Row>,
    place: Place<'_>,
) -> Vec<Outcome> {
    let (channel, rows) = match dataset {
        Dataset::Book => (Channel::Book, &mut feed.books),
        _ => (Channel::Quotes, &mut feed.quotes),
    };
    let is_streamed = feed.status.is_streaming() && feed.source.channels.contains(&channel);
    if feed.replayed || is_streamed {
        return Vec::new();
    }
    rows.adopt(&RowRules::of(place.rules).of_dataset(dataset.as_str()));
    if let Some(row) = row {
        rows.push(row, place.received_at);
    }
    rows.results(&feed.entity, place.received_at)
}

/// Checks that follow the stream while there is one: an answer beside it would contradict them by turns. That an answer
/// is of no use is told by `feed.http` then.
fn judged_by_stream(channels: &[Channel]) -> Vec<&'static str> {
    let mut checks = vec!["feed.contract"];
    if channels.contains(&Channel::Quotes) {
        checks.push("quote.contract");
    }
    if channels.contains(&Channel::Book) {
        checks.extend(["book.contract", "book.crossed", "book.levels"]);
    }
    checks
}

const fn contract(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Quote => "quote.contract",
        Dataset::Book => "book.contract",
        _ => "feed.contract",
    }
}

/// Most of an answer that quarantine repeats, in bytes; all of it is in bronze.
const MAX_RAW: usize = 256 << 10;

fn raw_text(body: &[u8]) -> String {
    text(&body[..body.len().min(MAX_RAW)])
}

fn broken(error: &MessageError) -> Refined {
    Refined {
        taken: Taken {
            broken: Some(error.to_string()),
            ..Taken::default()
        },
        ..Refined::default()
    }
}

async fn quarantine(
    tx: &mut Tx,
    dataset: Dataset,
    rejects: &[Reject],
    place: Place<'_>,
) -> anyhow::Result<()> {
    insert_rejects(tx, place.landing_id, dataset, rejects, place.now_ms).await?;
    let rows = rejects.len() as i64;
    Ok(count(
        tx,
        "silver",
        "quarantine",
        Change {
            rows,
            rejects: rows,
            newest_at: None,
        },
        place.now_ms,
    )
    .await?)
}

/// Refines a landed answer again; results and alerts of back then stay as they were.
///
/// # Errors
/// When the database fails or the landing cannot be read.
pub async fn replay_answer(engine: &Engine, landing: &Landing) -> anyhow::Result<()> {
    let (mut reader, _) = open(&engine.store, landing.id);
    let body = tokio::task::spawn_blocking(move || {
        let mut body = Vec::new();
        reader.read_to_end(&mut body).map(|_| body)
    })
    .await
    .context("the reader stopped")??;
    let mut feed = Feed::replayed(landing)?;
    let mut tx = engine.store.begin().await?;
    let rules = engine.hub.rules().now();
    let place = Place {
        landing_id: landing.id,
        received_at: landing.received_at,
        now_ms: landing.received_at,
        rules: &rules,
        excluded: &[],
    };
    refine(&mut tx, &mut feed, landing.dataset, &body, place).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests;
