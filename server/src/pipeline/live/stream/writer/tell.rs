//! What listeners are told once it is committed.

use std::collections::{BTreeMap, BTreeSet};

use app::model::{AlertEventVm, BookVm, GapVm, LiveEvent, QuoteVm, SourceEventVm, TapeVm, Trade};

use super::checks::SeenOf;
use crate::{
    pipeline::{
        Engine,
        live::{
            board::{Board, Key},
            publish::newest_bars,
            stream::{apply::Applied, batch::Batch},
        },
    },
    quality::live::event::Event,
    store::{Names, StoreError, Tx, gap::gap_vm},
};

/// Trades of one event at most: a page shows no more.
const TAPE: usize = 50;

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) alerts: Vec<AlertEventVm>,
    pub(super) events: Vec<SourceEventVm>,
    /// Gaps that changed.
    pub(super) gaps: BTreeSet<i64>,
    /// What checks see of sources, and numbers that are missing.
    pub(super) seen: Vec<SeenOf>,
    pub(super) missing: Vec<(Key, Event)>,
    read: Vec<GapVm>,
    quotes: BTreeMap<Key, QuoteVm>,
    books: BTreeMap<Key, BookVm>,
    tapes: BTreeMap<Key, TapeVm>,
    /// When the newest trade of a tape came.
    traded: BTreeMap<Key, (Trade, i64)>,
    candles: BTreeMap<Key, Names>,
    /// Why the book cannot be trusted and since when, or that it can.
    pub(super) trust: BTreeMap<Key, Option<(String, i64)>>,
}

impl Told {
    /// Notes what a batch brought.
    pub(super) fn note(&mut self, batch: &Batch, applied: Applied) {
        let source = &batch.source;
        let key = || (source.instrument.clone(), source.venue.clone());
        if let Some(quote) = applied.quote {
            self.quotes.insert(key(), quote);
        }
        if let Some(book) = applied.book {
            self.books.insert(key(), book);
        }
        if let Some(names) = applied.names.filter(|_| applied.candles) {
            self.candles.insert(key(), names);
        }
        if applied.trades.is_empty() {
            return;
        }
        let received_at = batch.lines.last().map_or(0, |line| line.at);
        let tape = self.tapes.entry(key()).or_insert_with(|| TapeVm {
            instrument: source.instrument.clone(),
            venue: source.venue.clone(),
            simulated: source.simulated,
            trades: Vec::new(),
        });
        tape.trades
            .extend(applied.trades.iter().map(|(trade, _)| *trade));
        tape.trades
            .sort_by_key(|trade| (trade.traded_at, trade.trade_id));
        let spare = tape.trades.len().saturating_sub(TAPE);
        tape.trades.drain(..spare);
        // history is no news of now
        let fresh = applied.trades.iter().filter(|(_, history)| !history);
        if let Some((trade, _)) = fresh.max_by_key(|(trade, _)| (trade.traded_at, trade.trade_id)) {
            self.traded.insert(key(), (*trade, received_at));
        }
    }

    /// Reads the gaps that changed, in the transaction that changed them.
    pub(super) async fn read_gaps(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        for id in &self.gaps {
            self.read.extend(gap_vm(tx, *id).await?);
        }
        Ok(())
    }

    pub(super) async fn publish(self, engine: &Engine, board: &Board) {
        let hub = &engine.hub;
        let changed = !(self.alerts.is_empty() && self.gaps.is_empty() && self.events.is_empty());
        hub.alerts(self.alerts);
        for (key, lost) in self.trust {
            board.bookless(&key, lost);
        }
        for (key, (trade, received_at)) in &self.traded {
            let simulated = self.tapes.get(key).is_some_and(|tape| tape.simulated);
            board.trade(key, simulated, trade.price, *received_at);
        }
        for quote in self.quotes.into_values() {
            board.quote(&quote);
            hub.publish(LiveEvent::Price(quote));
        }
        for book in self.books.into_values() {
            board.book(&book);
            hub.publish(LiveEvent::Book(book));
        }
        for tape in self.tapes.into_values() {
            hub.publish(LiveEvent::Trades(tape));
        }
        for gap in self.read {
            hub.publish(LiveEvent::Gap(gap));
        }
        for event in self.events {
            hub.publish(LiveEvent::Source(event));
        }
        for ((instrument, venue), names) in &self.candles {
            match newest_bars(engine, instrument, venue, *names).await {
                Ok(bars) => hub.publish(bars),
                Err(error) => tracing::warn!(%error, "the newest bars cannot be read"),
            }
        }
        if changed || !self.candles.is_empty() {
            hub.changed();
        }
    }
}
