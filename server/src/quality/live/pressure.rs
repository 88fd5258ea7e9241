//! `feed.backpressure`: the queue in front of the writer of all streams.

use app::model::{CheckState, Outcome, format_utc};

use super::{
    findings::{Findings, judged},
    window::Window,
};
use crate::quality::rule::Rule;

/// Follows the queue.
#[derive(Debug, Clone, Default)]
pub struct Pressure {
    /// Highest share of late, as moments beyond the mildest limit.
    moments: Findings,
    most: Vec<(i64, f64)>,
    lost: Window,
}

/// Peaks kept, one a second.
const KEPT: usize = 60;

impl Pressure {
    /// `waiting` of `room` places were taken.
    pub fn push(&mut self, rule: &Rule, waiting: i64, room: i64, at: i64) {
        let share = waiting as f64 / room.max(1) as f64;
        let second = at.div_euclid(1_000);
        match self.most.last_mut() {
            Some((newest, most)) if *newest >= second => *most = most.max(share),
            _ => self.most.push((second, share)),
        }
        if self.most.len() > KEPT {
            self.most.remove(0);
        }
        if rule.beyond("above", share).is_some() {
            self.moments.found(rule, at, (1, 1), || {
                vec![format_utc(at), waiting.to_string(), room.to_string()]
            });
        } else {
            self.moments.tested(rule, at, 1);
        }
    }

    /// A batch could not be written.
    pub fn lost(&mut self, rule: &Rule, at: i64) {
        self.lost.add(super::findings::within(rule), at, 1, 1);
        self.moments.tested(rule, at, 1);
    }

    /// How full it was.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.moments.seen(rule, now_ms);
        let from = (now_ms - super::findings::within(rule)).div_euclid(1_000);
        let recent = self.most.iter().filter(|(second, _)| *second >= from);
        let most = recent.map(|(_, share)| *share).fold(0.0, f64::max);
        let severity = rule.beyond("above", most);
        let lost = self.lost.sum(now_ms).failed;
        let words = format!("the queue was {:.0} % full at most", most * 100.0);
        let outcome = judged(rule, entity, (severity, seen), Some(most), words, || {
            self.moments.evidence(&["time", "waiting", "room"])
        });
        if lost == 0 {
            return outcome;
        }
        Outcome {
            state: CheckState::Critical,
            failed: lost,
            summary: format!(
                "{lost} batches of streams could not be written; {}",
                outcome.summary
            ),
            ..outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::live::testing::{T0, rule};

    #[test]
    fn a_full_queue_is_a_warning_and_a_loss_is_critical() {
        let rule = rule("feed.backpressure");
        let mut queue = Pressure::default();
        assert_eq!(queue.result(&rule, "e", T0).state, CheckState::NotEvaluated);
        queue.push(&rule, 51, 64, T0);
        assert_eq!(queue.result(&rule, "e", T0).state, CheckState::Pass);
        queue.push(&rule, 60, 64, T0 + 100);
        queue.push(&rule, 1, 64, T0 + 200);
        let told = queue.result(&rule, "e", T0 + 1_000);
        assert_eq!(
            (told.state, told.value),
            (CheckState::Warn, Some(60.0 / 64.0))
        );
        queue.lost(&rule, T0 + 1_000);
        assert_eq!(
            queue.result(&rule, "e", T0 + 2_000).state,
            CheckState::Critical
        );
        queue.push(&rule, 1, 64, T0 + 200_000);
        assert_eq!(
            queue.result(&rule, "e", T0 + 200_000).state,
            CheckState::Pass
        );
    }
}
