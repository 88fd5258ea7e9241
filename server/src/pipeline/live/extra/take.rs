//! One answer from bronze to gold, in one transaction: a crash leaves all of it or nothing.

use app::model::{
    AlertEventVm, CheckState, Counts, DAY_MS, Dataset, LandingState, Outcome, Pipeline, Reject,
};
use sha2::{Digest, Sha256};

use super::{
    Extra, Kind,
    rows::{Place, Refined, quarantine, rows},
};
use crate::{
    pipeline::{Engine, history::body_of, judge::record, live::feed::patience},
    quality::{
        article::{self, PAUSES},
        feed,
        live::rows::RowWatch,
        outcome::conservation,
        rows::{RowRules, is_of_rows},
        rule::{Rule, RuleBook},
    },
    refine::format::text,
    source::{Answer, message::MessageError},
    store::{
        Landing, NewLanding, Part, StoreError, Tx,
        count::{Change, count},
        landing::{finish_landing, insert_landing, insert_part, set_state},
    },
};

/// Most of an answer that quarantine repeats, in bytes; all of it is in bronze.
const MAX_RAW: usize = 4 << 10;

/// Articles of a feed are looked back on so far.
const LOOK_BACK_MS: i64 = 90 * DAY_MS;

/// Lands an answer and refines it; gives why it is of no use, if so. What cannot be refined for a fault of ours stays
/// in bronze, for a replay.
///
/// # Errors
/// When the database fails.
pub(super) async fn take(
    engine: &Engine,
    source: &Extra,
    quotes: &mut RowWatch,
    answer: &Answer,
) -> anyhow::Result<Option<MessageError>> {
    match land_and_refine(engine, source, quotes, answer).await {
        Ok((broken, events)) => {
            engine.hub.alerts(events);
            engine.hub.changed();
            Ok(broken)
        }
        Err(error) => {
            let words = format!("{error:#}");
            land_only(engine, source, answer, LandingState::Failed, &words).await?;
            Err(error)
        }
    }
}

async fn land_and_refine(
    engine: &Engine,
    source: &Extra,
    quotes: &mut RowWatch,
    answer: &Answer,
) -> anyhow::Result<(Option<MessageError>, Vec<AlertEventVm>)> {
    let mut tx = engine.store.begin().await?;
    let rules = engine.hub.rules().now();
    let place = Place {
        rules: &rules,
        landing_id: land(&mut tx, source, answer, LandingState::Landed).await?,
        received_at: answer.received_at_ms,
        now_ms: engine.clock.now_ms(),
    };
    let (mut refined, broken) = refine(&mut tx, source, &answer.body, place).await?;
    if source.kind.dataset() == Dataset::Quote {
        let received_at = place.received_at;
        quotes.adopt(&RowRules::of(&rules).of_dataset("quote"));
        if let Some(row) = &refined.quote {
            quotes.push(row, received_at);
        }
        let results = quotes.results(&source.entity(), received_at);
        refined.outcomes.extend(results);
    }
    let outcomes: Vec<Outcome> = refined
        .outcomes
        .into_iter()
        .map(|outcome| at_most_a_warning(outcome, &rules))
        .collect();
    let patience = patience(source.every_ms);
    let events = record(&mut tx, &rules, &outcomes, None, patience, place.now_ms).await?;
    tx.commit().await?;
    Ok((broken, events))
}

/// Lands what cannot be refined, with the reason.
///
/// # Errors
/// When the database fails.
pub(super) async fn land_only(
    engine: &Engine,
    source: &Extra,
    answer: &Answer,
    state: LandingState,
    reason: &str,
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    let id = land(&mut tx, source, answer, state).await?;
    set_state(&mut tx, id, state, reason).await?;
    if state == LandingState::Refused {
        let change = Change {
            rows: 0,
            rejects: 1,
            newest_at: None,
        };
        count(&mut tx, "bronze", "landing", change, engine.clock.now_ms()).await?;
    }
    Ok(tx.commit().await?)
}

async fn land(
    tx: &mut Tx,
    source: &Extra,
    answer: &Answer,
    state: LandingState,
) -> anyhow::Result<i64> {
    let new = NewLanding {
        pipeline: Pipeline::Live,
        venue: &source.venue,
        dataset: source.kind.dataset(),
        instrument: source.instrument,
        origin: &answer.url,
        format: source.kind.format(),
        received_at: answer.received_at_ms,
        sha256: &hex::encode(Sha256::digest(&answer.body)),
        bytes: answer.body.len() as i64,
    };
    let id = insert_landing(tx, &new, state).await?;
    let part = Part {
        part_no: 0,
        first_line: 1,
        rows: 1,
        codec: "zstd",
        body: zstd::bulk::compress(&answer.body, 1)?,
    };
    insert_part(tx, id, &part).await?;
    let change = Change {
        rows: 1,
        rejects: 0,
        newest_at: Some(answer.received_at_ms),
    };
    count(tx, "bronze", "landing", change, answer.received_at_ms).await?;
    Ok(id)
}

