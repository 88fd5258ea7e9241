//! Checks against the past of a figure go on after a restart where they were: the past is read back from silver.

use std::sync::Arc;

use super::{
    Writer,
    checks::{SeenOf, figures},
};
use crate::{
    pipeline::live::stream::batch::StreamSource,
    quality::{live::event::Event, rule::RuleBook},
    source::session::Channel,
    store::view::{SeriesKey, Window},
};

/// Rules that hold a figure of the book against its own past.
const RULES: [&str; 2] = ["book.spread", "book.depth"];
/// Books that are read back at most; there is about one a second.
const MOST: i64 = 4_000;
/// A venue's clock may be so far ahead of ours.
const AHEAD_MS: i64 = 60_000;

impl Writer {
    /// Tells the checks of sources that are heard of for the first time what was known before.
    pub(super) async fn warm(&mut self, book: &Arc<RuleBook>, seen: &[SeenOf]) {
        for (source, first_at) in self.checks.unknown(seen) {
            match self.past(book, &source, first_at).await {
                Ok(events) => self.checks.take(book, vec![(source, events)]),
                Err(error) => tracing::warn!(
                    instrument = source.instrument,
                    venue = source.venue,
                    error = format!("{error:#}"),
                    "books of before are not read back: their checks begin anew"
                ),
            }
        }
    }

    /// Figures of the books before `first_at`, as far back as the rules look.
    async fn past(
        &self,
        book: &RuleBook,
        source: &Arc<StreamSource>,
        first_at: i64,
    ) -> anyhow::Result<Vec<Event>> {
        let rules = RULES.iter().filter_map(|id| book.enabled(id));
        let Some(within) = rules.map(|rule| rule.number("within") as i64).max() else {
            return Ok(Vec::new());
        };
        if !source.channels.contains(&Channel::Book) {
            return Ok(Vec::new());
        }
        let store = &self.engine.store;
        let names = store.names(&source.instrument, &source.venue).await?;
        let key = SeriesKey {
            instrument_id: names.instrument_id,
            venue_id: names.venue_id,
        };
        let window = Window {
            from_ms: first_at - within,
            to_ms: first_at + AHEAD_MS,
            limit: MOST,
        };
        let books = store.books(key, window).await?;
        Ok(books
            .iter()
            .filter(|book| book.received_at < first_at)
            .map(|book| Event {
                at: book.received_at,
                what: figures(&book.book),
            })
            .collect())
    }
}
