//! `trade.dup_id`: a trade's number stands for one trade.

use app::model::{Outcome, Trade, format_utc};

use super::findings::{Findings, judged, within};
use super::window::Window;
use crate::quality::rule::Rule;

/// Follows numbers that come again.
#[derive(Debug, Clone, Default)]
pub struct Repeated {
    trades: Findings,
    same: Window,
}

impl Repeated {
    /// A trade with a new number.
    pub fn traded(&mut self, rule: &Rule, at: i64) {
        self.trades.tested(rule, at, 1);
    }

    /// A trade with a known number; the known one's price and size where they differ.
    pub fn repeated(&mut self, rule: &Rule, trade: &Trade, known: Option<(f64, f64)>, at: i64) {
        let Some((price, size)) = known else {
            self.same.add(within(rule), at, 1, 1);
            return self.trades.tested(rule, at, 1);
        };
        self.trades.found(rule, at, (1, 1), || {
            vec![
                trade.trade_id.to_string(),
                format_utc(trade.traded_at),
                format!("{price} × {size}"),
                format!("{} × {}", trade.price, trade.size),
            ]
        });
    }

    /// How many contradict each other.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.trades.seen(rule, now_ms);
        let same = self.same.sum(now_ms).failed;
        let severity =
            rule.reached("from", seen.failed as f64)
                .max(rule.limits.iter().rev().find_map(|(severity, limits)| {
                    limits
                        .get("share")
                        .is_some_and(|limit| seen.share() > *limit)
                        .then_some(*severity)
                }));
        let words = format!(
            "{} numbers contradict an earlier trade; {same} of {} trades were repeated as they are and dropped",
            seen.failed, seen.tested
        );
        let value = Some(seen.failed as f64);
        judged(rule, entity, (severity, seen), value, words, || {
            self.trades
                .evidence(&["number", "traded", "kept", "set apart"])
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule, trade};

    #[test]
    fn repeats_are_counted_and_contradictions_are_errors() {
        let rule = rule("trade.dup_id");
        let mut repeated = Repeated::default();
        assert_eq!(
            repeated.result(&rule, "e", T0).state,
            CheckState::NotEvaluated
        );
        for _ in 0..10 {
            repeated.traded(&rule, T0);
            repeated.repeated(&rule, &trade(1, T0), None, T0);
        }
        let told = repeated.result(&rule, "e", T0);
        assert_eq!((told.state, told.tested), (CheckState::Pass, 20));
        assert!(told.summary.contains("10 of 20 trades were repeated"));
        repeated.repeated(&rule, &trade(1, T0), Some((99.0, 1.0)), T0);
        let told = repeated.result(&rule, "e", T0 + 60_000);
        assert_eq!((told.state, told.failed), (CheckState::Error, 1));
        assert_eq!(told.evidence.rows[0][2], "99 × 1");
        assert_eq!(
            repeated.result(&rule, "e", T0 + 400_000).state,
            CheckState::NotEvaluated
        );
    }
}
