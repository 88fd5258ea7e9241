//! What the exchange would say at a simulated time, faults in the data included.

use std::sync::Arc;

use app::model::{MINUTE_MS, bucket_start};

use super::{
    depth::{Depth, depth},
    fault::Fault,
    faults::Faults,
    market::Market,
    overlay::{apply_all, seconds},
    path::{Bar, Point},
    time::SimTime,
};

/// There is nothing before this time: the day the real pair was listed, 17 August 2017, 04:00 UTC.
pub(super) const LISTED_AT: i64 = 1_502_942_400_000;
/// Minutes that one question may touch, so that no question costs more than a second.
const MAX_MINUTES: i64 = 600_000;
/// Minutes of the figures of the last 24 hours.
const DAY_MINUTES: i64 = 1440;

/// Which candles are wanted; times are simulated milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct KlinesQuery {
    pub(super) step_ms: i64,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) limit: usize,
}

/// The market at one moment.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) market: Arc<Market>,
    pub(super) faults: Faults,
    pub(super) time: SimTime,
}

/// Figures of the last 24 hours.
#[derive(Debug, Clone)]
pub(super) struct Day {
    pub(super) now: i64,
    pub(super) bar: Bar,
    pub(super) before: Bar,
    pub(super) last: Point,
    pub(super) book: Depth,
}

impl Exchange {
    /// Candles of a step, oldest first; the last may still be forming. Neither bound: the newest; a start: the oldest
    /// from it; only an end: the newest up to it.
    pub(super) fn klines(&self, query: KlinesQuery) -> Vec<Bar> {
        let now = self.time.now();
        let step = query.step_ms;
        let limit = query.limit.min((MAX_MINUTES * MINUTE_MS / step) as usize);
        let first = query.start.unwrap_or(LISTED_AT).max(LISTED_AT);
        // A candle belongs to the answer when it opens within the bounds.
        let first = bucket_start(first.saturating_add(step - 1), step);
        let last = bucket_start(query.end.unwrap_or(now).min(now), step);
        let served = |at: &i64| step != MINUTE_MS || !self.faults.is_missing(*at);
        let starts = (0..).map(|index| index * step);
        if query.start.is_some() {
            starts
                .map(|offset| first + offset)
                .take_while(|at| *at <= last)
                .filter(served)
                .take(limit)
                .filter_map(|at| self.bar(at, step, now))
                .collect()
        } else {
            let mut bars: Vec<Bar> = starts
                .map(|offset| last - offset)
                .take_while(|at| *at >= first)
                .filter(served)
                .take(limit)
                .filter_map(|at| self.bar(at, step, now))
                .collect();
            bars.reverse();
            bars
        }
    }

    /// The figures of the last 24 hours.
    pub(super) fn day(&self) -> Option<Day> {
        let now = self.time.now();
        let minute_at = bucket_start(now, MINUTE_MS);
        let first = minute_at - (DAY_MINUTES - 1) * MINUTE_MS;
        Some(Day {
            now,
            bar: self.bar(first, DAY_MINUTES * MINUTE_MS, now)?,
            before: self.minute(first - MINUTE_MS, now)?,
            last: self.points(minute_at, now).last()?,
            book: self.book(now, 1),
        })
    }

    /// The order book with up to `levels` on each side.
    pub(super) fn book(&self, now: i64, levels: usize) -> Depth {
        let minute_at = bucket_start(now, MINUTE_MS);
        let last = self
            .points(minute_at, now)
            .last()
            .map_or(1, |point| point.ticks);
        let sigma = self.market.sigma(minute_at / MINUTE_MS);
        let book = depth(self.market.seed(), now / 1_000, last, sigma, levels);
        if self.faults.is_on(Fault::CrossedBook) {
            book.crossed()
        } else {
            book
        }
    }

    /// The candle of `[at, at + step)` as far as it is known.
    fn bar(&self, at: i64, step: i64, now: i64) -> Option<Bar> {
        (0..step / MINUTE_MS)
            .map(|minute| at + minute * MINUTE_MS)
            .take_while(|minute_at| *minute_at <= now)
            .filter_map(|minute_at| self.minute(minute_at, now))
            .reduce(Bar::followed_by)
            .map(|bar| Bar {
                opened_at: at,
                ..bar
            })
    }

    /// The candle of a minute as far as it is known.
    fn minute(&self, minute_at: i64, now: i64) -> Option<Bar> {
        let changed = !self.faults.overlays_of(minute_at).is_empty();
        if changed || now < minute_at + MINUTE_MS {
            Bar::of_points(minute_at, self.points(minute_at, now))
        } else {
            Some(self.market.bar(minute_at.div_euclid(MINUTE_MS)))
        }
    }

    /// The seconds of a minute that have begun.
    fn points(&self, minute_at: i64, now: i64) -> impl Iterator<Item = Point> {
        let overlays = self.faults.overlays_of(minute_at);
        let points = self.market.points(minute_at.div_euclid(MINUTE_MS));
        seconds(minute_at)
            .zip(points)
            .take_while(move |(at, _)| *at <= now)
            .map(move |(at, point)| Point {
                ticks: apply_all(&overlays, at, point.ticks),
                ..point
            })
    }
}
