//! One market with all its venues: what a simulator is without its sockets.

use std::sync::Arc;

use super::{
    SimulatorConfig, SimulatorError, exchange::Exchange, fault::Fault, faults::Faults,
    market::Market, protocol::Protocol, served::Served, tape::Tape, time::SimTime, truth::Truth,
    venue,
};

/// How far the clock of a venue is off while [`Fault::ClockSkew`] is on, in milliseconds.
const SKEW_MS: i64 = 90_000;
/// Trades a second are limited to what the market's volume can be divided into.
const MAX_RATE: f64 = 10_000.0;

/// A market and its venues. Clones are the same.
#[derive(Debug, Clone)]
pub struct World {
    truth: Truth,
    faults: Faults,
    time: SimTime,
    exchanges: [Arc<Served>; 5],
}

/// What a venue needs to know of its world.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) protocol: Protocol,
    pub(super) truth: Truth,
    pub(super) faults: Faults,
    pub(super) time: SimTime,
    /// Seconds that a 429 asks the client to wait.
    pub(super) retry_after_s: u32,
}

impl World {
    /// Makes a world.
    ///
    /// # Errors
    /// When the speed, the rate or the depth makes no sense.
    pub fn new(config: &SimulatorConfig) -> Result<Self, SimulatorError> {
        if !(config.speed > 0.0 && config.speed <= 100_000.0) {
            return Err(SimulatorError::Speed(config.speed));
        }
        if !(config.rate > 0.0 && config.rate <= MAX_RATE) {
            return Err(SimulatorError::Rate(config.rate));
        }
        let script = config.script.as_ref();
        let seed = script.and_then(|script| script.seed).unwrap_or(config.seed);
        let market = Arc::new(Market::new(seed));
        let time = SimTime::new(config.clock.clone(), config.start_ms, config.speed);
        let tape = |protocol| Tape::new(Arc::clone(&market), protocol, config.rate);
        let tapes = Arc::new(Protocol::ALL.map(tape));
        let faults = Faults::new(time.clone(), Arc::clone(&tapes), config.spike);
        faults.plan(
            script
                .map(|script| script.spans(time.now()))
                .unwrap_or_default(),
        );
        let cells = config.book_levels.clamp(1, 5_000);
        let truth = Truth::new(seed, cells, tapes, faults.clone());
        let exchanges = Protocol::ALL.map(|protocol| {
            let place = Place {
                protocol,
                truth: truth.clone(),
                faults: faults.clone(),
                time: time.clone(),
                retry_after_s: config.retry_after_s,
            };
            Arc::new(Served::new(place.clone(), venue::house(place)))
        });
        Ok(Self {
            truth,
            faults,
            time,
            exchanges,
        })
    }

    /// What really happened.
    #[must_use]
    pub const fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Its faults.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The simulated time, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.time.now()
    }

    /// One venue.
    #[must_use]
    pub fn exchange(&self, protocol: Protocol) -> Arc<dyn Exchange> {
        Arc::clone(&self.exchanges[protocol as usize]) as Arc<dyn Exchange>
    }

    pub(super) const fn time(&self) -> &SimTime {
        &self.time
    }
}

impl Place {
    pub(super) fn on(&self, fault: Fault, at: i64) -> bool {
        self.faults.state().is_on(fault, self.protocol, at)
    }

    /// The venue's own clock at a simulated time.
    pub(super) fn own_clock(&self, at: i64) -> i64 {
        if self.on(Fault::ClockSkew, at) {
            at + SKEW_MS
        } else {
            at
        }
    }
}
