//! Faults of every kind at random times and of random lengths, one above the other, and then quiet.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::simulator::Fault;

/// A fault begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    On(Fault),
    Off(Fault),
}

#[derive(Debug, Clone, Default)]
pub struct Chaos {
    /// Milliseconds after the start, in order.
    pub changes: Vec<(i64, Change)>,
    /// When the process is killed.
    pub kills: Vec<i64>,
    /// When the last fault is over.
    pub quiet_from: i64,
}

/// Nothing happens before: data flow.
const CALM_MS: i64 = 20_000;

impl Chaos {
    /// The faults of a seed, over by `until_ms`.
    pub fn of(seed: u64, until_ms: i64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xc4a0_5c4a_05c4_a05c);
        let mut chaos = Self::default();
        let count = rng.random_range(4..=14);
        for _ in 0..count {
            let fault = Fault::ALL[rng.random_range(0..Fault::ALL.len())];
            let from = rng.random_range(CALM_MS..until_ms - 1_000);
            // most are short, some outlast every patience
            let length = match rng.random_range(0..4) {
                0 => rng.random_range(100..2_000),
                1 | 2 => rng.random_range(2_000..30_000),
                _ => rng.random_range(30_000..150_000),
            };
            let to = (from + length).min(until_ms);
            chaos.changes.push((from, Change::On(fault)));
            chaos.changes.push((to, Change::Off(fault)));
        }
        for _ in 0..rng.random_range(0..3) {
            chaos.kills.push(rng.random_range(CALM_MS..until_ms));
        }
        chaos.changes.sort_by_key(|(at, _)| *at);
        chaos.quiet_from = until_ms;
        chaos
    }

    /// One fault.
    pub fn one(fault: Fault, from: i64, to: i64) -> Self {
        Self {
            changes: vec![(from, Change::On(fault)), (to, Change::Off(fault))],
            kills: Vec::new(),
            quiet_from: to,
        }
    }
}

impl std::fmt::Display for Chaos {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, change) in &self.changes {
            let seconds = *at as f64 / 1_000.0;
            match change {
                Change::On(fault) => writeln!(f, "{seconds:8} {fault} begins")?,
                Change::Off(fault) => writeln!(f, "{seconds:8} {fault} ends")?,
            }
        }
        for at in &self.kills {
            writeln!(f, "{:8} the process is killed", *at as f64 / 1_000.0)?;
        }
        Ok(())
    }
}
