//! Trades from memory, taken as those of a stream are: hard rules, known numbers, missing numbers. For backtests.

use app::model::Trade;

use super::{
    judge,
    numbers::Numbers,
    recent::{Known, Recent},
};
use crate::quality::live::event::{Contract, Event, What};

/// What is remembered of the trades.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Trial {
    recent: Recent,
    numbers: Numbers,
}

impl Trial {
    /// What checks are told of a trade.
    pub(in crate::pipeline) fn trade(&mut self, trade: &Trade, at: i64) -> Vec<What> {
        let stamped = What::Stamped {
            exchange_at: trade.traded_at,
        };
        if let Err(reason) = judge::trade(trade, at) {
            let rejected = What::Rejected {
                rules: vec!["trade.contract"],
                raw: String::new(),
                reason,
            };
            return vec![stamped, rejected];
        }
        let seen = match self.recent.add(trade) {
            Known::New => What::Traded { trade: *trade },
            Known::Same => What::Repeated {
                trade: *trade,
                differs_from: None,
            },
            Known::Other(price, size) => What::Repeated {
                trade: *trade,
                differs_from: Some((price, size)),
            },
        };
        self.numbers.note(trade.trade_id, trade.traded_at, at);
        let read = What::Read {
            contract: Contract::Trade,
            rows: 1,
        };
        vec![stamped, read, seen]
    }

    /// Numbers that stayed missing.
    pub(in crate::pipeline) fn missing(&mut self, now_ms: i64) -> Vec<Event> {
        self.numbers
            .due(now_ms)
            .into_iter()
            .map(|hole| Event {
                at: now_ms,
                what: What::Missing {
                    from: hole.from.0,
                    to: hole.to.0,
                },
            })
            .collect()
    }
}
