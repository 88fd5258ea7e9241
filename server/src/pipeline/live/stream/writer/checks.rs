//! Checks of what streams: told after the commit, judged once a second.

use std::{collections::HashMap, sync::Arc};

use app::model::{Book, CheckState, Outcome};

use super::Writer;
use crate::{
    pipeline::{
        judge::record,
        live::stream::{
            apply::Applied,
            batch::{Batch, StreamSource},
            line::LineKind,
        },
    },
    quality::{
        alert::Patience,
        live::{
            event::{Contract, Event, What},
            pressure::Pressure,
            source::{SourceChecks, Traits},
        },
        rows::Row,
        rule::RuleBook,
    },
    source::session::Channel,
};

/// How often the checks are asked.
const EVERY_MS: i64 = 1_000;
/// A result that says the same is stored this often.
const REPEAT_MS: i64 = 10_000;
/// A source that nothing was heard of for so long is forgotten.
const FORGET_MS: i64 = 3_600_000;
/// Levels a side whose size is the depth of a book.
const LEVELS: usize = 10;
/// What the queue of all streams is called.
const QUEUE: &str = "all/streams/queue";

/// Instrument and venue.
pub(super) type Key = (String, String);

/// What is seen of a source, to be told to its checks once it is committed.
pub(super) type SeenOf = (Arc<StreamSource>, Vec<Event>);

/// The checks of all sources.
#[derive(Debug, Default)]
pub(super) struct LiveChecks {
    /// With the time of its newest event.
    sources: HashMap<Key, (SourceChecks, i64)>,
    queue: Pressure,
    said: HashMap<(&'static str, String), (CheckState, i64)>,
    judged_at: i64,
}

impl LiveChecks {
    /// Tells what was committed.
    pub(super) fn take(&mut self, book: &Arc<RuleBook>, seen: Vec<SeenOf>) {
        for (source, events) in seen {
            let key = (source.instrument.clone(), source.venue.clone());
            let (checks, heard_at) = self
                .sources
                .entry(key)
                .or_insert_with(|| (SourceChecks::new(source.entity(), traits(&source)), 0));
            checks.adopt(book);
            for event in &events {
                checks.push(book, event);
                *heard_at = event.at.max(*heard_at);
            }
        }
    }

    /// Sources that nothing was heard of, with the time of what is heard first.
    pub(super) fn unknown(&self, seen: &[SeenOf]) -> Vec<(Arc<StreamSource>, i64)> {
        let mut unknown: Vec<(Arc<StreamSource>, i64)> = Vec::new();
        for (source, events) in seen {
            let key = (source.instrument.clone(), source.venue.clone());
            let is_noted = |(of, _): &(Arc<StreamSource>, i64)| {
                (&of.instrument, &of.venue) == (&source.instrument, &source.venue)
            };
            if let Some(first) = events.iter().map(|event| event.at).min()
                && !self.sources.contains_key(&key)
                && !unknown.iter().any(is_noted)
            {
                unknown.push((source.clone(), first));
            }
        }
        unknown
    }

    /// Tells that numbers of trades are missing.
    pub(super) fn missing(&mut self, book: &RuleBook, missing: &[(Key, Event)]) {
        for (key, event) in missing {
            if let Some((checks, _)) = self.sources.get_mut(key) {
                checks.push(book, event);
            }
        }
    }

    /// Tells how full the queue is.
    pub(super) fn queue(&mut self, book: &RuleBook, waiting: i64, room: i64, at: i64) {
        if let Some(rule) = book.enabled("feed.backpressure") {
            self.queue.push(rule, waiting, room, at);
        }
    }

    /// Tells that a batch could not be written.
    pub(super) fn lost(&mut self, book: &RuleBook, at: i64) {
        if let Some(rule) = book.enabled("feed.backpressure") {
            self.queue.lost(rule, at);
        }
    }

    fn is_due(&self, now_ms: i64) -> bool {
        (now_ms - self.judged_at).abs() >= EVERY_MS
    }

    /// What is to be stored now: results that changed, and those that were not stored for a while.
    fn due(&mut self, book: &Arc<RuleBook>, now_ms: i64) -> Vec<Outcome> {
        self.judged_at = now_ms;
        self.sources
            .retain(|_, (_, heard_at)| now_ms - *heard_at < FORGET_MS);
        let mut results: Vec<Outcome> = self
            .sources
            .values_mut()
            .flat_map(|(checks, _)| {
                checks.adopt(book);
                checks.results(book, now_ms)
            })
            .collect();
        if let Some(rule) = book
            .enabled("feed.backpressure")
            .filter(|_| !self.sources.is_empty())
        {
            results.push(self.queue.result(rule, QUEUE, now_ms));
        }
        results.retain(|result| {
            let said = self.said.get(&(result.check_id, result.entity.clone()));
            said.is_none_or(|(state, at)| *state != result.state || now_ms - at >= REPEAT_MS)
        });
        results
    }

