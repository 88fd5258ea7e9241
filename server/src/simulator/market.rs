//! A market made from a seed: the same seed gives the same prices, whenever and in whatever order they are asked for.
//!
//! A day's level follows from the shocks of the days before it; the minutes of the day lead from its level to the
//! next one's; the seconds of a minute lead from its open to its close. So nothing has to be run from the beginning.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use app::model::MINUTE_MS;

use super::{
    day::{self, DAY_MINUTES, MinutePlan},
    path::{self, Bar, POINTS, Point},
};

/// Days kept in memory, about 200 kB each: the last 24 hours and a chart's week.
const CACHED_DAYS: usize = 10;

/// One day of the market.
#[derive(Debug)]
struct Day {
    day: i64,
    plans: Vec<MinutePlan>,
    bars: Vec<Bar>,
}

/// A synthetic market.
#[derive(Debug)]
pub struct Market {
    seed: u64,
    days: Mutex<VecDeque<Arc<Day>>>,
}

impl Market {
    /// The market of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            days: Mutex::new(VecDeque::new()),
        }
    }

    /// The seed it is made from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The complete candle of a minute (minutes since the epoch).
    #[must_use]
    pub fn bar(&self, minute: i64) -> Bar {
        let (day, index) = place(minute);
        self.day(day).bars[index]
    }

    /// The seconds of a minute (minutes since the epoch).
    #[must_use]
    pub fn points(&self, minute: i64) -> [Point; POINTS] {
        let (day, index) = place(minute);
        path::points(self.seed, minute, &self.day(day).plans[index])
    }

    /// Standard deviation of the log return of a minute (minutes since the epoch).
    #[must_use]
    pub fn sigma(&self, minute: i64) -> f64 {
        let (day, index) = place(minute);
        self.day(day).plans[index].sigma
    }

    /// Amounts traded in the minutes of a day (days since the epoch), in lots.
    pub(super) fn lots_of_day(&self, day: i64) -> Vec<i64> {
        self.day(day).plans.iter().map(|plan| plan.lots).collect()
    }

    fn day(&self, day: i64) -> Arc<Day> {
        // A panic elsewhere leaves whole days in the cache: they can still be used.
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = days.iter().find(|known| known.day == day) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.make_day(day));
        if days.len() >= CACHED_DAYS {
            days.pop_front();
        }
        days.push_back(Arc::clone(&made));
        made
    }

    fn make_day(&self, day: i64) -> Day {
        let plans = day::plan(self.seed, day);
        let bars = (day * DAY_MINUTES..)
            .zip(&plans)
            .filter_map(|(minute, plan)| {
                Bar::of_points(minute * MINUTE_MS, path::points(self.seed, minute, plan))
            })
            .collect();
        Day { day, plans, bars }
    }
}

/// Day and place in it of a minute.
fn place(minute: i64) -> (i64, usize) {
    let index = minute.rem_euclid(DAY_MINUTES);
    (minute.div_euclid(DAY_MINUTES), index as usize)
}

#[cfg(test)]
mod tests;
