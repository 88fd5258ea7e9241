//! Which candles to ask for: normally the last three, after a silence everything since, as far back as one request goes.

use std::collections::HashMap;

use app::model::{MINUTE_MS, Pipeline, bucket_start};

use crate::{
    pipeline::Engine,
    source::binance::facts::MAX_KLINES,
    store::{SeriesKey, candle::candles_from},
};

/// Candles of a normal request: the running minute and two to settle.
const NORMAL: u32 = 3;
/// A hole that the venue did not fill this often is the venue's own.
const TRIES: u32 = 5;

/// Remembers which holes were asked for.
#[derive(Debug, Default)]
pub struct Healer {
    tries: HashMap<i64, u32>,
}

impl Healer {
    /// Number of candles to ask for, counted back from now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn limit(
        &mut self,
        engine: &Engine,
        instrument: &str,
        venue: &str,
    ) -> anyhow::Result<u32> {
        let names = engine.store.names(instrument, venue).await?;
        let key = SeriesKey {
            names,
            pipeline: Pipeline::Live,
            step_ms: MINUTE_MS,
        };
        let now = bucket_start(engine.clock.now_ms(), MINUTE_MS);
        let reach = now - i64::from(MAX_KLINES - 1) * MINUTE_MS;
        let mut tx = engine.store.begin().await?;
        let held = candles_from(&mut tx, &key, reach, i64::from(MAX_KLINES)).await?;
        drop(tx);
        let times: Vec<i64> = held.iter().map(|held| held.candle.opened_at).collect();
        Ok(self.choose(&times, reach, now))
    }

    /// Pure half of [`Healer::limit`]: `times` are the candles held from `reach` to `now`, ascending.
    fn choose(&mut self, times: &[i64], reach: i64, now: i64) -> u32 {
        self.tries.retain(|hole, _| *hole >= reach);
        if times.is_empty() {
            return MAX_KLINES;
        }
        // candles that must be there: all between two others, and those up to the last minute
        let ends = times.iter().copied().skip(1).chain([now]);
        let holes = times
            .iter()
            .zip(ends)
            .filter(|(at, next)| next - **at > MINUTE_MS)
            .map(|(at, _)| at + MINUTE_MS);
        let mut oldest = None;
        for hole in holes {
            let tries = self.tries.entry(hole).or_insert(0);
            if *tries < TRIES {
                *tries += 1;
                oldest = oldest.or(Some(hole));
            }
        }
        let back = oldest.map_or(0, |hole| {
            ((now - hole) / MINUTE_MS + 2).clamp(0, i64::from(MAX_KLINES))
        });
        u32::try_from(back).unwrap_or(MAX_KLINES).max(NORMAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(list: &[i64]) -> Vec<i64> {
        list.iter().map(|minute| minute * MINUTE_MS).collect()
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let now = 1000 * MINUTE_MS;
        let reach = MINUTE_MS;
        let all: Vec<i64> = (1..=1000).collect();
        let holed: Vec<i64> = all
            .iter()
            .copied()
            .filter(|minute| !(900..910).contains(minute))
            .collect();
        for (name, times, expected) in [
            ("nothing yet", vec![], MAX_KLINES),
            ("complete", minutes(&all), NORMAL),
            ("a silence of 20 minutes", minutes(&all[..980]), 21),
            ("a hole", minutes(&holed), 102),
        ] {
            assert_eq!(
                Healer::default().choose(&times, reach, now),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_hole_the_venue_has_itself_is_left_alone() {
        let mut healer = Healer::default();
        let times = minutes(
            &(1..=1000)
                .filter(|minute| *minute != 500)
                .collect::<Vec<_>>(),
        );
        let limits: Vec<u32> = (0..6)
            .map(|_| healer.choose(&times, MINUTE_MS, 1000 * MINUTE_MS))
            .collect();
        assert_eq!(limits, [502, 502, 502, 502, 502, NORMAL]);
    }
}
