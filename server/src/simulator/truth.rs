//! What really happened at the simulated venues: every trade, every candle, every book, whether it was sent or not.
//!
//! All of it is a function of time, so that any stretch can be asked for at any moment. Faults that change the market
//! ([`Fault::FrozenPrice`](super::Fault) and its like) are part of it; all others change only what is sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use app::model::{MINUTE_MS, bucket_start};

use super::{
    book::{self, BOOK_TICK_MS, BookPlan, TrueBook},
    candle::TrueCandle,
    faults::{FaultState, Faults},
    overlay::{Change, apply_all},
    protocol::Protocol,
    tape::{LISTED_AT, Tape},
    trade::{Minute, TrueTrade, ordinal_of},
};

/// Minutes of the figures of the last 24 hours.
const DAY_MINUTES: i64 = 1_440;
/// Minutes without a trade that are searched for the last one: quiet stretches are far shorter.
const SEARCHED_MINUTES: i64 = 120;
/// The newest trades are sought backwards in steps of at most so many milliseconds.
const LONGEST_STEP_MS: i64 = 64_000;
/// Books kept in memory.
const CACHED_BOOKS: usize = 16;
/// Most trades in an answer of [`Truth::trades`].
const MAX_TRADES: usize = 5_000_000;

/// The truth about all venues. Clones tell the same.
#[derive(Debug, Clone)]
pub struct Truth {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    seed: u64,
    cells: usize,
    tapes: Arc<[Tape; 5]>,
    faults: Faults,
    books: Mutex<VecDeque<BookKey>>,
}

#[derive(Debug)]
struct BookKey {
    protocol: Protocol,
    tick: i64,
    version: u64,
    book: Arc<TrueBook>,
}

/// Figures of the last 24 hours.
#[derive(Debug, Clone)]
pub(super) struct Day {
    /// Over the last 1,440 minutes, the one that is forming included.
    pub(super) candle: TrueCandle,
    /// Last price before them.
    pub(super) previous_close: i64,
    pub(super) last: TrueTrade,
    pub(super) book: Arc<TrueBook>,
}

impl Truth {
    pub(super) fn new(seed: u64, cells: usize, tapes: Arc<[Tape; 5]>, faults: Faults) -> Self {
        Self {
            inner: Arc::new(Inner {
                seed,
                cells,
                tapes,
                faults,
                books: Mutex::default(),
            }),
        }
    }

    /// Every trade of a venue in `[from_ms, to_ms)`, oldest first.
    #[must_use]
    pub fn trades(&self, protocol: Protocol, from_ms: i64, to_ms: i64) -> Vec<TrueTrade> {
        self.first_trades(protocol, from_ms, to_ms, MAX_TRADES)
    }

    /// The first trades of that time.
    pub(super) fn first_trades(
        &self,
        protocol: Protocol,
        from_ms: i64,
        to_ms: i64,
        limit: usize,
    ) -> Vec<TrueTrade> {
        self.walk(protocol, from_ms.max(LISTED_AT))
            .take_while(|trade| trade.at_us < to_ms.saturating_mul(1_000))
            .take(limit)
            .collect()
    }

    /// The one-minute candles of a venue that open in `[from_ms, to_ms)`, oldest first; minutes without trades have
    /// none.
    #[must_use]
    pub fn candles(&self, protocol: Protocol, from_ms: i64, to_ms: i64) -> Vec<TrueCandle> {
        let first = (from_ms.max(LISTED_AT) + MINUTE_MS - 1).div_euclid(MINUTE_MS);
        let state = self.state();
        (first..)
            .take_while(|minute| minute * MINUTE_MS < to_ms)
            .filter_map(|minute| self.whole_minute(&state, protocol, minute))
            .collect()
    }

    /// The order book of a venue at a time.
    #[must_use]
    pub fn book(&self, protocol: Protocol, at_ms: i64) -> Arc<TrueBook> {
        let state = self.state();
        let tick = at_ms.div_euclid(BOOK_TICK_MS);
        {
            let books = self.books();
            let known = books.iter().rev().find(|known| {
                known.tick == tick && known.protocol == protocol && known.version == state.version
            });
            if let Some(known) = known {
                return Arc::clone(&known.book);
            }
        }
        let second_at = bucket_start(tick * BOOK_TICK_MS, 1_000);
        let crossed = state
            .overlays(protocol)
            .any(|overlay| overlay.change == Change::Crossed && overlay.holds(second_at));
        let minute = second_at.div_euclid(MINUTE_MS);
        let place = second_at.rem_euclid(MINUTE_MS) / 1_000;
        let plan = BookPlan {
            seed: self.inner.seed,
            protocol,
            last: self.minute(&state, protocol, minute)[place as usize].ticks,
            sigma: self.tape(protocol).market().sigma(minute),
            cells: self.inner.cells,
            crossed,
        };
        let made = Arc::new(book::book(&plan, tick));
        let mut books = self.books();
        if books.len() >= CACHED_BOOKS {
            books.pop_front();
        }
        books.push_back(BookKey {
            protocol,
            tick,
            version: state.version,
            book: Arc::clone(&made),
        });
        made
    }

