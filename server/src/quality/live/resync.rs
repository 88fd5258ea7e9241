//! `book.sequence`, `book.checksum`: how often the book of a stream had to be asked for anew.

use app::model::{Outcome, format_utc};

use super::findings::{Findings, judged};
use crate::quality::rule::Rule;

/// Follows losses of a book for one cause.
#[derive(Debug, Clone, Default)]
pub struct Resyncs {
    updates: Findings,
}

impl Resyncs {
    /// The book moved, soundly.
    pub fn moved(&mut self, rule: &Rule, at: i64) {
        self.updates.tested(rule, at, 1);
    }

    /// It was lost.
    pub fn lost(&mut self, rule: &Rule, reason: &str, at: i64) {
        self.updates
            .found(rule, at, (1, 1), || vec![format_utc(at), reason.to_owned()]);
    }

    /// How often.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.updates.seen(rule, now_ms);
        let severity = rule.reached("from", seen.failed as f64);
        let words = match seen.failed {
            0 => format!("{} updates of the book, none lost", seen.tested),
            1 => "the book was lost once and asked for anew".to_owned(),
            lost => format!("the book was lost {lost} times and asked for anew"),
        };
        let value = Some(seen.failed as f64);
        judged(rule, entity, (severity, seen), value, words, || {
            self.updates.evidence(&["time", "reason"])
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    #[test]
    fn losses_are_counted_over_an_hour() {
        let rule = rule("book.sequence");
        let mut resyncs = Resyncs::default();
        assert_eq!(
            resyncs.result(&rule, "e", T0).state,
            CheckState::NotEvaluated
        );
        let mut states = Vec::new();
        for i in 0..12 {
            resyncs.moved(&rule, T0 + i * 60_000);
            resyncs.lost(&rule, "changes 5 to 7 are missing", T0 + i * 60_000);
            states.push(resyncs.result(&rule, "e", T0 + i * 60_000).state);
        }
        assert_eq!(states[..3], [CheckState::Pass; 3]);
        assert_eq!(states[3..10], [CheckState::Warn; 7]);
        assert_eq!(states[10..], [CheckState::Error; 2]);
        resyncs.moved(&rule, T0 + 5_000_000);
        assert_eq!(
            resyncs.result(&rule, "e", T0 + 5_000_000).state,
            CheckState::Pass
        );
    }
}
