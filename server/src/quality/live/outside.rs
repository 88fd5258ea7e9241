//! `trade.vs_book`: trades far outside of the best bid and ask.

use app::model::{Outcome, Trade, format_utc};

use super::findings::{Findings, judged};
use crate::quality::rule::Rule;

/// Follows trades and the best prices before them.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Bid, ask, and when they came.
    best: Option<(f64, f64, i64)>,
    trades: Findings,
}

impl Outside {
    /// Takes best prices.
    pub fn best(&mut self, bid: f64, ask: f64, at: i64) {
        self.best = (bid > 0.0 && ask >= bid && ask.is_finite()).then_some((bid, ask, at));
    }

    /// Takes a trade; without fresh prices before it nothing is tested.
    pub fn traded(&mut self, rule: &Rule, trade: &Trade, at: i64) {
        let Some((bid, ask, quoted_at)) = self.best else {
            return;
        };
        if (at - quoted_at) as f64 > rule.number("quote_age") {
            return;
        }
        let floor = f64::midpoint(bid, ask) * rule.number("floor_bps") / 10_000.0;
        // R highfrequency, `tradesCleanupUsingQuotes`: bid − spread ≤ price ≤ ask + spread
        let reach = (ask - bid).max(floor);
        if (bid - reach..=ask + reach).contains(&trade.price) {
            self.trades.tested(rule, at, 1);
        } else {
            self.trades.found(rule, at, (1, 1), || {
                vec![
                    trade.trade_id.to_string(),
                    format_utc(trade.traded_at),
                    trade.price.to_string(),
                    bid.to_string(),
                    ask.to_string(),
                ]
            });
        }
    }

    /// How many are outside.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let seen = self.trades.seen(rule, now_ms);
        let share = seen.share();
        let words = match seen.failed {
            0 => format!("{} trades near the best bid and ask", seen.tested),
            outside => format!(
                "{outside} of {} trades are outside of the best bid and ask, {:.1} %",
                seen.tested,
                share * 100.0
            ),
        };
        let severity = rule.beyond("above", share);
        judged(rule, entity, (severity, seen), Some(share), words, || {
            self.trades
                .evidence(&["number", "traded", "price", "best bid", "best ask"])
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule, trade};

    fn state(prices: &[f64], quoted_at: i64) -> CheckState {
        let rule = rule("trade.vs_book");
        let mut outside = Outside::default();
        outside.best(10_000.0, 10_001.0, quoted_at);
        for price in prices {
            let trade = Trade {
                price: *price,
                ..trade(1, T0)
            };
            outside.traded(&rule, &trade, T0);
        }
        outside.result(&rule, "e", T0).state
    }

    #[test]
    fn more_than_one_of_a_hundred_far_outside_is_an_error() {
        assert_eq!(
            state(&[10_000.0; 50], T0 - 6_000),
            CheckState::NotEvaluated,
            "an old quote"
        );
        assert_eq!(
            state(&[10_000.5, 10_005.0, 9_996.0], T0),
            CheckState::Pass,
            "five basis points"
        );
        assert_eq!(state(&[10_000.5, 10_100.0], T0), CheckState::Error);
        let mut prices = vec![10_000.5; 200];
        prices.push(9_000.0);
        assert_eq!(state(&prices, T0), CheckState::Pass, "one of two hundred");
        prices.extend([100_005.0, f64::NAN]);
        assert_eq!(state(&prices, T0), CheckState::Error);
    }
}
