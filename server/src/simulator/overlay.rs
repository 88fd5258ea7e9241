//! Changes that faults make to what a venue trades. They stay after the fault is over: what was published is published
//! again.

use app::model::MINUTE_MS;

use super::{fault::Fault, protocol::Protocol, trade::Second};

/// How much too high the prices of [`Fault::AbsurdPrice`] are.
const ABSURD: i64 = 10;
/// Seconds in which the price returns after a spike: it opens where the spike closed, and closes where it should.
const RETURN_SECONDS: i64 = 30;
/// Trades a second that [`Fault::Flood`] adds.
pub(super) const FLOOD_TRADES: i64 = 400;
/// Size of each, in units of the venue's size step.
const FLOOD_STEPS: i64 = 12;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// The price stays at these ticks.
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
    /// The bids of the book lie above its asks.
    Crossed,
    /// Many more trades.
    Flood,
}

/// A change of a venue and the simulated milliseconds, whole seconds, from and before which it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overlay {
    pub(super) venue: Protocol,
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
            Change::Crossed => Fault::CrossedBook,
            Change::Flood => Fault::Flood,
        }
    }

    /// True when it may change trades of the minute that starts then.
    pub(super) fn touches(&self, minute_at: i64) -> bool {
        self.change != Change::Crossed
            && self.from < minute_at + MINUTE_MS
            && self.to.is_none_or(|to| to > minute_at)
    }

    /// True when it holds in the second that starts then.
    pub(super) fn holds(&self, at: i64) -> bool {
        at >= self.from && self.to.is_none_or(|to| at < to)
    }

    /// Trades it has added before the second that starts then.
    pub(super) fn added_before(&self, at: i64) -> i64 {
        if self.change != Change::Flood {
            return 0;
        }
        let until = self.to.map_or(at, |to| to.min(at));
        (until - self.from).max(0) / 1_000 * FLOOD_TRADES
    }

    /// Changes the second that starts then.
    fn apply(&self, at: i64, second: &mut Second) {
        second.before += self.added_before(at);
        if !self.holds(at) {
            return;
        }
        match self.change {
            Change::Frozen(frozen) => second.ticks = frozen,
            Change::Absurd => second.ticks *= ABSURD,
            Change::Spike { minute_at, factor } => {
                let share = spike_share(minute_at, self.from, at);
                let step = self.venue.nature().price_step;
                let moved = second.ticks as f64 * (1.0 + (factor - 1.0) * share);
                second.ticks = (moved / step as f64).round() as i64 * step;
            }
            Change::Flood => {
                second.count += FLOOD_TRADES;
                second.sats += FLOOD_TRADES * FLOOD_STEPS * self.venue.nature().size_step;
            }
            Change::Crossed => {}
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

/// The second that starts then, after all changes.
pub(super) fn apply_all<'a>(
    overlays: impl IntoIterator<Item = &'a Overlay>,
    at: i64,
    mut second: Second,
) -> Second {
    for overlay in overlays {
        overlay.apply(at, &mut second);
    }
    second
}