    /// Trades of a venue from one number on, that took place up to `until_ms`.
    pub(super) fn trades_from(
        &self,
        protocol: Protocol,
        id: i64,
        until_ms: i64,
        limit: usize,
    ) -> Vec<TrueTrade> {
        let ordinal = ordinal_of(self.inner.seed, protocol, id);
        let start = self.minute_of_ordinal(protocol, ordinal, until_ms);
        self.walk(protocol, start.max(LISTED_AT))
            .take_while(|trade| trade.at_ms() <= until_ms)
            .filter(|trade| trade.id >= id)
            .take(limit)
            .collect()
    }

    /// The newest trades of a venue that took place up to `until_ms` and are numbered below `before`, newest first.
    pub(super) fn newest_trades(
        &self,
        protocol: Protocol,
        before: Option<i64>,
        until_ms: i64,
        limit: usize,
    ) -> Vec<TrueTrade> {
        let until = before.map_or(until_ms, |id| {
            let ordinal = ordinal_of(self.inner.seed, protocol, id);
            let end = self.minute_of_ordinal(protocol, ordinal, until_ms) + MINUTE_MS;
            end.min(until_ms)
        });
        let mut found = Vec::new();
        let mut end = until + 1;
        let mut length = 1_000;
        while found.len() < limit && end > LISTED_AT {
            let start = (end - length).max(LISTED_AT);
            length = (2 * length).min(LONGEST_STEP_MS);
            let trades = self.trades(protocol, start, end);
            let fit = trades
                .into_iter()
                .rev()
                .filter(|trade| before.is_none_or(|id| trade.id < id));
            found.extend(fit);
            end = start;
        }
        found.truncate(limit);
        found
    }

    /// The last trade of a venue up to a time.
    pub(super) fn last_trade(&self, protocol: Protocol, at_ms: i64) -> Option<TrueTrade> {
        let state = self.state();
        let minute = at_ms.div_euclid(MINUTE_MS);
        for minute in (minute - SEARCHED_MINUTES..=minute).rev() {
            let seconds = self.minute(&state, protocol, minute);
            let traded = seconds.iter().enumerate().rev();
            for (place, second) in traded.filter(|(_, second)| second.count > 0) {
                let second_no = minute * 60 + place as i64;
                if second_no * 1_000 > at_ms {
                    continue;
                }
                let trades = (0..second.count)
                    .rev()
                    .map(|index| second.trade(self.inner.seed, protocol, second_no, index));
                if let Some(trade) = trades.into_iter().find(|trade| trade.at_ms() <= at_ms) {
                    return Some(trade);
                }
            }
        }
        None
    }

    /// The candle of `[at, at + step)` as far as it is known; `None` if nothing was traded in it yet.
    pub(super) fn candle(
        &self,
        protocol: Protocol,
        at: i64,
        step: i64,
        now: i64,
    ) -> Option<TrueCandle> {
        let state = self.state();
        (0..step / MINUTE_MS)
            .map(|minute| at + minute * MINUTE_MS)
            .take_while(|minute_at| *minute_at <= now)
            .filter_map(|minute_at| {
                if now < minute_at + MINUTE_MS {
                    self.forming(&state, protocol, minute_at, now)
                } else {
                    self.whole_minute(&state, protocol, minute_at.div_euclid(MINUTE_MS))
                }
            })
            .reduce(TrueCandle::followed_by)
            .map(|candle| TrueCandle {
                opened_at: at,
                ..candle
            })
    }

    /// The figures of the last 24 hours.
    pub(super) fn day(&self, protocol: Protocol, now: i64) -> Option<Day> {
        let first = bucket_start(now, MINUTE_MS) - (DAY_MINUTES - 1) * MINUTE_MS;
        Some(Day {
            candle: self.candle(protocol, first, DAY_MINUTES * MINUTE_MS, now)?,
            previous_close: self.last_trade(protocol, first - 1)?.ticks,
            last: self.last_trade(protocol, now)?,
            book: self.book(protocol, now),
        })
    }

