//! By what the candles of a series are judged.

use std::sync::Arc;

use app::model::Pipeline;

use crate::{
    quality::{
        rule::RuleBook,
        watch::{CandleRules, Watch},
    },
    refine::clean::{Broken, CandleRow},
    source::venue::facts_of,
};

/// The rules for the candles of a landing: taken once, so that one result comes of one set of rules.
#[derive(Debug, Clone)]
pub struct Judging {
    /// All rules.
    pub book: Arc<RuleBook>,
    rules: Arc<CandleRules>,
    is_filled: bool,
    excluded: Vec<(i64, i64)>,
}

impl Judging {
    /// By these rules. A venue that is polled reports every minute, traded or not, unless its documentation says that it
    /// leaves out quiet ones; who wrote a file may always have left some out.
    #[must_use]
    pub fn new(book: Arc<RuleBook>, venue: &str, pipeline: Pipeline) -> Self {
        let lists_all = facts_of(venue).is_none_or(|facts| facts.lists_all_minutes);
        Self {
            rules: CandleRules::of(&book),
            book,
            is_filled: pipeline == Pipeline::Live && lists_all,
            excluded: Vec::new(),
        }
    }

    /// The candles of these stretches (first and last time, in milliseconds) are left out of baselines.
    #[must_use]
    pub fn without(mut self, ranges: Vec<(i64, i64)>) -> Self {
        self.excluded = ranges;
        self
    }

    /// A watch that has seen nothing.
    pub(in crate::pipeline) fn watch(&self, step_ms: i64) -> Watch {
        Watch::new(self.rules.clone(), step_ms, self.is_filled).without(&self.excluded)
    }

    /// The hard rules for a landing that was received at that time.
    pub(super) fn hard(
        &self,
        step_ms: i64,
        received_at: i64,
    ) -> impl Fn(&[CandleRow]) -> Vec<Broken> + use<> {
        let rules = self.rules.clone();
        move |rows| rules.broken_among(rows, |row| &row.candle, step_ms, received_at)
    }
}

#[cfg(test)]
mod tests {
    use app::model::{Candle, MINUTE_MS};

    use super::*;

    #[test]
    fn a_quiet_minute_is_a_gap_only_where_the_venue_lists_it() {
        let failed = |venue: &str, pipeline| {
            let judging = Judging::new(RuleBook::shipped().clone(), venue, pipeline);
            let mut watch = judging.watch(MINUTE_MS);
            for minute in [0, 1, 4] {
                let _ = watch.push(&Candle {
                    opened_at: 1_514_764_800_000 + minute * MINUTE_MS,
                    open: 100.0,
                    high: 100.0,
                    low: 100.0,
                    close: 100.0,
                    volume: 1.0,
                    quote_volume: None,
                    trades: None,
                    is_final: true,
                    flags: 0,
                });
            }
            watch.tally("candle.gap").map(|gap| gap.failed())
        };
        for venue in ["coinbase", "bitfinex", "simulator-coinbase"] {
            assert_eq!(failed(venue, Pipeline::Live), Some(0), "{venue}");
        }
        for venue in ["binance", "kraken", "bitstamp"] {
            assert_eq!(failed(venue, Pipeline::Live), Some(1), "{venue}");
            assert_eq!(failed(venue, Pipeline::Batch), Some(0), "{venue}");
        }
    }
}
