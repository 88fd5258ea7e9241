//! `trade.clock_skew`: receipt minus the venue's time.

use std::collections::VecDeque;

use app::model::{MINUTE_MS, Outcome, Severity, format_utc};

use super::{
    findings::{Findings, judged, within},
    window::Seen,
};
use crate::quality::rule::Rule;

/// Delays kept: one for each such part of the stretch that the median is taken over.
const KEPT: i64 = 900;
/// An event from the future is told for so long.
const TOLD_MS: i64 = MINUTE_MS;

/// Follows the venue's clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Slot and delay in milliseconds, the newest last.
    delays: VecDeque<(i64, i64)>,
    future: Findings,
    future_at: Option<i64>,
}

impl Clock {
    /// Takes the venue's time of a message.
    pub fn push(&mut self, rule: &Rule, exchange_at: i64, at: i64) {
        let delay = at.saturating_sub(exchange_at);
        let width = (within(rule) / KEPT).max(1);
        let slot = at.div_euclid(width);
        // one a slot: a burst says no more about a clock than a single message
        if self.delays.back().is_none_or(|(newest, _)| *newest != slot) {
            self.delays.push_back((slot, delay));
        }
        while self
            .delays
            .front()
            .is_some_and(|(oldest, _)| (slot - oldest).abs() > KEPT)
        {
            self.delays.pop_front();
        }
        if rule.beyond("future", -delay as f64).is_some() {
            self.future_at = Some(at);
            self.future.found(rule, at, (1, 1), || {
                vec![format_utc(exchange_at), format_utc(at), delay.to_string()]
            });
        } else {
            self.future.tested(rule, at, 1);
        }
    }

    /// How the clocks stand to each other.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.future.seen(rule, now_ms);
        let from_future = self.future_at.is_some_and(|at| now_ms - at < TOLD_MS);
        let median = self
            .median()
            .filter(|_| self.delays.len() as f64 >= rule.number("min"));
        let future = rule
            .worst(|limits| limits.contains_key("future"))
            .filter(|_| from_future);
        let severity = median.and_then(|median| skewed(rule, median)).max(future);
        if median.is_none() && severity.is_none() {
            let words = format!("{} delays are too few for a median", self.delays.len());
            return judged(
                rule,
                entity,
                (None, Seen::default()),
                None,
                words,
                Default::default,
            );
        }
        let mut words = match median {
            Some(median) => {
                format!("messages come {median} ms behind the venue's time in the median")
            }
            None => String::new(),
        };
        if from_future {
            let join = if words.is_empty() { "" } else { "; " };
            words = format!(
                "{words}{join}{} of {} messages are from the future",
                seen.failed, seen.tested
            );
        }
        let value = median.map(|median| median as f64);
        judged(rule, entity, (severity, seen), value, words, || {
            self.future
                .evidence(&["venue's time", "received", "delay, ms"])
        })
    }

    fn median(&self) -> Option<i64> {
        let mut delays: Vec<i64> = self.delays.iter().map(|(_, delay)| *delay).collect();
        let middle = delays.len().checked_sub(1)? / 2;
        Some(*delays.select_nth_unstable(middle).1)
    }
}

fn skewed(rule: &Rule, median: i64) -> Option<Severity> {
    let behind = rule.beyond("above", median as f64);
    behind.max(rule.beyond("ahead", -median as f64))
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    fn state(delays: impl IntoIterator<Item = i64>) -> CheckState {
        let rule = rule("trade.clock_skew");
        let mut clock = Clock::default();
        let mut at = T0;
        for delay in delays {
            at += 1_000;
            clock.push(&rule, at - delay, at);
        }
        clock.result(&rule, "e", at).state
    }

    #[test]
    fn the_median_decides_and_one_event_of_the_future_is_enough() {
        assert_eq!(state([]), CheckState::NotEvaluated);
        assert_eq!(state([50; 10]), CheckState::NotEvaluated, "too few");
        assert_eq!(state([50; 60]), CheckState::Pass);
        assert_eq!(state([1_500; 60]), CheckState::Warn);
        assert_eq!(state([2_500; 60]), CheckState::Error);
        assert_eq!(state([-300; 60]), CheckState::Warn);
        assert_eq!(state([-90_000]), CheckState::Error, "at once");
        let burst = (0..100).map(|i| if i < 40 { 5_000 } else { 50 });
        assert_eq!(state(burst), CheckState::Pass, "a slow minute is no skew");
    }

    #[test]
    fn memory_is_bounded() {
        let rule = rule("trade.clock_skew");
        let mut clock = Clock::default();
        for at in (0..100_000_000).step_by(500) {
            clock.push(&rule, at - 90_000, at);
        }
        assert!(clock.delays.len() as i64 <= KEPT + 1);
        assert_eq!(clock.median(), Some(90_000));
    }
}