    /// Trades of a venue from a time on.
    fn walk(&self, protocol: Protocol, from_ms: i64) -> impl Iterator<Item = TrueTrade> {
        let state = self.state();
        let seed = self.inner.seed;
        let first = from_ms.div_euclid(1_000);
        let mut held: Option<(i64, Arc<Minute>)> = None;
        (first..)
            .flat_map(move |second_no| {
                let minute = second_no.div_euclid(60);
                let seconds = match &held {
                    Some((at, seconds)) if *at == minute => Arc::clone(seconds),
                    _ => self.minute(&state, protocol, minute),
                };
                held = Some((minute, Arc::clone(&seconds)));
                let second = seconds[second_no.rem_euclid(60) as usize];
                // An empty second still says that time has passed: nobody walks for ever.
                (0..second.count.max(1)).map(move |index| {
                    let trade = second.trade(seed, protocol, second_no, index);
                    (second.count > 0, trade)
                })
            })
            .skip_while(move |(_, trade)| trade.at_us < from_ms * 1_000)
            .filter_map(|(real, trade)| real.then_some(trade))
    }

    fn whole_minute(
        &self,
        state: &FaultState,
        protocol: Protocol,
        minute: i64,
    ) -> Option<TrueCandle> {
        let minute_at = minute * MINUTE_MS;
        let changed = state
            .overlays(protocol)
            .any(|overlay| overlay.touches(minute_at));
        if changed {
            return TrueCandle::of_minute(minute, &self.minute(state, protocol, minute));
        }
        let added: i64 = state
            .overlays(protocol)
            .map(|overlay| overlay.added_before(minute_at))
            .sum();
        let mut candle = self.tape(protocol).candle(minute)?;
        candle.before += added;
        Some(candle)
    }

    /// The candle of a minute up to now.
    fn forming(
        &self,
        state: &FaultState,
        protocol: Protocol,
        minute_at: i64,
        now: i64,
    ) -> Option<TrueCandle> {
        let minute = minute_at.div_euclid(MINUTE_MS);
        let seconds = self.minute(state, protocol, minute);
        let current = (now - minute_at).div_euclid(1_000) as usize;
        seconds
            .iter()
            .enumerate()
            .take(current + 1)
            .filter(|(_, second)| second.count > 0)
            .filter_map(|(place, second)| {
                let (sats, count) = if place < current {
                    (second.sats, second.count)
                } else {
                    let second_no = minute * 60 + place as i64;
                    (0..second.count)
                        .map(|index| second.trade(self.inner.seed, protocol, second_no, index))
                        .take_while(|trade| trade.at_ms() <= now)
                        .fold((0, 0), |(sats, count), trade| {
                            (sats + trade.sats, count + 1)
                        })
                };
                (count > 0).then(|| TrueCandle::of(minute_at, second, sats, count))
            })
            .reduce(TrueCandle::followed_by)
    }

    /// The seconds of a minute with everything that faults change.
    fn minute(&self, state: &FaultState, protocol: Protocol, minute: i64) -> Arc<Minute> {
        let plain = self.tape(protocol).minute(minute);
        let minute_at = minute * MINUTE_MS;
        let changed = state.overlays(protocol).any(|overlay| {
            overlay.touches(minute_at) || overlay.added_before(minute_at + MINUTE_MS) > 0
        });
        if !changed {
            return plain;
        }
        Arc::new(std::array::from_fn(|place| {
            let at = minute_at + place as i64 * 1_000;
            apply_all(state.overlays(protocol), at, plain[place])
        }))
    }

    /// Start of the minute in which trade number `ordinal`, counted from 0, takes place; no later than `now`.
    fn minute_of_ordinal(&self, protocol: Protocol, ordinal: i64, now: i64) -> i64 {
        let newest = self.tape(protocol).before(now.div_euclid(MINUTE_MS) + 1);
        let ordinal = ordinal.clamp(0, newest.max(0) + self.added_before(protocol, now));
        let state = self.state();
        let tape = self.tape(protocol);
        // Trades that were added move all later ones back: the minute is sought between both.
        let added = self.added_before(protocol, now).min(ordinal);
        let count_before = |minute: i64| {
            let at = minute * MINUTE_MS;
            let more: i64 = state
                .overlays(protocol)
                .map(|overlay| overlay.added_before(at))
                .sum();
            tape.before(minute) + more
        };
        let (mut low, mut high) = (tape.minute_of(ordinal - added), tape.minute_of(ordinal) + 1);
        while high - low > 1 {
            let middle = i64::midpoint(low, high);
            if count_before(middle) <= ordinal {
                low = middle;
            } else {
                high = middle;
            }
        }
        low * MINUTE_MS
    }

    /// Trades that faults have added before a time.
    fn added_before(&self, protocol: Protocol, at: i64) -> i64 {
        let state = self.state();
        let added = state
            .overlays(protocol)
            .map(|overlay| overlay.added_before(at));
        added.sum()
    }

    pub(super) fn state(&self) -> Arc<FaultState> {
        self.inner.faults.state()
    }

    fn tape(&self, protocol: Protocol) -> &Tape {
        &self.inner.tapes[protocol as usize]
    }

    fn books(&self) -> std::sync::MutexGuard<'_, VecDeque<BookKey>> {
        // Entries are whole: the cache can be used after a panic elsewhere.
        self.inner
            .books
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
