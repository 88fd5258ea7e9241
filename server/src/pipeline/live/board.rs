//! What each venue last said of an instrument: where the consensus is taken from.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::model::{BookVm, QuoteVm};

/// The newest prices of all venues; clones are the same board.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<BTreeMap<(String, String), Standing>>>);

/// How a venue stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Never real prices.
    pub simulated: bool,
    /// Middle of bid and ask, and its receipt.
    pub mid: Option<(f64, i64)>,
    /// Last traded price, and its receipt.
    pub last: Option<(f64, i64)>,
    /// Why it must not be used, whatever it says.
    pub trouble: Option<String>,
}

impl Standing {
    /// The newest price: the middle of bid and ask, else the last trade where that is all there is within `fresh_ms`.
    #[must_use]
    pub fn price(&self, fresh_ms: i64, now_ms: i64) -> Option<(f64, i64)> {
        let is_fresh = |(_, at): &(f64, i64)| now_ms - at <= fresh_ms;
        self.mid
            .filter(is_fresh)
            .or_else(|| self.last.filter(is_fresh))
            .or_else(|| {
                [self.mid, self.last]
                    .into_iter()
                    .flatten()
                    .max_by_key(|(_, at)| *at)
            })
    }
}

impl Board {
    fn change(&self, instrument: &str, venue: &str, change: impl FnOnce(&mut Standing)) {
        // each standing is changed in one step: whole after a panic elsewhere
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (instrument.to_owned(), venue.to_owned());
        change(all.entry(key).or_default());
    }

    /// A new quote.
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
    pub fn trade(&self, (instrument, venue): (&str, &str), simulated: bool, price: f64, at: i64) {
        self.change(instrument, venue, |standing| {
            standing.simulated = simulated;
            newer(&mut standing.last, price, at);
        });
    }

    /// The venue must not be used for a reason, or may again.
    pub fn trouble(&self, (instrument, venue): (&str, &str), trouble: Option<String>) {
        self.change(instrument, venue, |standing| standing.trouble = trouble);
    }

    /// Forgets what a venue said: it is no longer run.
    pub fn forget(&self, (instrument, venue): (&str, &str)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&(instrument.to_owned(), venue.to_owned()));
    }

    /// How a venue stands; `None` if it never said anything.
    #[must_use]
    pub fn standing(&self, instrument: &str, venue: &str) -> Option<Standing> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(instrument.to_owned(), venue.to_owned())).cloned()
    }
}

fn newer(held: &mut Option<(f64, i64)>, price: f64, at: i64) {
    if held.is_none_or(|(_, before)| at >= before) {
        *held = Some((price, at));
    }
}
