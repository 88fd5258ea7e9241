//! Rows of an answer into silver.

use std::sync::Arc;

use app::model::{Counts, Dataset, Outcome, Pipeline, Reject};

use super::{Extra, Kind, articles::articles};
use crate::{
    quality::{feed, rows::Row, rule::RuleBook},
    source::{
        coingecko, cryptocompare, feargreed, message::MessageError, rss::messages::parse_feed,
    },
    store::{
        StoreError, Tx,
        count::{Change, count},
        live::insert_quote,
        names::names,
        quarantine::insert_rejects,
        sentiment::upsert_moods,
    },
};

/// Clocks may differ so much.
const MAX_AHEAD_MS: i64 = 60_000;

/// Where rows come from, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) landing_id: i64,
    pub(super) received_at: i64,
    pub(super) now_ms: i64,
    pub(super) rules: &'a Arc<RuleBook>,
}

/// What an answer brought.
#[derive(Debug, Default)]
pub(super) struct Refined {
    pub(super) counts: Counts,
    pub(super) range: Option<(i64, i64)>,
    pub(super) outcomes: Vec<Outcome>,
    /// A new quote, for rules of one's own.
    pub(super) quote: Option<Row>,
}

/// Takes the rows of an answer; the inner error: it is of no use.
pub(super) async fn rows(
    tx: &mut Tx,
    source: &Extra,
    body: &[u8],
    place: Place<'_>,
) -> Result<Result<Refined, MessageError>, StoreError> {
    let refined = match source.kind {
        Kind::CoinGecko | Kind::CryptoComparePrice => {
            return quote(tx, source, body, place).await;
        }
        Kind::FearGreed => match feargreed::messages::parse_moods(body, place.received_at) {
            Ok(parsed) => moods(tx, source, parsed, place).await?,
            Err(error) => return Ok(Err(error)),
        },
        Kind::CryptoCompareNews => match cryptocompare::messages::parse_news(body) {
            Ok(parsed) => articles(tx, source, parsed, place).await?,
            Err(error) => return Ok(Err(error)),
        },
        Kind::Feed => match parse_feed(body) {
            Ok(parsed) => articles(tx, source, parsed, place).await?,
            Err(error) => return Ok(Err(error)),
        },
    };
    Ok(Ok(refined))
}

async fn quote(
    tx: &mut Tx,
    source: &Extra,
    body: &[u8],
    place: Place<'_>,
) -> Result<Result<Refined, MessageError>, StoreError> {
    let parsed = match source.kind {
        Kind::CoinGecko => coingecko::messages::parse_price(body),
        _ => cryptocompare::messages::parse_price(body, place.received_at),
    };
    let quote = match parsed {
        // a price of the future would be the newest one for ever
        Ok(quote) if quote.observed_at > place.received_at + MAX_AHEAD_MS => {
            return Ok(Err(MessageError::Contract {
                what: "a price",
                reason: "its time lies behind its receipt".to_owned(),
            }));
        }
        Ok(quote) => quote,
        Err(error) => return Ok(Err(error)),
    };
    let names = names(tx, source.instrument, &source.venue).await?;
    let at = quote.observed_at;
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
        newest_at: Some(at),
    };
    count(tx, "silver", "quote", change, place.now_ms).await?;
    let fresh = place.rules.enabled("feed.freshness").map(|rule| {
        feed::freshness(
            rule,
            &source.entity(),
            at,
            source.every_ms,
            place.received_at,
        )
    });
    Ok(Ok(Refined {
        counts: Counts {
            rows: 1,
            accepted: i64::from(is_new),
            // answers come out of a cache: an equal time is the same answer
            deduplicated: i64::from(!is_new),
            ..Counts::default()
        },
        range: Some((at, at)),
        outcomes: fresh.into_iter().collect(),
        quote: is_new.then(|| Row::of_quote(&quote, place.received_at)),
    }))
}

async fn moods(
    tx: &mut Tx,
    source: &Extra,
    parsed: feargreed::messages::ParsedMoods,
    place: Place<'_>,
) -> Result<Refined, StoreError> {
    let names = names(tx, source.instrument, &source.venue).await?;
    let moods = &parsed.moods;
    let written = upsert_moods(tx, names, place.received_at, moods, place.landing_id).await?;
    let days = || moods.iter().map(|mood| mood.observed_at);
    let range = days().min().zip(days().max());
    let change = Change {
        rows: written.new,
        rejects: 0,
        newest_at: range.map(|(_, newest)| newest),
    };
    count(tx, "silver", "sentiment", change, place.now_ms).await?;
    quarantine(tx, source.kind.dataset(), &parsed.rejects, place).await?;
    let accepted = written.new + written.changed;
    let quarantined = parsed.rejects.len() as i64;
    Ok(Refined {
        counts: Counts {
            rows: moods.len() as i64 + quarantined,
            accepted,
            deduplicated: moods.len() as i64 - accepted,
            quarantined,
            ..Counts::default()
        },
        range,
        ..Refined::default()
    })
}

/// Sets rows apart and counts them.
pub(super) async fn quarantine(
    tx: &mut Tx,
    dataset: Dataset,
    rejects: &[Reject],
    place: Place<'_>,
) -> Result<(), StoreError> {
    if rejects.is_empty() {
        return Ok(());
    }
    insert_rejects(tx, place.landing_id, dataset, rejects, place.now_ms).await?;
    let rows = rejects.len() as i64;
    let change = Change {
        rows,
        rejects: rows,
        newest_at: None,
    };
    count(tx, "silver", "quarantine", change, place.now_ms).await
}
