//! Scripts made up from a seed: the same seed gives the same faults.

use super::{Script, ScriptedFault};
use crate::simulator::{
    fault::Fault,
    hash::{mix, unit},
    protocol::Protocol,
};

/// Shortest time a made-up fault lasts.
const SHORTEST_MS: f64 = 500.0;
/// Longest.
const LONGEST_MS: f64 = 20_000.0;

impl Script {
    /// Faults of these kinds at these venues, one in `every_ms` on average, over `length_ms`; the last one is over
    /// before the end. None of them lasts longer than 20 seconds.
    #[must_use]
    pub fn random(
        seed: u64,
        (every_ms, length_ms): (i64, i64),
        kinds: &[Fault],
        venues: &[Protocol],
    ) -> Self {
        let pick = |at: i64, purpose: u64| unit(mix(seed ^ (purpose << 32), at));
        let mut faults = Vec::new();
        let mut at = 0;
        for number in 0_i64.. {
            let wait = -(1.0 - pick(number, 1)).ln() * every_ms as f64;
            at += (wait as i64).max(100);
            let lasts = SHORTEST_MS * (LONGEST_MS / SHORTEST_MS).powf(pick(number, 2));
            let lasts = lasts as i64;
            let kind = kinds.get((pick(number, 3) * kinds.len() as f64) as usize);
            let venue = venues.get((pick(number, 4) * venues.len() as f64) as usize);
            let (Some(kind), Some(venue)) = (kind, venue) else {
                break;
            };
            if at + lasts >= length_ms {
                break;
            }
            faults.push(ScriptedFault {
                at_ms: at,
                for_ms: Some(lasts),
                kind: *kind,
                venue: Some(*venue),
                repeat_ms: None,
            });
        }
        Self {
            seed: Some(seed),
            faults,
        }
    }
}
