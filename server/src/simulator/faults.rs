//! Which faults are on, and what they have done to the prices so far.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::model::{MINUTE_MS, bucket_start};

use super::{
    fault::{ActiveFault, Fault},
    market::Market,
    overlay::{Change, Overlay, apply_all},
    time::SimTime,
};

/// Overlays kept; the oldest are forgotten first.
const MAX_OVERLAYS: usize = 256;
/// A spike is at least this many standard deviations of its minute's return, so that checks that know the market's
/// restlessness see it too.
const SPIKE_SIGMAS: f64 = 12.0;
/// No spike is larger.
const MAX_SPIKE: f64 = 0.08;
/// Seconds of a minute after which a spike waits for the next one.
const LATE_SECOND_MS: i64 = 50_000;
/// Minutes before the switch that are missing too: a client that starts now sees the hole at once.
const MISSING_BEFORE: i64 = 2;
/// One minute in so many is served while minutes are missing.
const SERVED_EVERY: i64 = 3;

/// Switches faults of a running simulator on and off. Clones switch the same simulator.
#[derive(Debug, Clone)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    time: SimTime,
    market: Arc<Market>,
    spike: f64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Since and until, in simulated milliseconds; may hold faults that are over.
    active: BTreeMap<Fault, (i64, Option<i64>)>,
    overlays: Vec<Overlay>,
}

impl State {
    fn active_at(&self, fault: Fault, now: i64) -> Option<(i64, Option<i64>)> {
        self.active
            .get(&fault)
            .copied()
            .filter(|(_, until)| until.is_none_or(|until| now < until))
    }

    fn end_overlay(&mut self, fault: Fault, to: Option<i64>) {
        if let Some(overlay) = self
            .overlays
            .iter_mut()
            .rfind(|overlay| overlay.fault() == fault)
        {
            overlay.to = to;
        }
    }
}

impl Faults {
    pub(super) fn new(time: SimTime, market: Arc<Market>, spike: f64) -> Self {
        Self {
            inner: Arc::new(Inner {
                time,
                market,
                spike,
                state: Mutex::default(),
            }),
        }
    }

    /// Switches a fault on until a time of the simulator's clock in milliseconds, or until it is cleared.
    ///
    /// A fault that is on already goes on until then. [`Fault::Spike`] is one spike, in the current minute or, late
    /// in a minute, in the next; it ends by itself with the minute after, whatever `until_ms` says.
    pub fn set(&self, fault: Fault, until_ms: Option<i64>) {
        let now = self.inner.time.now();
        let until = until_ms.map(|until| self.inner.time.of_clock(until));
        let mut state = self.state();
        if let Some((since, _)) = state.active_at(fault, now) {
            if fault != Fault::Spike {
                state.active.insert(fault, (since, until));
                state.end_overlay(fault, until.map(second_of));
            }
            return;
        }
        let change = match fault {
            Fault::FrozenPrice => Some(Change::Frozen(self.price(&state, now))),
            Fault::AbsurdPrice => Some(Change::Absurd),
            Fault::Spike => Some(self.spike(now)),
            _ => None,
        };
        let until = match change {
            Some(Change::Spike { minute_at, .. }) => Some(minute_at + 2 * MINUTE_MS),
            _ => until,
        };
        if let Some(change) = change {
            if state.overlays.len() >= MAX_OVERLAYS {
                state.overlays.remove(0);
            }
            state.overlays.push(Overlay {
                change,
                from: second_of(now),
                to: until.map(second_of),
            });
        }
        state.active.insert(fault, (now, until));
    }

    /// Switches a fault off; says whether it was on. Prices it has changed until now stay changed.
    pub fn clear(&self, fault: Fault) -> bool {
        let now = self.inner.time.now();
        let mut state = self.state();
        let was_on = state.active_at(fault, now).is_some();
        if was_on {
            state.active.remove(&fault);
            state.end_overlay(fault, Some(second_of(now)));
        }
        was_on
    }

    /// Switches every fault off.
    pub fn clear_all(&self) {
        for fault in Fault::ALL {
            self.clear(*fault);
        }
    }

    /// The faults that are on.
    #[must_use]
    pub fn list(&self) -> Vec<ActiveFault> {
        let time = &self.inner.time;
        let now = time.now();
        let state = self.state();
        let on = |fault: &Fault| Some((*fault, state.active_at(*fault, now)?));
        Fault::ALL
            .iter()
            .filter_map(on)
            .map(|(fault, (since, until))| ActiveFault {
                fault,
                since_ms: time.to_clock(since),
                until_ms: until.map(|until| time.to_clock(until)),
            })
            .collect()
    }

    /// True while a fault is on.
    #[must_use]
    pub fn is_on(&self, fault: Fault) -> bool {
        let now = self.inner.time.now();
        self.state().active_at(fault, now).is_some()
    }

    /// True when klines leave out the minute that starts then (simulated milliseconds).
    pub(super) fn is_missing(&self, minute_at: i64) -> bool {
        let now = self.inner.time.now();
        let state = self.state();
        let Some((since, _)) = state.active_at(Fault::MissingMinutes, now) else {
            return false;
        };
        let after = (minute_at - bucket_start(since, MINUTE_MS)) / MINUTE_MS;
        after >= -MISSING_BEFORE && after.rem_euclid(SERVED_EVERY) != 0
    }

    /// The changes to prices of the minute that starts then (simulated milliseconds), oldest first.
    pub(super) fn overlays_of(&self, minute_at: i64) -> Vec<Overlay> {
        self.state()
            .overlays
            .iter()
            .filter(|overlay| overlay.touches(minute_at))
            .copied()
            .collect()
    }

    /// The price served at a simulated time, in ticks.
    fn price(&self, state: &State, now: i64) -> i64 {
        let points = self.inner.market.points(now.div_euclid(MINUTE_MS));
        let second = now.rem_euclid(MINUTE_MS) / 1_000;
        apply_all(
            &state.overlays,
            second_of(now),
            points[second as usize].ticks,
        )
    }

    /// A spike against the minute's own move, so that the two do not add up to another kind of finding.
    fn spike(&self, now: i64) -> Change {
        let current = bucket_start(now, MINUTE_MS);
        let minute_at = if now - current < LATE_SECOND_MS {
            current
        } else {
            current + MINUTE_MS
        };
        let minute = minute_at.div_euclid(MINUTE_MS);
        let bar = self.inner.market.bar(minute);
        let size = (SPIKE_SIGMAS * self.inner.market.sigma(minute))
            .max(self.inner.spike)
            .min(MAX_SPIKE);
        let factor = if bar.close >= bar.open {
            1.0 - size
        } else {
            1.0 + size
        };
        Change::Spike { minute_at, factor }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is a single insert or remove: it is whole after a panic elsewhere.
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn second_of(at_ms: i64) -> i64 {
    bucket_start(at_ms, 1_000)
}
