//! `trade.id_gap`: missing numbers of trades, as the stream tells them.

use app::model::{Outcome, format_utc};

use super::findings::{Findings, judged};
use crate::quality::rule::Rule;

/// Follows the numbers of trades of a venue that counts them without a hole.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    trades: Findings,
}

impl Numbers {
    /// A trade came.
    pub fn traded(&mut self, rule: &Rule, at: i64) {
        self.trades.tested(rule, at, 1);
    }

    /// The numbers between these two are missing.
    pub fn missing(&mut self, rule: &Rule, from: i64, to: i64, at: i64) {
        let missing = (to - from - 1).max(0);
        if missing == 0 {
            return;
        }
        self.trades.found(rule, at, (missing, missing), || {
            vec![
                format_utc(at),
                (from + 1).to_string(),
                (to - 1).to_string(),
                missing.to_string(),
            ]
        });
    }

    /// How many are missing.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.trades.seen(rule, now_ms);
        let severity = rule.reached("missing", seen.failed as f64);
        let words = match seen.failed {
            0 => format!("{} trades, no number is missing", seen.tested),
            missing => format!("{missing} numbers are missing and are asked for"),
        };
        let value = Some(seen.failed as f64);
        judged(rule, entity, (severity, seen), value, words, || {
            self.trades
                .evidence(&["told", "first missing", "last missing", "missing"])
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    #[test]
    fn one_missing_number_is_an_error_for_five_minutes() {
        let rule = rule("trade.id_gap");
        let mut numbers = Numbers::default();
        assert_eq!(
            numbers.result(&rule, "e", T0).state,
            CheckState::NotEvaluated
        );
        numbers.traded(&rule, T0);
        assert_eq!(numbers.result(&rule, "e", T0).state, CheckState::Pass);
        numbers.missing(&rule, 5, 6, T0);
        assert_eq!(
            numbers.result(&rule, "e", T0).state,
            CheckState::Pass,
            "6 follows 5"
        );
        numbers.missing(&rule, 6, 9, T0);
        let told = numbers.result(&rule, "e", T0 + 200_000);
        assert_eq!((told.state, told.failed), (CheckState::Error, 2));
        assert_eq!(told.evidence.rows[0][1..], ["7", "8", "2"]);
        numbers.traded(&rule, T0 + 400_000);
        assert_eq!(
            numbers.result(&rule, "e", T0 + 400_000).state,
            CheckState::Pass
        );
    }
}
