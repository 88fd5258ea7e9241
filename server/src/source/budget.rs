//! What a venue takes from one host, shared by everyone who asks it: polls, snapshots of books, backfills, connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::venue::{Allowance, Facts};

/// A bucket of tokens that fills by itself; pure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    allowance: Allowance,
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub fn new(allowance: Allowance, now_ms: i64) -> Self {
        Self {
            allowance,
            tokens: f64::from(allowance.capacity),
            at_ms: now_ms,
        }
    }

    /// Tokens that come in a millisecond.
    fn rate(&self) -> f64 {
        f64::from(self.allowance.capacity) / self.allowance.per_ms.max(1) as f64
    }

    fn fill(&mut self, now_ms: i64) {
        let passed = now_ms.saturating_sub(self.at_ms).max(0);
        // a clock that goes back gives nothing twice
        self.at_ms = self.at_ms.max(now_ms);
        let filled = self.tokens + passed as f64 * self.rate();
        self.tokens = filled.min(f64::from(self.allowance.capacity));
    }

    /// Takes so many tokens and leaves at least `reserve`: 0 if it has, else how many milliseconds to wait before
    /// asking again. What weighs more than the bucket holds is given when it is full.
    pub fn take(&mut self, weight: u32, reserve: u32, now_ms: i64) -> i64 {
        self.fill(now_ms);
        let capacity = f64::from(self.allowance.capacity);
        let wanted = f64::from(weight.saturating_add(reserve)).min(capacity);
        // tokens are sums of fractions: a rounding error must not make anybody wait
        let missing = wanted - self.tokens - 1e-6;
        if missing <= 0.0 {
            self.tokens -= f64::from(weight);
            return 0;
        }
        ((missing / self.rate()).ceil() as i64).max(1)
    }

    /// The venue says that so much of the allowance is used up: it counts more than we knew of.
    pub fn observe(&mut self, used: u32, now_ms: i64) {
        self.fill(now_ms);
        let capacity = f64::from(self.allowance.capacity);
        // whatever it says, two of its windows later we ask again
        let left = (capacity - f64::from(used)).max(-capacity);
        self.tokens = self.tokens.min(left);
    }
}

/// Who asks. The future must not wait for the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// What is happening now: polls, book snapshots.
    Live,
    /// What happened: gaps and history. Leaves a third of the allowance to the others.
    Past,
}

/// The allowance of one venue; clones share it.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    requests: Bucket,
    connects: Bucket,
    capacity: u32,
    /// Nothing is asked before: the venue told us to stay away.
    until_ms: i64,
}

