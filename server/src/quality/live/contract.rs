//! Contracts: what of a stream could not be read, or held what cannot be.

use app::model::Outcome;

use super::findings::{Findings, judged};
use crate::quality::rule::Rule;

/// Follows the rows under one contract.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    rows: Findings,
}

impl Kept {
    /// Rows that keep it.
    pub fn read(&mut self, rule: &Rule, rows: i64, at: i64) {
        self.rows.tested(rule, at, rows);
    }

    /// A row that does not.
    pub fn rejected(&mut self, rule: &Rule, reason: &str, raw: &str, at: i64) {
        self.rows.found(rule, at, (1, 1), || {
            vec![reason.to_owned(), raw.chars().take(400).collect()]
        });
    }

    /// How it is kept.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.rows.seen(rule, now_ms);
        let severity = rule.reached("from", seen.failed as f64);
        let words = match seen.failed {
            0 => format!("{} read, none breaks it", seen.tested),
            failed => format!("{failed} of {} break it", seen.tested),
        };
        judged(
            rule,
            entity,
            (severity, seen),
            Some(seen.failed as f64),
            words,
            || self.rows.evidence(&["reason", "row"]),
        )
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    #[test]
    fn one_broken_row_is_told_for_a_minute() {
        let rule = rule("trade.contract");
        let mut kept = Kept::default();
        assert_eq!(kept.result(&rule, "e", T0).state, CheckState::NotEvaluated);
        kept.read(&rule, 500, T0);
        kept.rejected(&rule, "size 0 is not positive", "{…}", T0);
        let told = kept.result(&rule, "e", T0 + 30_000);
        assert_eq!(
            (told.state, told.tested, told.failed),
            (CheckState::Error, 501, 1)
        );
        assert_eq!(told.evidence.rows[0][0], "size 0 is not positive");
        kept.read(&rule, 500, T0 + 90_000);
        assert_eq!(kept.result(&rule, "e", T0 + 90_000).state, CheckState::Pass);
    }
}
