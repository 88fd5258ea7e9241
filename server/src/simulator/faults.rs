//! Which faults are on, when they were and will be, and what they do to the market.

use std::sync::{Arc, Mutex, PoisonError};

use app::model::{MINUTE_MS, bucket_start};
use tokio::sync::watch;

use super::{
    fault::{ActiveFault, Fault},
    overlay::{Change, Overlay, apply_all},
    protocol::Protocol,
    tape::Tape,
    time::SimTime,
};

/// Spans kept; the oldest are forgotten first.
const MAX_SPANS: usize = 4_096;
/// Overlays kept, one for each venue and time.
const MAX_OVERLAYS: usize = 8_192;
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

/// A time in which a fault is on, in simulated milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) fault: Fault,
    pub(super) venue: Option<Protocol>,
    pub(super) from: i64,
    pub(super) to: Option<i64>,
    /// It comes again after so many milliseconds.
    pub(super) repeat: Option<i64>,
}

impl Span {
    /// Start and end of the time it is on now.
    fn current(&self, at: i64) -> Option<(i64, Option<i64>)> {
        let passed = at.checked_sub(self.from).filter(|passed| *passed >= 0)?;
        let since = match self.repeat {
            Some(repeat) if repeat > 0 => at - passed % repeat,
            _ => self.from,
        };
        let to = self.to.map(|to| since + (to - self.from));
        to.is_none_or(|to| at < to).then_some((since, to))
    }

    fn holds(&self, at: i64) -> bool {
        self.current(at).is_some()
    }

    fn concerns(&self, venue: Protocol) -> bool {
        self.venue.is_none_or(|own| own == venue)
    }
}

/// All spans and overlays at a moment; never changes.
#[derive(Debug, Clone, Default)]
pub(super) struct FaultState {
    /// Grows with every change.
    pub(super) version: u64,
    spans: Vec<Span>,
    overlays: Vec<Overlay>,
}

impl FaultState {
    /// The start of the span in which a fault is on at a venue.
    pub(super) fn since(&self, fault: Fault, venue: Protocol, at: i64) -> Option<i64> {
        let mut spans = self.spans.iter();
        spans.find_map(|span| {
            let meant = span.fault == fault && span.concerns(venue);
            let (since, _) = span.current(at).filter(|_| meant)?;
            Some(since)
        })
    }

    /// True while a fault is on at a venue.
    pub(super) fn is_on(&self, fault: Fault, venue: Protocol, at: i64) -> bool {
        self.since(fault, venue, at).is_some()
    }

    /// Changes to what a venue trades, oldest first.
    pub(super) fn overlays(&self, venue: Protocol) -> impl Iterator<Item = &Overlay> {
        self.overlays
            .iter()
            .filter(move |overlay| overlay.venue == venue)
    }

    /// True when candles leave out the minute that starts then.
    pub(super) fn is_missing(&self, venue: Protocol, minute_at: i64, now: i64) -> bool {
        let Some(since) = self.since(Fault::MissingMinutes, venue, now) else {
            return false;
        };
        let after = (minute_at - bucket_start(since, MINUTE_MS)) / MINUTE_MS;
        after >= -MISSING_BEFORE && after.rem_euclid(SERVED_EVERY) != 0
    }

    fn forget(&mut self) {
        if self.spans.len() >= MAX_SPANS {
            self.spans.remove(0);
        }
        while self.overlays.len() + Protocol::ALL.len() > MAX_OVERLAYS {
            self.overlays.remove(0);
        }
    }
}

/// Switches faults of a running simulator on and off. Clones switch the same simulator.
#[derive(Debug, Clone)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    time: SimTime,
    tapes: Arc<[Tape; 5]>,
    spike: f64,
    state: Mutex<Arc<FaultState>>,
    changed: watch::Sender<u64>,
}