impl Budget {
    /// All that the venue gives.
    #[must_use]
    pub fn new(facts: &Facts, now_ms: i64) -> Self {
        Self(Arc::new(Mutex::new(State {
            requests: Bucket::new(facts.requests, now_ms),
            connects: Bucket::new(facts.connects, now_ms),
            capacity: facts.requests.capacity,
            until_ms: i64::MIN,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // numbers that mean something each: whole after a panic elsewhere
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the weight of a request: 0 if it has, else how many milliseconds to wait before asking again.
    #[must_use]
    pub fn take(&self, weight: u32, urgency: Urgency, now_ms: i64) -> i64 {
        let mut state = self.lock();
        if now_ms < state.until_ms {
            return state.until_ms.saturating_sub(now_ms);
        }
        let reserve = match urgency {
            Urgency::Live => 0,
            Urgency::Past => state.capacity / 3,
        };
        state.requests.take(weight, reserve, now_ms)
    }

    /// Takes a new connection: 0 if it has, else how many milliseconds to wait before asking again.
    #[must_use]
    pub fn take_connect(&self, now_ms: i64) -> i64 {
        let mut state = self.lock();
        if now_ms < state.until_ms {
            return state.until_ms.saturating_sub(now_ms);
        }
        state.connects.take(1, 0, now_ms)
    }

    /// The venue's own count of what we used.
    pub fn observe(&self, used: u32, now_ms: i64) {
        self.lock().requests.observe(used, now_ms);
    }

    /// The venue wants to be left alone until then; never shortens an earlier word of it.
    pub fn penalise(&self, until_ms: i64) {
        let mut state = self.lock();
        state.until_ms = state.until_ms.max(until_ms);
    }

    /// Until when the venue wants to be left alone, if that is not over.
    #[must_use]
    pub fn penalised(&self, now_ms: i64) -> Option<i64> {
        let until_ms = self.lock().until_ms;
        (now_ms < until_ms).then_some(until_ms)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALLOWANCE: Allowance = Allowance {
        capacity: 10,
        per_ms: 1_000,
    };

    const FACTS: Facts = Facts {
        name: "test",
        rest: "",
        stream: "",
        pairs: &[],
        requests: ALLOWANCE,
        connects: Allowance {
            capacity: 1,
            per_ms: 60_000,
        },
        lifetime_ms: None,
        channels: &[],
        counts_trades: false,
        tells_checksums: false,
        lists_all_minutes: false,
        trades_reach_ms: None,
        candles_reach_ms: None,
    };

    #[test]
    fn a_bucket_empties_and_fills() {
        let mut bucket = Bucket::new(ALLOWANCE, 0);
        assert_eq!(bucket.take(8, 0, 0), 0);
        assert_eq!(bucket.take(4, 0, 0), 200, "two are missing");
        assert_eq!(bucket.take(4, 0, 199), 1);
        assert_eq!(bucket.take(4, 0, 200), 0);
        assert_eq!(bucket.take(10, 0, 100_000), 0, "never more than full");
        assert_eq!(bucket.take(1, 0, 100_000), 100);
        assert_eq!(bucket.take(1, 0, 0), 100, "the clock went back");
    }

    #[test]
    fn more_than_the_bucket_holds_is_given_when_it_is_full() {
        let mut bucket = Bucket::new(ALLOWANCE, 0);
        assert_eq!(bucket.take(25, 0, 0), 0);
        assert_eq!(bucket.take(1, 0, 0), 1_600, "and paid for later");
    }

    #[test]
    fn the_venue_knows_better_but_never_gives_back() {
        let mut bucket = Bucket::new(ALLOWANCE, 0);
        bucket.observe(9, 0);
        assert_eq!(bucket.take(2, 0, 0), 100);
        bucket.observe(0, 0);
        assert_eq!(bucket.take(2, 0, 0), 100);
        bucket.observe(u32::MAX, 0);
        assert_eq!(bucket.take(1, 0, 0), 1_100);
    }

    #[test]
    fn the_past_leaves_a_third_and_a_penalty_stops_all() {
        let budget = Budget::new(&FACTS, 0);
        assert_eq!(budget.take(7, Urgency::Past, 0), 0);
        assert!(budget.take(1, Urgency::Past, 0) > 0);
        assert_eq!(budget.clone().take(3, Urgency::Live, 0), 0, "shared");
        assert_eq!(budget.take_connect(0), 0);
        assert_eq!(budget.take_connect(0), 60_000);
        budget.penalise(500_000);
        budget.penalise(200_000);
        assert_eq!(budget.take(1, Urgency::Live, 100_000), 400_000);
        assert_eq!(budget.take_connect(100_000), 400_000);
        assert_eq!(budget.penalised(499_999), Some(500_000));
        assert_eq!(budget.penalised(500_000), None);
    }

    proptest! {
        /// In any window, no more is given than the bucket holds and what flows in meanwhile.
        #[test]
        fn never_more_than_allowed(steps in prop::collection::vec((0_i64..400, 1_u32..6), 1..200)) {
            let mut bucket = Bucket::new(ALLOWANCE, 0);
            let (mut now, mut given) = (0, 0.0);
            for (pause, weight) in steps {
                now += pause;
                if bucket.take(weight, 0, now) == 0 {
                    given += f64::from(weight);
                }
                prop_assert!(given <= 10.0 + now as f64 * 0.01 + 1e-3);
            }
        }

        /// Who waits as long as told gets it, if nobody else asks.
        #[test]
        fn waiting_is_enough(weights in prop::collection::vec(1_u32..=10, 1..50)) {
            let mut bucket = Bucket::new(ALLOWANCE, 0);
            let mut now = 0;
            for weight in weights {
                let wait = bucket.take(weight, 0, now);
                if wait > 0 {
                    now += wait;
                    prop_assert_eq!(bucket.take(weight, 0, now), 0);
                }
            }
        }
    }
}
