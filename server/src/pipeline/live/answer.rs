//! One answer of a venue from bronze to gold, in one transaction: a crash leaves all of it or nothing.

use std::io::Read;

use anyhow::Context;
use app::model::{
    AlertEventVm, Book, BookVm, CheckState, Dataset, LandingState, Pipeline, Quote, QuoteVm, Reject,
};
use sha2::{Digest, Sha256};

use super::poll::Feed;
use crate::{
    pipeline::{
        Engine,
        candles::CandleWork,
        judge::{record, restated},
        read::open,
        refine::{Find, finish_candles},
    },
    quality::{
        feed,
        outcome::{Counts, Outcome, conservation, hard_rules, watched},
    },
    refine::{
        book::book_figures,
        clean::{CandleChunk, CandleRow},
        format::text,
    },
    source::{
        Answer,
        binance::messages::{MessageError, parse_depth, parse_klines, parse_ticker},
    },
    store::{
        Landing, NewLanding, Part, SeriesKey, Tx,
        count::{Change, count},
        landing::{finish_landing, insert_landing, insert_part, set_state},
        live::{insert_book, insert_quote},
        names::names,
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

/// Lands an answer and refines it.
///
/// # Errors
/// When the database fails.
pub async fn take_answer(
    engine: &Engine,
    feed: &mut Feed,
    dataset: Dataset,
    answer: &Answer,
) -> anyhow::Result<Taken> {
    let mut tx = engine.store.begin().await?;
    let landing_id = land(&mut tx, feed, dataset, answer, LandingState::Landed).await?;
    let received_at = answer.received_at_ms;
    let place = Place {
        landing_id,
        received_at,
        now_ms: engine.clock.now_ms(),
    };
    let mut refined = refine(&mut tx, feed, dataset, &answer.body, place).await?;
    refined
        .outcomes
        .push(conservation(&feed.entity, Pipeline::Live, &refined.counts));
    let events = record(
        &mut tx,
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
        venue: &feed.venue.name,
        dataset,
        instrument: &feed.venue.instrument,
        origin: &answer.url,
        format: "binance",
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
struct Place {
    landing_id: i64,
    received_at: i64,
    now_ms: i64,
}

async fn refine(
    tx: &mut Tx,
    feed: &mut Feed,
    dataset: Dataset,
    body: &[u8],
    place: Place,
) -> anyhow::Result<Refined> {
    let mut refined = match dataset {
        Dataset::Quote => quote(tx, feed, body, place).await?,
        Dataset::Candle => candles(tx, feed, body, place).await?,
        Dataset::Book => book(tx, feed, body, place).await?,
        other => anyhow::bail!("no venue answers with dataset {other}"),
    };
    if let Some(broken) = &refined.taken.broken {
        let reject = Reject {
            line_no: 1,
            raw: text(body),
            rules: vec![contract(dataset)],
            reason: broken.clone(),
        };
        refined.counts = Counts {
            rows: 1,
            quarantined: 1,
            ..Counts::default()
        };
        quarantine(tx, dataset, &[reject], place).await?;
        refined.outcomes.push(feed::answer(
            contract(dataset),
            &feed.entity,
            Some((CheckState::Error, broken, &text(body))),
        ));
    } else if dataset != Dataset::Candle {
        refined
            .outcomes
            .push(feed::answer(contract(dataset), &feed.entity, None));
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

const fn contract(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Quote => "quote.contract",
        Dataset::Book => "book.contract",
        _ => "feed.contract",
    }
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
    place: Place,
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

async fn quote(tx: &mut Tx, feed: &mut Feed, body: &[u8], place: Place) -> anyhow::Result<Refined> {
    let quote = match parse_ticker(body) {
        Ok(quote) => quote,
        Err(error) => return Ok(broken(&error)),
    };
    let names = names(tx, &feed.venue.instrument, &feed.venue.name).await?;
    let is_new = insert_quote(
        tx,
        names,
        Pipeline::Live,
        place.received_at,
        &quote,
        place.landing_id,
    )
    .await?;
    let change = Change {
        rows: i64::from(is_new),
        rejects: 0,
        newest_at: Some(quote.observed_at),
    };
    count(tx, "silver", "quote", change, place.now_ms).await?;
    let equal = feed.note_price(quote.last, place.received_at);
    let interval_ms = feed.venue.interval_ms;
    let outcomes = vec![
        feed::stale_price(&feed.entity, equal.run, quote.last, equal.since),
        feed::freshness(&feed.entity, quote.observed_at, interval_ms, place.now_ms),
    ];
    Ok(Refined {
        counts: Counts {
            rows: 1,
            accepted: i64::from(is_new),
            deduplicated: i64::from(!is_new),
            ..Counts::default()
        },
        range: Some((quote.observed_at, quote.observed_at)),
        taken: Taken {
            quote: Some(quote_vm(feed, quote, place)),
            ..Taken::default()
        },
        outcomes,
    })
}

fn quote_vm(feed: &Feed, quote: Quote, place: Place) -> QuoteVm {
    QuoteVm {
        instrument: feed.venue.instrument.clone(),
        venue: feed.venue.name.clone(),
        simulated: feed.venue.simulated,
        received_at: place.received_at,
        quote,
    }
}

async fn book(tx: &mut Tx, feed: &mut Feed, body: &[u8], place: Place) -> anyhow::Result<Refined> {
    let depth = match parse_depth(body) {
        Ok(depth) => depth,
        Err(error) => return Ok(broken(&error)),
    };
    let names = names(tx, &feed.venue.instrument, &feed.venue.name).await?;
    let rules = ["book.levels", "book.crossed"];
    // the venue gives no time with its book: the receipt stands for it
    match book_figures(place.received_at, &depth.bids, &depth.asks) {
        Ok(figures) => {
            let is_new = insert_book(
                tx,
                names,
                Pipeline::Live,
                place.received_at,
                &figures,
                place.landing_id,
            )
            .await?;
            let change = Change {
                rows: i64::from(is_new),
                rejects: 0,
                newest_at: Some(figures.observed_at),
            };
            count(tx, "silver", "book", change, place.now_ms).await?;
            Ok(Refined {
                counts: Counts {
                    rows: 1,
                    accepted: i64::from(is_new),
                    deduplicated: i64::from(!is_new),
                    ..Counts::default()
                },
                range: Some((figures.observed_at, figures.observed_at)),
                outcomes: rules
                    .map(|rule| feed::answer(rule, &feed.entity, None))
                    .into(),
                taken: Taken {
                    book: Some(book_vm(feed, figures, place)),
                    ..Taken::default()
                },
            })
        }
        Err(violations) => {
            let sample = text(&body[..body.len().min(400)]);
            let reasons: Vec<&str> = violations
                .iter()
                .map(|(_, reason)| reason.as_str())
                .collect();
            let reject = Reject {
                line_no: 1,
                raw: text(body),
                rules: violations.iter().map(|(rule, _)| *rule).collect(),
                reason: reasons.join("; "),
            };
            quarantine(tx, Dataset::Book, &[reject], place).await?;
            let outcomes = rules.map(|rule| {
                let broken = violations.iter().find(|(broken, _)| *broken == rule);
                feed::answer(
                    rule,
                    &feed.entity,
                    broken.map(|(_, reason)| (CheckState::Error, reason.as_str(), sample.as_str())),
                )
            });
            let counts = Counts {
                rows: 1,
                quarantined: 1,
                ..Counts::default()
            };
            Ok(Refined {
                counts,
                outcomes: outcomes.into(),
                ..Refined::default()
            })
        }
    }
}

fn book_vm(feed: &Feed, book: Book, place: Place) -> BookVm {
    BookVm {
        instrument: feed.venue.instrument.clone(),
        venue: feed.venue.name.clone(),
        simulated: feed.venue.simulated,
        received_at: place.received_at,
        book,
    }
}

async fn candles(
    tx: &mut Tx,
    feed: &mut Feed,
    body: &[u8],
    place: Place,
) -> anyhow::Result<Refined> {
    let parsed = match parse_klines(body, place.received_at) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(broken(&error)),
    };
    let mut chunk = CandleChunk {
        rejects: parsed.rejects,
        ..CandleChunk::default()
    };
    for row in parsed.candles {
        let start = chunk.raw.len() as u32;
        chunk.raw.extend_from_slice(row.raw.as_bytes());
        chunk.rows.push(CandleRow {
            line_no: row.line_no,
            candle: row.candle,
            raw: (start, chunk.raw.len() as u32),
        });
    }
    let names = names(tx, &feed.venue.instrument, &feed.venue.name).await?;
    let key = SeriesKey {
        names,
        pipeline: Pipeline::Live,
        step_ms: app::model::MINUTE_MS,
    };
    let mut work = CandleWork::begin(tx, key, place.landing_id, place.received_at).await?;
    work.apply(tx, chunk.clone(), place.now_ms).await?;
    finish_candles(tx, &mut work, &Find::Chunk(&chunk), place.now_ms).await?;
    let entity = &feed.entity;
    // a poll repeats the newest rows: what is in quarantine is judged over this answer alone
    let mut outcomes = hard_rules(entity, Pipeline::Live, false, &work.counts, &work.rejects);
    outcomes.retain(|outcome| outcome.check_id != "dq.rows_conserved");
    outcomes.extend(watched(entity, Pipeline::Live, &work.watch));
    outcomes.push(restated(entity, Pipeline::Live, &work));
    outcomes.push(feed::answer("feed.contract", entity, None));
    Ok(Refined {
        counts: work.counts,
        range: work.range,
        outcomes,
        taken: Taken {
            candles: true,
            ..Taken::default()
        },
    })
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
    let mut feed = Feed::replayed(landing);
    let mut tx = engine.store.begin().await?;
    let place = Place {
        landing_id: landing.id,
        received_at: landing.received_at,
        now_ms: landing.received_at,
    };
    refine(&mut tx, &mut feed, landing.dataset, &body, place).await?;
    Ok(tx.commit().await?)
}
