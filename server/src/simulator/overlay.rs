//! Changes that faults make to the market's prices. They stay after the fault is over: what was served as final is
//! served again.

use app::model::MINUTE_MS;

use super::{fault::Fault, path::POINTS};

/// How much too high the prices of [`Fault::AbsurdPrice`] are.
const ABSURD: i64 = 10;
/// Seconds in which the price returns after a spike: it opens where the spike closed, and closes where it should.
const RETURN_SECONDS: i64 = 30;

/// What is done to a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// It stays at these ticks.
    Frozen(i64),
    /// It is ten times too high.
    Absurd,
    /// It leaves within a minute and returns in the next.
    Spike {
        /// Start of the minute, in simulated milliseconds.
        minute_at: i64,
        /// Price at the end of the minute as a multiple of the right one.
        factor: f64,
    },
}

/// A change and the simulated milliseconds, whole seconds, from and before which it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overlay {
    pub(super) change: Change,
    pub(super) from: i64,
    pub(super) to: Option<i64>,
}

impl Overlay {
    /// The fault that made it.
    pub(super) const fn fault(&self) -> Fault {
        match self.change {
            Change::Frozen(_) => Fault::FrozenPrice,
            Change::Absurd => Fault::AbsurdPrice,
            Change::Spike { .. } => Fault::Spike,
        }
    }

    /// True when it may change prices of the minute that starts then.
    pub(super) fn touches(&self, minute_at: i64) -> bool {
        self.from < minute_at + MINUTE_MS && self.to.is_none_or(|to| to > minute_at)
    }

    /// The price, in ticks, of the second that starts then.
    fn apply(&self, at: i64, ticks: i64) -> i64 {
        if at < self.from || self.to.is_some_and(|to| at >= to) {
            return ticks;
        }
        match self.change {
            Change::Frozen(frozen) => frozen,
            Change::Absurd => ticks * ABSURD,
            Change::Spike { minute_at, factor } => {
                let share = spike_share(minute_at, self.from, at);
                (ticks as f64 * (1.0 + (factor - 1.0) * share)).round() as i64
            }
        }
    }
}

/// How far out a spike is, 0 to 1: all the way in the last second of its minute.
fn spike_share(minute_at: i64, from: i64, at: i64) -> f64 {
    let end = minute_at + MINUTE_MS;
    if at < end {
        let begin = from.max(minute_at);
        ((at + 1_000 - begin) as f64 / (end - begin) as f64).max(0.0)
    } else {
        (1.0 - (at - end) as f64 / (RETURN_SECONDS * 1_000) as f64).max(0.0)
    }
}

/// The price, in ticks, of the second that starts then, after all changes.
pub(super) fn apply_all(overlays: &[Overlay], at: i64, ticks: i64) -> i64 {
    overlays
        .iter()
        .fold(ticks, |ticks, overlay| overlay.apply(at, ticks))
}

/// Starts of the seconds of a minute.
pub(super) fn seconds(minute_at: i64) -> impl Iterator<Item = i64> {
    (0..POINTS as i64).map(move |second| minute_at + second * 1_000)
}
