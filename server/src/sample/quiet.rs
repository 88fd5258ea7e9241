//! Data without faults, to measure rules on: minutes of the simulated market, as many as are wanted.

use std::thread;

use app::model::{Candle, DAY_MS, MINUTE_MS};

use crate::simulator::{
    market::Market,
    path::Bar,
    units::{LOTS_PER_UNIT, TICKS_PER_UNIT, amount, price},
};

/// Seed of the market that the published record was measured on.
pub const QUIET_SEED: u64 = 2026;
/// Its first minute: 1 January 2025, 00:00 UTC.
pub const QUIET_FROM: i64 = 1_735_689_600_000;
const DAY_MINUTES: i64 = DAY_MS / MINUTE_MS;

/// Every minute of so many days.
#[must_use]
pub fn minutes(seed: u64, days: i64) -> Vec<Candle> {
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as i64);
    let share = ((days + threads - 1) / threads).max(1);
    let stretch = |first: i64| {
        // each thread keeps its own days in memory
        let market = Market::new(seed);
        let from = QUIET_FROM / MINUTE_MS + first * DAY_MINUTES;
        let to = QUIET_FROM / MINUTE_MS + (first + share).min(days) * DAY_MINUTES;
        (from..to)
            .map(|minute| candle(&market.bar(minute)))
            .collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..days)
            .step_by(share as usize)
            .map(|first| scope.spawn(move || stretch(first)))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_default())
            .collect()
    })
}

fn candle(bar: &Bar) -> Candle {
    Candle {
        opened_at: bar.opened_at,
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
        volume: amount(bar.lots),
        quote_volume: Some(bar.quote as f64 / (LOTS_PER_UNIT * TICKS_PER_UNIT) as f64),
        trades: Some(bar.trades),
        is_final: true,
        flags: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_the_same_whoever_makes_them() {
        let three = minutes(7, 3);
        assert_eq!(three.len(), 3 * 1440);
        assert!(
            three
                .windows(2)
                .all(|pair| pair[1].opened_at - pair[0].opened_at == MINUTE_MS)
        );
        let market = Market::new(7);
        let last = QUIET_FROM / MINUTE_MS + 3 * 1440 - 1;
        assert_eq!(three.last(), Some(&candle(&market.bar(last))));
        assert!(minutes(7, 0).is_empty());
    }
}
