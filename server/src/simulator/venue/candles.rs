//! Candles as a venue lists them: what it does with minutes without trades differs.

use app::model::{MINUTE_MS, bucket_start};

use crate::simulator::{candle::TrueCandle, fault::Fault, tape::LISTED_AT, world::Place};

/// Minutes that one question may touch, so that no question costs more than a second.
const MAX_MINUTES: i64 = 600_000;

/// What a venue does with an interval in which nothing was traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untraded {
    /// It leaves the interval out.
    Absent,
    /// It repeats the last price with a volume of 0.
    Filled,
}

/// Which candles are wanted; times are simulated milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct CandlesQuery {
    pub(super) step_ms: i64,
    /// They open at this time or later.
    pub(super) start: Option<i64>,
    /// They open at this time or earlier.
    pub(super) end: Option<i64>,
    pub(super) limit: usize,
    pub(super) untraded: Untraded,
}

/// Candles of a step, oldest first; the last may still be forming. A start: the oldest from it; else the newest up to
/// the end.
pub(super) fn candles(place: &Place, now: i64, query: CandlesQuery) -> Vec<TrueCandle> {
    let step = query.step_ms;
    let limit = query.limit.min((MAX_MINUTES * MINUTE_MS / step) as usize);
    let first = query.start.unwrap_or(LISTED_AT).max(LISTED_AT);
    // A candle belongs to the answer when it opens within the bounds.
    let first = bucket_start(first.saturating_add(step - 1), step);
    let last = bucket_start(query.end.unwrap_or(now).min(now), step);
    let state = place.truth.state();
    let served = |at: &i64| step != MINUTE_MS || !state.is_missing(place.protocol, *at, now);
    let starts = (0..).map(|index| index * step);
    if query.start.is_some() {
        starts
            .map(|offset| first + offset)
            .take_while(|at| *at <= last)
            .filter(served)
            .filter_map(|at| one(place, at, now, query))
            .take(limit)
            .collect()
    } else {
        let mut candles: Vec<TrueCandle> = starts
            .map(|offset| last - offset)
            .take_while(|at| *at >= first)
            .filter(served)
            .filter_map(|at| one(place, at, now, query))
            .take(limit)
            .collect();
        candles.reverse();
        candles
    }
}

fn one(place: &Place, at: i64, now: i64, query: CandlesQuery) -> Option<TrueCandle> {
    let traded = place.truth.candle(place.protocol, at, query.step_ms, now);
    traded.or_else(|| match query.untraded {
        Untraded::Absent => None,
        Untraded::Filled => {
            let last = place.truth.last_trade(place.protocol, at - 1)?;
            Some(TrueCandle::empty(at, last.ticks))
        }
    })
}

/// The one-minute candle that is forming or has just ended, unless the venue keeps it to itself.
pub(super) fn streamed(place: &Place, minute_at: i64, now: i64) -> Option<TrueCandle> {
    let state = place.truth.state();
    if state.is_missing(place.protocol, minute_at, now)
        || state.is_on(Fault::EmptyArrays, place.protocol, now)
    {
        return None;
    }
    place
        .truth
        .candle(place.protocol, minute_at, MINUTE_MS, now)
}