async fn refine(
    tx: &mut Tx,
    source: &Extra,
    body: &[u8],
    place: Place<'_>,
) -> Result<(Refined, Option<MessageError>), StoreError> {
    let entity = source.entity();
    let contract = match source.kind.dataset() {
        Dataset::Quote => "quote.contract",
        _ => "feed.contract",
    };
    let (mut refined, broken) = match rows(tx, source, body, place).await? {
        Ok(mut refined) => {
            let outcome = |rule| feed::answer(rule, &entity, None);
            refined
                .outcomes
                .extend(place.rules.enabled(contract).map(outcome));
            (refined, None)
        }
        Err(error) => {
            let raw = text(&body[..body.len().min(MAX_RAW)]);
            let reason = error.to_string();
            let outcome = |rule| feed::answer(rule, &entity, Some((reason.as_str(), raw.as_str())));
            let outcome = place.rules.enabled(contract).map(outcome);
            let reject = Reject {
                line_no: 1,
                raw,
                rules: vec![contract],
                reason,
            };
            quarantine(tx, source.kind.dataset(), &[reject], place).await?;
            let refined = Refined {
                counts: Counts {
                    rows: 1,
                    quarantined: 1,
                    ..Counts::default()
                },
                outcomes: outcome.into_iter().collect(),
                ..Refined::default()
            };
            (refined, Some(error))
        }
    };
    let Refined { counts, range, .. } = &refined;
    finish_landing(tx, place.landing_id, counts, *range, place.now_ms).await?;
    let conserved = conservation(&entity, Pipeline::Live, counts);
    refined
        .outcomes
        .retain(|outcome| outcome.check_id != conserved.check_id);
    refined.outcomes.push(conserved);
    Ok((refined, broken))
}

/// Nobody trades on these sources. That rows got lost is a fault of ours, however, and a rule of one's own over articles
/// is as bad as its owner says.
fn at_most_a_warning(outcome: Outcome, rules: &RuleBook) -> Outcome {
    let of_articles = |rule: &Rule| rule.dataset == "article" && is_of_rows(rule);
    let is_ours = outcome.check_id == "dq.rows_conserved"
        || rules.get(outcome.check_id).is_some_and(of_articles);
    match outcome.state {
        CheckState::Error | CheckState::Critical if !is_ours => Outcome {
            state: CheckState::Warn,
            ..outcome
        },
        _ => outcome,
    }
}

/// Stores how the source is.
///
/// # Errors
/// When the database fails.
pub(super) async fn judge(
    engine: &Engine,
    source: &Extra,
    errors_in_a_row: i64,
    last_error: &str,
) -> anyhow::Result<()> {
    let rules = engine.hub.rules().now();
    let entity = source.entity();
    let now_ms = engine.clock.now_ms();
    let http = rules.enabled("feed.http");
    let mut outcomes: Vec<Outcome> = http
        .map(|rule| feed::http(rule, &entity, errors_in_a_row, false, last_error))
        .into_iter()
        .collect();
    let fresh = rules
        .enabled("article.fresh")
        .filter(|_| source.kind.dataset() == Dataset::Article);
    if let Some(rule) = fresh {
        let from = now_ms - LOOK_BACK_MS;
        let published = engine.store.published(&source.venue, from, PAUSES).await?;
        outcomes.push(article::fresh(rule, &entity, &published, now_ms));
    }
    let outcomes: Vec<Outcome> = outcomes
        .into_iter()
        .map(|outcome| at_most_a_warning(outcome, &rules))
        .collect();
    let mut tx = engine.store.begin().await?;
    let patience = patience(source.every_ms);
    let events = record(&mut tx, &rules, &outcomes, None, patience, now_ms).await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    Ok(())
}

/// Refines a landed answer again; results and alerts of back then stay as they were.
///
/// # Errors
/// When the landing is no such answer, cannot be read, or the database fails.
pub async fn replay(engine: &Engine, landing: &Landing) -> anyhow::Result<()> {
    let Some(kind) = Kind::of(landing) else {
        anyhow::bail!("landing {} is no answer of an extra source", landing.id);
    };
    let body = body_of(engine, landing.id).await?;
    let source = Extra::new(kind, &landing.venue, landing.origin.clone(), 60.0);
    let rules = engine.hub.rules().now();
    let place = Place {
        rules: &rules,
        landing_id: landing.id,
        received_at: landing.received_at,
        now_ms: landing.received_at,
    };
    let mut tx = engine.store.begin().await?;
    refine(&mut tx, &source, &body, place).await?;
    Ok(tx.commit().await?)
}
