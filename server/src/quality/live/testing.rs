//! What tests of these checks share.

use app::model::{Side, Trade};

use crate::quality::rule::{Rule, RuleBook};

pub(super) const T0: i64 = 1_790_000_040_000;

/// A rule as shipped.
pub(super) fn rule(id: &str) -> Rule {
    RuleBook::shipped().get(id).expect(id).clone()
}

pub(super) fn trade(trade_id: i64, traded_at: i64) -> Trade {
    Trade {
        trade_id,
        traded_at,
        price: 10_000.0,
        size: 1.0,
        side: Side::Buy,
    }
}