impl Faults {
    pub(super) fn new(time: SimTime, tapes: Arc<[Tape; 5]>, spike: f64) -> Self {
        Self {
            inner: Arc::new(Inner {
                time,
                tapes,
                spike,
                state: Mutex::default(),
                changed: watch::Sender::new(0),
            }),
        }
    }

    /// Switches a fault on at a venue, or at all of them, until a time of the simulator's clock in milliseconds, or
    /// until it is cleared.
    ///
    /// A fault that is on already goes on until then. [`Fault::Spike`] is one spike, in the current minute or, late
    /// in a minute, in the next; it ends by itself with the minute after, whatever `until_ms` says. What changes the
    /// market begins and ends with a second.
    pub fn set(&self, fault: Fault, venue: Option<Protocol>, until_ms: Option<i64>) {
        let now = self.inner.time.now();
        let until = until_ms.map(|until| self.inner.time.of_clock(until));
        self.change(|state| {
            let same = |span: &Span| span.fault == fault && span.venue == venue && span.holds(now);
            if let Some(at) = state.spans.iter().position(same) {
                if fault != Fault::Spike {
                    state.spans[at].to = until;
                    state.spans[at].repeat = None;
                    end_overlays(state, fault, venue, now, until.map(whole_second));
                }
                return;
            }
            let span = Span {
                fault,
                venue,
                from: now,
                to: until,
                repeat: None,
            };
            self.add(state, span);
        });
    }

    /// Lets faults begin and end at simulated times.
    pub(super) fn plan(&self, spans: impl IntoIterator<Item = Span>) {
        self.change(|state| {
            for span in spans {
                self.add(state, span);
            }
        });
    }

    fn add(&self, state: &mut FaultState, mut span: Span) {
        state.forget();
        if span.fault.changes_market() {
            for tape in self.inner.tapes.iter() {
                if !span.concerns(tape.protocol()) {
                    continue;
                }
                let change = self.market_change(state, tape, span.fault, span.from);
                if let Change::Spike { minute_at, .. } = change {
                    span.to = Some(minute_at + 2 * MINUTE_MS);
                }
                state.overlays.push(Overlay {
                    venue: tape.protocol(),
                    change,
                    from: next_second(span.from),
                    to: span.to.map(whole_second),
                });
            }
        }
        state.spans.push(span);
    }

    fn market_change(&self, state: &FaultState, tape: &Tape, fault: Fault, from: i64) -> Change {
        match fault {
            Fault::FrozenPrice => Change::Frozen(price(state, tape, from)),
            Fault::AbsurdPrice => Change::Absurd,
            Fault::Flood => Change::Flood,
            Fault::Spike => self.spike(tape, from),
            _ => Change::Crossed,
        }
    }

    /// Switches a fault off at a venue, or wherever it is on; says whether it was on. What it has changed until now
    /// stays changed.
    pub fn clear(&self, fault: Fault, venue: Option<Protocol>) -> bool {
        let now = self.inner.time.now();
        let mut was_on = false;
        self.change(|state| {
            let mut later = Vec::new();
            for span in &mut state.spans {
                let meant = span.fault == fault && (venue.is_none() || span.venue == venue);
                let Some((since, to)) = span.current(now).filter(|_| meant) else {
                    continue;
                };
                if let (Some(repeat), Some(to)) = (span.repeat.take(), to) {
                    later.push(Span {
                        from: since + repeat,
                        to: Some(to + repeat),
                        repeat: Some(repeat),
                        ..*span
                    });
                }
                (span.from, span.to) = (since, Some(now));
                was_on = true;
            }
            state.spans.extend(later);
            if was_on {
                end_overlays(state, fault, venue, now, Some(next_second(now)));
            }
        });
        was_on
    }

    /// Switches every fault off, those to come too.
    pub fn clear_all(&self) {
        let now = self.inner.time.now();
        self.change(|state| {
            state.spans.retain_mut(|span| {
                let current = span.current(now);
                if let (Some(_), Some((since, to))) = (span.repeat.take(), current) {
                    (span.from, span.to) = (since, to);
                }
                current.is_some()
            });
            state
                .overlays
                .retain(|overlay| overlay.from <= next_second(now));
        });
        for fault in Fault::ALL {
            self.clear(*fault, None);
        }
    }

