//! Quotes.

use app::model::{Counts, Dataset, HOUR_MS, Outcome, Pipeline, Quote, QuoteVm, format_utc};

use super::{Feed, Place, Refined, Taken, broken, by_own_rules};
use crate::{
    pipeline::live::feed::EqualPrices,
    quality::{
        elsewhere::furthest_bps,
        feed::{self, EqualQuotes},
        rows::Row,
    },
    source::message::MessageError,
    store::{
        Names, StoreError, Tx,
        candle::quotes_elsewhere,
        count::{Change, count},
        live::{insert_quote, newest_prices},
        names::names,
    },
};

/// A venue's time may be this far ahead of ours.
const MAX_AHEAD_MS: i64 = 60_000;
/// Quotes that are looked back on after a restart: more equal ones are no worse.
const LOOK_BACK: i64 = 40;
/// Other venues are looked at so far back at most: who moved at all in an hour has moved.
const ELSEWHERE_MS: i64 = HOUR_MS;

pub(super) async fn quote(
    tx: &mut Tx,
    feed: &mut Feed,
    body: &[u8],
    place: Place<'_>,
) -> anyhow::Result<Refined> {
    let client = &feed.source.client;
    let read = client.read_ticker(body, place.received_at);
    let quote = match read.and_then(|quote| timely(quote, place.received_at)) {
        Ok(quote) => quote,
        Err(error) => return Ok(broken(&error)),
    };
    let names = names(tx, &feed.source.instrument, &feed.source.name).await?;
    if feed.equal.is_none() && !feed.replayed {
        feed.equal = equal_before(tx, names).await?;
    }
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
    let interval_ms = feed.source.interval_ms;
    // judged by the receipt: the wait for our own writer does not make a quote older
    let (entity, rules) = (&feed.entity, place.rules);
    let mut outcomes: Vec<Outcome> = Vec::new();
    if let Some(rule) = rules.enabled("quote.stale_price") {
        let elsewhere = match feed::asks_elsewhere(rule, equal.run) {
            true => moved_elsewhere(tx, names, (equal.since, place.received_at)).await?,
            false => None,
        };
        let equal = EqualQuotes {
            run: equal.run,
            last: quote.last,
            since: equal.since,
            elsewhere,
        };
        outcomes.push(feed::stale_price(rule, entity, equal));
    }
    // while there is a stream, it is what has to be fresh
    let fresh = rules
        .enabled("feed.freshness")
        .filter(|_| !feed.status.is_streaming());
    outcomes.extend(fresh.map(|rule| {
        let (observed_at, now_ms) = (quote.observed_at, place.received_at);
        feed::freshness(rule, entity, observed_at, interval_ms, now_ms)
    }));
    let row = is_new.then(|| Row::of_quote(&quote, place.received_at));
    outcomes.extend(by_own_rules(feed, Dataset::Quote, row.as_ref(), place));
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

/// A quote of the future would be the newest one for ever.
fn timely(quote: Quote, received_at: i64) -> Result<Quote, MessageError> {
    if quote.observed_at <= received_at.saturating_add(MAX_AHEAD_MS) {
        return Ok(quote);
    }
    Err(MessageError::Contract {
        what: "a ticker of now",
        reason: format!(
            "its time {} lies behind its receipt at {}",
            quote.observed_at,
            format_utc(received_at)
        ),
    })
}

/// How far another venue moved at most while ours stood still.
async fn moved_elsewhere(
    tx: &mut Tx,
    names: Names,
    (since, now_ms): (i64, i64),
) -> Result<Option<f64>, StoreError> {
    let range = (since.max(now_ms - ELSEWHERE_MS), now_ms);
    Ok(furthest_bps(&quotes_elsewhere(tx, names, range).await?, 2))
}

/// The equal prices that the quotes before this start ended with.
async fn equal_before(tx: &mut Tx, names: Names) -> Result<Option<EqualPrices>, StoreError> {
    let newest = newest_prices(tx, names, Pipeline::Live, LOOK_BACK).await?;
    let mut equal: Option<EqualPrices> = None;
    for (last, received_at) in newest {
        match &mut equal {
            None => {
                equal = Some(EqualPrices {
                    run: 1,
                    since: received_at,
                    last,
                });
            }
            Some(equal) if equal.last == last => {
                equal.run += 1;
                equal.since = received_at;
            }
            Some(_) => break,
        }
    }
    Ok(equal)
}

fn quote_vm(feed: &Feed, quote: Quote, place: Place<'_>) -> QuoteVm {
    QuoteVm {
        instrument: feed.source.instrument.clone(),
        venue: feed.source.name.clone(),
        simulated: feed.source.simulated,
        received_at: place.received_at,
        quote,
    }
}
