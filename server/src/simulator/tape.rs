//! Everything a venue trades, minute by minute, before faults: any minute in any order, numbered without a run from the
//! beginning.
//!
//! A day has a fixed number of trades, which follow the market's volume over its minutes. So the number of a trade
//! needs no more than the day it is in.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use app::model::DAY_MS;

use super::{
    candle::TrueCandle,
    day::DAY_MINUTES,
    hash::{mix, unit},
    market::Market,
    path::POINTS,
    protocol::Protocol,
    trade::{self, Minute},
};

/// There is nothing before this time: the day the real pair was listed, 17 August 2017, 04:00 UTC.
pub(super) const LISTED_AT: i64 = 1_502_942_400_000;
/// Day of that, since the epoch.
const LISTED_DAY: i64 = LISTED_AT / DAY_MS;
/// Days kept in memory.
const CACHED_DAYS: usize = 10;
/// Minutes kept in memory, about 2 kB each.
const CACHED_MINUTES: usize = 64;
/// Quiet stretches are drawn for blocks of so many minutes.
const QUIET_BLOCK: i64 = 8;
/// Longest quiet stretch in minutes.
const QUIET_LONGEST: i64 = 4;

#[derive(Debug)]
struct VenueDay {
    day: i64,
    /// Trades of the day before each minute, and of the whole day.
    before: Vec<i64>,
    candles: Vec<OnceLock<Option<TrueCandle>>>,
}

/// The tape of one venue.
#[derive(Debug)]
pub(super) struct Tape {
    market: Arc<Market>,
    protocol: Protocol,
    per_day: i64,
    days: Mutex<VecDeque<Arc<VenueDay>>>,
    minutes: Mutex<VecDeque<(i64, Arc<Minute>)>>,
}

impl Tape {
    /// The tape of a venue at so many trades a second, on average.
    pub(super) fn new(market: Arc<Market>, protocol: Protocol, rate: f64) -> Self {
        let per_day = rate * protocol.nature().activity * DAY_MINUTES as f64 * POINTS as f64;
        let least = if protocol == Protocol::Binance {
            DAY_MINUTES * POINTS as i64
        } else {
            DAY_MINUTES
        };
        Self {
            market,
            protocol,
            per_day: (per_day as i64).max(least),
            days: Mutex::default(),
            minutes: Mutex::default(),
        }
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(super) fn market(&self) -> &Market {
        &self.market
    }

    /// The seconds of a minute (minutes since the epoch).
    pub(super) fn minute(&self, minute: i64) -> Arc<Minute> {
        {
            let minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, known)) = minutes.iter().rev().find(|(at, _)| *at == minute) {
                return Arc::clone(known);
            }
        }
        let made = Arc::new(self.make_minute(minute));
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        if minutes.len() >= CACHED_MINUTES {
            minutes.pop_front();
        }
        minutes.push_back((minute, Arc::clone(&made)));
        made
    }

    /// The candle of a complete minute (minutes since the epoch); `None` if nothing was traded in it.
    pub(super) fn candle(&self, minute: i64) -> Option<TrueCandle> {
        let day = self.day(minute.div_euclid(DAY_MINUTES));
        let place = minute.rem_euclid(DAY_MINUTES) as usize;
        *day.candles[place].get_or_init(|| TrueCandle::of_minute(minute, &self.make_minute(minute)))
    }

    /// Trades before a minute (minutes since the epoch) begins.
    pub(super) fn before(&self, minute: i64) -> i64 {
        let day = minute.div_euclid(DAY_MINUTES);
        let place = minute.rem_euclid(DAY_MINUTES) as usize;
        self.before_day(day) + self.day(day).before[place]
    }

    /// The minute (minutes since the epoch) that trade number `ordinal`, counted from 0, is in.
    pub(super) fn minute_of(&self, ordinal: i64) -> i64 {
        let day = LISTED_DAY + ordinal.div_euclid(self.per_day);
        let place = ordinal.rem_euclid(self.per_day);
        let before = &self.day(day).before;
        let index = before.partition_point(|before| *before <= place);
        day * DAY_MINUTES + index as i64 - 1
    }

    const fn before_day(&self, day: i64) -> i64 {
        (day - LISTED_DAY) * self.per_day
    }

    fn make_minute(&self, minute: i64) -> Minute {
        let seed = self.market.seed();
        let day = self.day(minute.div_euclid(DAY_MINUTES));
        let place = minute.rem_euclid(DAY_MINUTES) as usize;
        let count = day.before[place + 1] - day.before[place];
        let before = self.before_day(day.day) + day.before[place];
        let points = self.market.points(minute);
        trade::minute(seed, self.protocol, minute, &points, (before, count))
    }

    fn day(&self, day: i64) -> Arc<VenueDay> {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = days.iter().rev().find(|known| known.day == day) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.make_day(day));
        if days.len() >= CACHED_DAYS {
            days.pop_front();
        }
        days.push_back(Arc::clone(&made));
        made
    }

    fn make_day(&self, day: i64) -> VenueDay {
        let seed = self.protocol.seed(self.market.seed());
        let each = if self.protocol == Protocol::Binance {
            POINTS as i64
        } else {
            0
        };
        let spread = self.per_day - each * DAY_MINUTES;
        let first = day * DAY_MINUTES;
        let weights: Vec<f64> = (first..)
            .zip(self.market.lots_of_day(day))
            .map(|(minute, lots)| {
                let lively = if self.is_quiet(seed, minute) {
                    0.0
                } else {
                    0.6 + 0.8 * unit(mix(seed ^ 0x11, minute))
                };
                lots as f64 * lively
            })
            .collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let mut before = vec![0];
        for (index, weight) in (1..).zip(&weights) {
            sum += weight;
            let share = if index == DAY_MINUTES {
                1.0
            } else {
                sum / total
            };
            before.push(each * index + (spread as f64 * share) as i64);
        }
        VenueDay {
            day,
            before,
            candles: (0..DAY_MINUTES).map(|_| OnceLock::new()).collect(),
        }
    }

    /// True if nothing is traded in the minute. The last minute of a day never is: it takes what rounding left.
    fn is_quiet(&self, seed: u64, minute: i64) -> bool {
        let block = minute.div_euclid(QUIET_BLOCK);
        let bits = mix(seed ^ 0x9e, block);
        if unit(bits) >= self.protocol.nature().quiet {
            return false;
        }
        let place = minute.rem_euclid(QUIET_BLOCK);
        let length = 1 + (bits % QUIET_LONGEST.unsigned_abs()) as i64;
        let start = 1 + (bits >> 8) as i64 % (QUIET_BLOCK - QUIET_LONGEST - 1);
        (start..start + length).contains(&place)
    }
}