    /// The faults that are on.
    #[must_use]
    pub fn list(&self) -> Vec<ActiveFault> {
        let time = &self.inner.time;
        let now = time.now();
        let state = self.state();
        let mut on: Vec<&Span> = state.spans.iter().filter(|span| span.holds(now)).collect();
        on.sort_by_key(|span| (span.fault, span.venue, span.from));
        on.dedup_by_key(|span| (span.fault, span.venue));
        on.into_iter()
            .filter_map(|span| {
                let (since, until) = span.current(now)?;
                Some(ActiveFault {
                    fault: span.fault,
                    venue: span.venue,
                    since_ms: time.to_clock(since),
                    until_ms: until.map(|until| time.to_clock(until)),
                })
            })
            .collect()
    }

    /// True while a fault is on at a venue, or, without one, anywhere.
    #[must_use]
    pub fn is_on(&self, fault: Fault, venue: Option<Protocol>) -> bool {
        let now = self.inner.time.now();
        let state = self.state();
        match venue {
            Some(venue) => state.is_on(fault, venue, now),
            None => Protocol::ALL
                .into_iter()
                .any(|venue| state.is_on(fault, venue, now)),
        }
    }

    /// All there is to know now.
    pub(super) fn state(&self) -> Arc<FaultState> {
        Arc::clone(&self.lock())
    }

    /// Tells when faults are switched.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut FaultState)) {
        let version = {
            let mut held = self.lock();
            let mut state = FaultState::clone(&held);
            state.version += 1;
            change(&mut state);
            *held = Arc::new(state);
            held.version
        };
        self.inner.changed.send_replace(version);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<FaultState>> {
        // The state is exchanged as a whole: it is sound after a panic elsewhere.
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A spike against the minute's own move, so that the two do not add up to another kind of finding.
    fn spike(&self, tape: &Tape, from: i64) -> Change {
        let current = bucket_start(from, MINUTE_MS);
        let minute_at = if from - current < LATE_SECOND_MS {
            current
        } else {
            current + MINUTE_MS
        };
        let minute = minute_at.div_euclid(MINUTE_MS);
        let bar = tape.market().bar(minute);
        let size = (SPIKE_SIGMAS * tape.market().sigma(minute))
            .max(self.inner.spike)
            .min(MAX_SPIKE);
        let factor = if bar.close >= bar.open {
            1.0 - size
        } else {
            1.0 + size
        };
        Change::Spike { minute_at, factor }
    }
}

/// The price of a venue at a time, in ticks.
fn price(state: &FaultState, tape: &Tape, at: i64) -> i64 {
    let seconds = tape.minute(at.div_euclid(MINUTE_MS));
    let place = at.rem_euclid(MINUTE_MS) / 1_000;
    let second = seconds[place as usize];
    apply_all(
        state.overlays(tape.protocol()),
        bucket_start(at, 1_000),
        second,
    )
    .ticks
}

/// Ends the overlays of a fault that hold now, or are about to.
fn end_overlays(
    state: &mut FaultState,
    fault: Fault,
    venue: Option<Protocol>,
    now: i64,
    to: Option<i64>,
) {
    for overlay in &mut state.overlays {
        let meant = overlay.fault() == fault && venue.is_none_or(|venue| venue == overlay.venue);
        if meant && (overlay.holds(now) || overlay.holds(next_second(now))) {
            overlay.to = to;
        }
    }
}

/// Start of the first second at a time or after it.
fn whole_second(at_ms: i64) -> i64 {
    bucket_start(at_ms.saturating_add(999), 1_000)
}

/// Start of the first second after a time.
fn next_second(at_ms: i64) -> i64 {
    bucket_start(at_ms, 1_000) + 1_000
}
