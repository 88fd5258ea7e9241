//! Faults put into good data on purpose, to see what the rules catch: pure, and the same seed gives the same faults.
//!
//! `fault` says which faults there are and how long each lasts, `place` where they go, `rows` how each dataset takes
//! them, `lines` puts them into the text of a file.

mod book;
mod candle;
mod fault;
mod lines;
mod place;
mod quote;
mod rows;
mod trade;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use self::{
    book::BookEvent,
    fault::{Fault, Way},
    lines::{Patch, patched},
    place::APART,
    rows::FaultyRow,
};
use self::{place::places, rows::apply};

/// What is to be put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Kind of fault.
    pub fault: Fault,
    /// How many, at most: they keep a distance from each other, so that short data has room for fewer.
    pub count: usize,
    /// Seed of the places and signs.
    pub seed: u64,
}

/// A fault that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Injected {
    /// Its kind.
    pub fault: Fault,
    /// True time of its first row; of a gap that of the first missing one.
    pub first_at: i64,
    /// True time of its last row.
    pub last_at: i64,
    /// Rows concerned.
    pub rows: i64,
}

/// A row of the faulty data.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<T> {
    /// The row of the good data that it comes from.
    pub source: usize,
    /// True if it says something else than that one, or says it again.
    pub changed: bool,
    /// What it says.
    pub row: T,
}

/// Faulty data.
#[derive(Debug, Clone, PartialEq)]
pub struct Injection<T> {
    /// The rows in the order in which they arrive.
    pub rows: Vec<Placed<T>>,
    /// Rows that come with a later landing.
    pub later: Vec<Placed<T>>,
    /// What was put in, in time order.
    pub faults: Vec<Injected>,
}

/// Puts faults into rows that are in time order.
#[must_use]
pub fn inject<T: FaultyRow>(rows: &[T], plan: &Plan) -> Injection<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
    let fits = |start: usize| rows::fits(rows, start, plan.fault);
    let starts = places(rows.len(), plan, &mut rng, fits);
    apply(rows, plan.fault, &starts, &mut rng)
}

#[cfg(test)]
mod tests;
