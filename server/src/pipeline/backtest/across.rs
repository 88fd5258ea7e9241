//! One venue against another one that is made of the same market.

use app::model::{Candle, DAY_MS};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::quality::{
    cross_venue::{VenueMinute, VenueMinutes, lag},
    daily::DayFinding,
    rule::Rule,
};

/// The other venue is so far away in the middle, basis points.
const BASIS_BPS: f64 = 29.0;
/// What is left of its distance after a minute, and how far a minute moves it, basis points.
const BASIS_WALK: (f64, f64) = (0.99, 0.5);

/// The minutes of a venue.
pub(super) fn venue(name: &str, rows: &[Candle]) -> VenueMinutes {
    VenueMinutes {
        venue: name.to_owned(),
        minutes: rows
            .iter()
            .map(|row| VenueMinute {
                at: row.opened_at,
                close: row.close,
                volume: row.volume,
            })
            .collect(),
    }
}

/// The same market at another venue, whose distance wanders as those of real venues do: 3 basis points off its own
/// median in the middle.
pub(super) fn other_venue(rows: &[Candle], seed: u64) -> VenueMinutes {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (kept, step) = BASIS_WALK;
    let mut off = 0.0;
    let mut other = venue("other", rows);
    for minute in &mut other.minutes {
        off = kept * off + step * (rng.random::<f64>() + rng.random::<f64>() - 1.0) * 2.4;
        minute.close *= 1.0 + (BASIS_BPS + off) / 10_000.0;
    }
    other
}

/// `xv.lag` on each of the days from the first to before the last.
pub(super) fn lag_days(
    rule: &Rule,
    judged: &VenueMinutes,
    other: &VenueMinutes,
    (from, to): (i64, i64),
) -> Vec<DayFinding> {
    (from..to)
        .step_by(DAY_MS as usize)
        .map(|day_at| lag(rule, &day(judged, day_at), &day(other, day_at), day_at))
        .collect()
}

fn day(venue: &VenueMinutes, day_at: i64) -> VenueMinutes {
    let at = |time: i64| venue.minutes.partition_point(|minute| minute.at < time);
    VenueMinutes {
        venue: venue.venue.clone(),
        minutes: venue.minutes[at(day_at)..at(day_at + DAY_MS)].to_vec(),
    }
}
