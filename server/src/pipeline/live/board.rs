//! What each venue last said of an instrument: where the consensus is taken from.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::model::{BookVm, QuoteVm};

/// Instrument and venue.
pub type Key = (String, String);

/// The newest prices of all venues; clones are the same board.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<BTreeMap<Key, Standing>>>);

/// How a venue stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Never real prices.
    pub simulated: bool,
    /// Middle of bid and ask, and its receipt.
    pub mid: Option<(f64, i64)>,
    /// Last traded price, and its receipt.
    pub last: Option<(f64, i64)>,
    /// Why the venue does not serve us, if so.
    pub blocked: Option<String>,
    /// Why its book cannot be trusted, and since when.
    pub bookless: Option<(String, i64)>,
}

impl Standing {
    /// Its price: the middle of bid and ask, else the last trade where only that is fresh, else the newest of both.
    #[must_use]
    pub fn price(&self, fresh_ms: i64, now_ms: i64) -> Option<(f64, i64)> {
        let is_fresh = |(_, at): &(f64, i64)| now_ms - at <= fresh_ms;
        let newest = [self.mid, self.last]
            .into_iter()
            .flatten()
            .max_by_key(|(_, at)| *at);
        self.mid
            .filter(is_fresh)
            .or_else(|| self.last.filter(is_fresh))
            .or(newest)
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Standing>> {
        // each standing is changed field by field, and every field means something alone
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, instrument: &str, venue: &str, change: impl FnOnce(&mut Standing)) {
        let key = (instrument.to_owned(), venue.to_owned());
        change(self.lock().entry(key).or_default());
    }

    /// A new quote, of a stream or of a poll.
    pub fn quote(&self, vm: &QuoteVm) {
        self.change(&vm.instrument, &vm.venue, |standing| {
            standing.simulated = vm.simulated;
            if let (Some(bid), Some(ask)) = (vm.quote.bid, vm.quote.ask) {
                newer(&mut standing.mid, f64::midpoint(bid, ask), vm.received_at);
            }
            newer(&mut standing.last, vm.quote.last, vm.received_at);
        });
    }

    /// A new book.
    pub fn book(&self, vm: &BookVm) {
        self.change(&vm.instrument, &vm.venue, |standing| {
            standing.simulated = vm.simulated;
            let mid = f64::midpoint(vm.book.best_bid, vm.book.best_ask);
            newer(&mut standing.mid, mid, vm.received_at);
        });
    }

    /// A trade, the newest of those that came.
    pub fn trade(&self, (instrument, venue): &Key, simulated: bool, price: f64, at: i64) {
        self.change(instrument, venue, |standing| {
            standing.simulated = simulated;
            newer(&mut standing.last, price, at);
        });
    }

    /// The venue does not serve us for a reason, or does again.
    pub fn blocked(&self, (instrument, venue): (&str, &str), reason: Option<String>) {
        self.change(instrument, venue, |standing| standing.blocked = reason);
    }

    /// The book cannot be trusted for a reason since then, or can again.
    pub fn bookless(&self, (instrument, venue): &Key, lost: Option<(String, i64)>) {
        self.change(instrument, venue, |standing| standing.bookless = lost);
    }

    /// Forgets what a venue said: it is no longer run.
    pub fn forget(&self, instrument: &str, venue: &str) {
        self.lock()
            .remove(&(instrument.to_owned(), venue.to_owned()));
    }

    /// How a venue stands; as one that never said anything if it did not.
    #[must_use]
    pub fn standing(&self, instrument: &str, venue: &str) -> Standing {
        let key = (instrument.to_owned(), venue.to_owned());
        self.lock().get(&key).cloned().unwrap_or_default()
    }
}

fn newer(held: &mut Option<(f64, i64)>, price: f64, at: i64) {
    if held.is_none_or(|(_, before)| at >= before) {
        *held = Some((price, at));
    }
}