    fn stored(&mut self, results: &[Outcome], now_ms: i64) {
        for result in results {
            let key = (result.check_id, result.entity.clone());
            self.said.insert(key, (result.state, now_ms));
        }
        self.said.retain(|_, (_, at)| now_ms - *at < FORGET_MS);
    }
}

impl Writer {
    /// Judges what streams, if it is time to, or at once.
    pub(super) async fn judge(&mut self, at_once: bool) {
        let now_ms = self.engine.clock.now_ms();
        if !at_once && !self.checks.is_due(now_ms) {
            return;
        }
        let book = self.engine.hub.rules().now();
        let results = self.checks.due(&book, now_ms);
        if results.is_empty() {
            return;
        }
        match self.store_results(&book, &results, now_ms).await {
            Ok(()) => self.checks.stored(&results, now_ms),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "results about streams could not be stored"
            ),
        }
    }

    async fn store_results(
        &self,
        book: &RuleBook,
        results: &[Outcome],
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let mut tx = self.engine.store.begin().await?;
        let patience = Patience::default();
        let events = record(&mut tx, book, results, None, patience, now_ms).await?;
        tx.commit().await?;
        if !events.is_empty() {
            self.engine.hub.alerts(events);
            self.engine.hub.changed();
        }
        Ok(())
    }
}

fn traits(source: &StreamSource) -> Traits {
    let has = |channel| source.channels.contains(&channel);
    Traits {
        counts_trades: source.facts.counts_trades,
        tells_checksums: source.facts.tells_checksums,
        has_book: has(Channel::Book),
        has_trades: has(Channel::Trades),
        has_quotes: has(Channel::Quotes),
    }
}

/// What checks see of a book.
pub(super) fn figures(book: &Book) -> What {
    let levels = [&book.bids, &book.asks];
    let best = levels.into_iter().flat_map(|side| side.iter().take(LEVELS));
    What::Figures {
        spread_bps: book.spread_bps,
        depth: best.map(|level| level.size).sum(),
    }
}

/// What checks see of a batch, in the order of its lines.
pub(super) fn seen(batch: &Batch, applied: &mut Applied) -> Vec<Event> {
    let rows = &batch.rows;
    let mut seen = std::mem::take(&mut applied.seen);
    let of_all = |event: &Event| matches!(event.what, What::Stamped { .. });
    let pulses = rows
        .pulses
        .iter()
        .filter(|(_, event)| batch.leader || of_all(event));
    seen.extend(pulses.cloned());
    if batch.leader {
        for quote in &rows.quotes {
            let at = quote.received_at;
            let row = Row::of_quote(&quote.row, at);
            let what = What::Quoted { row };
            seen.push((quote.line_no, Event { at, what }));
        }
        for book in &rows.books {
            let at = book.received_at;
            let row = Row::of_book(&book.row, at);
            for what in [What::Booked { row }, figures(&book.row)] {
                seen.push((book.line_no, Event { at, what }));
            }
        }
    }
    // trades of a line stand behind what the line says of prices
    seen.sort_by_key(|(line_no, event)| (*line_no, matches!(event.what, What::Traded { .. })));
    let mut events: Vec<Event> = seen.into_iter().map(|(_, event)| event).collect();
    let Some(last) = batch.lines.last() else {
        return events;
    };
    let count = |is_one: fn(&What) -> bool| {
        rows.pulses
            .iter()
            .filter(|(_, event)| is_one(&event.what))
            .count() as i64
    };
    let frames = batch
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Frame)
        .count() as i64;
    let read = [
        (Contract::Feed, frames),
        (Contract::Trade, rows.trades.len() as i64),
        (
            Contract::Quote,
            count(|what| matches!(what, What::Best { .. })),
        ),
        (
            Contract::Book,
            count(|what| matches!(what, What::Moved { .. })),
        ),
    ];
    let event = |what| Event { at: last.at, what };
    let read = read.into_iter().filter(|(_, rows)| *rows > 0);
    events.extend(read.map(|(contract, rows)| event(What::Read { contract, rows })));
    events.extend(rows.rejects.iter().map(|reject| {
        event(What::Rejected {
            rules: reject.reject.rules.clone(),
            raw: reject.reject.raw.chars().take(400).collect(),
            reason: reject.reject.reason.clone(),
        })
    }));
    events
}
