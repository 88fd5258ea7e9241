//! What a rule remembers of the candles before, and its verdict on the next one.

use app::model::{Candle, Severity};

use super::{
    row::Slots,
    rules::{Compiled, Judge},
    runs::Runs,
    spike::Suspect,
    window::Window,
};
use crate::quality::tally::Tally;

/// 1.4826 · MAD estimates the standard deviation of a normal distribution.
pub(super) const MAD_SCALE: f64 = 1.4826;
/// A score beyond this is written as this.
const MOST: f64 = 1e9;

/// A candle that is judged, and what stands around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now<'a> {
    pub(super) slots: &'a Slots,
    pub(super) candle: &'a Candle,
    pub(super) last: Option<&'a Candle>,
    /// The candle before it is there.
    pub(super) contiguous: bool,
    pub(super) step_ms: i64,
    pub(super) growth: f64,
    /// It, or the one before it, may not become baseline.
    pub(super) excluded: bool,
}

/// The value that was judged, and how bad it is.
pub(super) type Verdict = (f64, Option<Severity>);

/// What a rule remembers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Findings so far.
    pub(super) tally: Tally,
    pub(super) window: Window,
    /// Rows that are alike, up to the last candle.
    pub(super) run: i64,
    /// When they began.
    pub(super) run_from: i64,
    pub(super) suspect: Option<Suspect>,
    /// Runs that wait to be held against other venues.
    pub(super) runs: Runs,
}

impl Memory {
    /// Forgets the candles, not the findings.
    pub(super) fn begin_stretch(&mut self) {
        *self = Self {
            tally: std::mem::take(&mut self.tally),
            runs: std::mem::take(&mut self.runs),
            ..Self::default()
        };
    }

    /// The verdict on a candle by what was before it; `None` if it cannot be tested. Nothing is learned of it.
    #[inline]
    pub(super) fn test(&mut self, rule: &Compiled, now: &Now<'_>) -> Option<Verdict> {
        match &rule.judge {
            Judge::Row(expr) => {
                let holds = expr.eval(now.slots);
                let broken = (holds == 0.0).then_some(rule.rule.severity);
                (!holds.is_nan()).then_some((holds, broken))
            }
            Judge::Streak(_, run) | Judge::Stale(_, run) => {
                let length = self.run_with(rule, now)? as f64;
                Some((length, run.from(length)))
            }
            Judge::Value {
                value,
                above,
                below,
            } => verdict(value.eval(now.slots), |value| {
                above.above(value).max(below.below(value))
            }),
            Judge::Range { slot, max, min } => verdict(now.slots[*slot], |value| {
                max.above(value).max(min.below(value))
            }),
            Judge::RobustZ {
                value,
                min,
                floor,
                k,
                ..
            } => {
                let value = value.eval(now.slots);
                if value.is_nan() || self.window.len() < *min {
                    return None;
                }
                let median = self.window.median();
                let scale = (MAD_SCALE * self.window.median_distance(median)).max(*floor);
                // before a constant history every other value is far away
                let score = match (value - median) / scale {
                    score if score.is_nan() => 0.0,
                    score => score.clamp(-MOST, MOST),
                };
                Some((score, k.above(score.abs())))
            }
            Judge::Level {
                min,
                reach,
                max_step_ms,
                off,
                ..
            } => {
                let oldest = now.candle.opened_at.saturating_sub(reach * now.step_ms);
                self.window.forget_before(oldest);
                if now.step_ms > *max_step_ms || self.window.len() < *min {
                    return None;
                }
                Some(self.level(now.candle, |far| off.above(far), off.smallest()))
            }
            Judge::Gap { .. } | Judge::Spike { .. } | Judge::Broken(_) => None,
        }
    }

    /// Distance from the median of the price that is furthest from it.
    fn level(
        &mut self,
        candle: &Candle,
        severity: impl Fn(f64) -> Option<Severity>,
        smallest: f64,
    ) -> Verdict {
        let prices = [candle.open, candle.high, candle.low, candle.close];
        let off = |price: f64, level: f64| price / level - 1.0;
        let (low, high) = self.window.bounds();
        // the median is between the bounds: a price that is near both is near the median
        let near = |price: f64| off(price, low) <= smallest && off(price, high) >= -smallest;
        if prices.into_iter().all(near) {
            return (0.0, None);
        }
        let median = self.window.median();
        let far = prices
            .into_iter()
            .map(|price| off(price, median))
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0);
        (far, severity(far.abs()))
    }

    /// Length of the run that ends with this candle; `None` if that cannot be said.
    fn run_with(&self, rule: &Compiled, now: &Now<'_>) -> Option<i64> {
        match &rule.judge {
            Judge::Streak(expr, _) => match expr.eval(now.slots) {
                value if value.is_nan() => None,
                0.0 => Some(0),
                _ if now.contiguous => Some(self.run + 1),
                _ => Some(1),
            },
            Judge::Stale(slot, _) => {
                let value = now.slots[*slot];
                let before = now.slots[super::row::OWN + slot];
                if value.is_nan() || before.is_nan() {
                    return None;
                }
                Some(if value == before {
                    self.run.max(1) + 1
                } else {
                    1
                })
            }
            _ => None,
        }
    }

    /// Takes a candle that was accepted into the memory.
    #[inline]
    pub(super) fn learn(&mut self, rule: &Compiled, now: &Now<'_>) {
        let at = now.candle.opened_at;
        match &rule.judge {
            Judge::Streak(..) | Judge::Stale(..) => {
                let least = i64::from(matches!(rule.judge, Judge::Stale(..)));
                let run = self.run_with(rule, now).unwrap_or(least);
                if run <= 1 {
                    self.run_from = at;
                }
                self.run = run;
            }
            Judge::RobustZ { value, window, .. } => {
                let value = value.eval(now.slots);
                if now.excluded || !value.is_finite() {
                    self.window.leave_out(*window);
                } else {
                    self.window.push(at, value, *window);
                }
            }
            Judge::Level { window, .. } if now.excluded => self.window.leave_out(*window),
            Judge::Level { window, .. } => self.window.push(at, now.candle.close, *window),
            _ => {}
        }
    }
}

fn verdict(value: f64, severity: impl FnOnce(f64) -> Option<Severity>) -> Option<Verdict> {
    (!value.is_nan()).then(|| (value, severity(value)))
}
