//! `trade.late`: trades that come after newer ones.

use app::model::{Outcome, Trade, format_utc};

use super::findings::{Findings, judged};
use crate::quality::rule::Rule;

/// Follows the times of trades.
#[derive(Debug, Clone, Default)]
pub struct Late {
    newest_at: Option<i64>,
    trades: Findings,
}

impl Late {
    /// Takes a trade that was received at `at`.
    pub fn push(&mut self, rule: &Rule, trade: &Trade, at: i64) {
        let newest_at = self.newest_at.unwrap_or(trade.traded_at);
        let behind = newest_at.saturating_sub(trade.traded_at);
        if behind as f64 > rule.number("by") {
            self.trades.found(rule, at, (1, 1), || {
                vec![
                    trade.trade_id.to_string(),
                    format_utc(trade.traded_at),
                    format_utc(at),
                    behind.to_string(),
                ]
            });
        } else {
            self.trades.tested(rule, at, 1);
        }
        // a time ahead of our clock must not make the trades behind it late
        let told = trade.traded_at.min(at);
        self.newest_at = Some(self.newest_at.map_or(told, |newest_at| newest_at.max(told)));
    }

    /// How many are late.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.trades.seen(rule, now_ms);
        let share = seen.share();
        let words = match seen.failed {
            0 => format!("{} trades, none is late", seen.tested),
            late => format!(
                "{late} of {} trades are late, {:.2} %",
                seen.tested,
                share * 100.0
            ),
        };
        let severity = rule.beyond("above", share);
        judged(rule, entity, (severity, seen), Some(share), words, || {
            self.trades
                .evidence(&["number", "traded", "received", "behind, ms"])
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule, trade};

    #[test]
    fn a_late_trade_is_a_warning_and_many_are_an_error() {
        let rule = rule("trade.late");
        let mut late = Late::default();
        assert_eq!(late.result(&rule, "e", T0).state, CheckState::NotEvaluated);
        for i in 0..2_000 {
            late.push(&rule, &trade(i, T0 + i), T0 + i);
        }
        // reordered by less than two seconds
        late.push(&rule, &trade(2_000, T0), T0 + 2_000);
        assert_eq!(late.result(&rule, "e", T0 + 2_000).state, CheckState::Pass);
        late.push(&rule, &trade(2_001, T0 - 1_000), T0 + 2_000);
        let told = late.result(&rule, "e", T0 + 2_000);
        assert_eq!((told.state, told.failed), (CheckState::Warn, 1));
        for i in 0..5 {
            late.push(&rule, &trade(2_002 + i, T0 - 60_000), T0 + 2_000);
        }
        let told = late.result(&rule, "e", T0 + 2_000);
        assert_eq!(
            (told.state, told.evidence.rows.len()),
            (CheckState::Error, 6)
        );
        assert_eq!(
            late.result(&rule, "e", T0 + 400_000).state,
            CheckState::NotEvaluated
        );
    }

    #[test]
    fn a_trade_of_the_future_makes_no_other_late() {
        let rule = rule("trade.late");
        let mut late = Late::default();
        late.push(&rule, &trade(1, T0 + 90_000), T0);
        late.push(&rule, &trade(2, T0 + 10), T0 + 20);
        assert_eq!(late.result(&rule, "e", T0 + 20).state, CheckState::Pass);
    }
}
