//! Order books.

use app::model::{Book, BookVm, Counts, Dataset, Outcome, Pipeline, Reject};

use super::{Feed, Place, Refined, Taken, broken, by_own_rules, quarantine, raw_text};
use crate::{
    quality::{feed, rows::Row, rule::Rule},
    refine::book::book_figures,
    store::{
        Tx,
        count::{Change, count},
        live::insert_book,
        names::names,
    },
};

pub(super) async fn book(
    tx: &mut Tx,
    feed: &mut Feed,
    body: &[u8],
    place: Place<'_>,
) -> anyhow::Result<Refined> {
    let depth = match feed.source.client.read_depth(body) {
        Ok(depth) => depth,
        Err(error) => return Ok(broken(&error)),
    };
    let names = names(tx, &feed.source.instrument, &feed.source.name).await?;
    let rules: Vec<&Rule> = ["book.levels", "book.crossed"]
        .into_iter()
        .filter_map(|id| place.rules.enabled(id))
        .collect();
    // where the venue gives no time with its book, the receipt stands for it; a time of the future would be the newest
    // for ever
    let observed_at = depth.observed_at.unwrap_or(place.received_at);
    let observed_at = observed_at.min(place.received_at);
    match book_figures(observed_at, &depth.bids, &depth.asks) {
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
            let mut outcomes: Vec<Outcome> = rules
                .into_iter()
                .map(|rule| feed::answer(rule, &feed.entity, None))
                .collect();
            let row = is_new.then(|| Row::of_book(&figures, place.received_at));
            outcomes.extend(by_own_rules(feed, Dataset::Book, row.as_ref(), place));
            Ok(Refined {
                counts: Counts {
                    rows: 1,
                    accepted: i64::from(is_new),
                    deduplicated: i64::from(!is_new),
                    ..Counts::default()
                },
                range: Some((figures.observed_at, figures.observed_at)),
                outcomes,
                taken: Taken {
                    book: Some(book_vm(feed, figures, place)),
                    ..Taken::default()
                },
            })
        }
        Err(violations) => {
            let raw = raw_text(body);
            let reasons: Vec<&str> = violations
                .iter()
                .map(|(_, reason)| reason.as_str())
                .collect();
            let reject = Reject {
                line_no: 1,
                raw: raw.clone(),
                rules: violations.iter().map(|(rule, _)| *rule).collect(),
                reason: reasons.join("; "),
            };
            quarantine(tx, Dataset::Book, &[reject], place).await?;
            let outcomes = rules.into_iter().map(|rule| {
                let broken = violations.iter().find(|(broken, _)| *broken == rule.id);
                let broken = broken.map(|(_, reason)| (reason.as_str(), raw.as_str()));
                feed::answer(rule, &feed.entity, broken)
            });
            let counts = Counts {
                rows: 1,
                quarantined: 1,
                ..Counts::default()
            };
            Ok(Refined {
                counts,
                outcomes: outcomes.collect(),
                ..Refined::default()
            })
        }
    }
}

fn book_vm(feed: &Feed, book: Book, place: Place<'_>) -> BookVm {
    BookVm {
        instrument: feed.source.instrument.clone(),
        venue: feed.source.name.clone(),
        simulated: feed.source.simulated,
        received_at: place.received_at,
        book,
    }
}
