//! Findings of a watch, row by row: what its tallies grew by.

use app::model::{Candle, Severity};

use super::Series;
use crate::quality::{
    backtest::Finding,
    rule::RuleBook,
    tally::Tally,
    watch::{Judgement, Watch},
};

/// Checks of a watch.
const WATCHED: [&str; 8] = [
    "candle.extreme_move",
    "candle.gap",
    "candle.open_jump",
    "candle.price_sanity",
    "candle.range",
    "candle.spike_reversal",
    "candle.stale_close",
    "candle.zero_volume_flat",
];

/// A watch whose findings are told one by one.
#[derive(Debug)]
pub(super) struct Told {
    watch: Watch,
    counts: Vec<(&'static str, [i64; 3])>,
}

impl Told {
    pub(super) fn new(series: Series<'_>, _book: &RuleBook) -> Self {
        Self {
            watch: if series.is_filled {
                Watch::of_filled(series.step_ms)
            } else {
                Watch::new(series.step_ms)
            },
            counts: WATCHED.iter().map(|id| (*id, [0; 3])).collect(),
        }
    }

    /// Judges the next candle, whose true time is `at`.
    pub(super) fn push(
        &mut self,
        candle: &Candle,
        at: i64,
        findings: &mut Vec<Finding>,
    ) -> Judgement {
        let judgement = self.watch.push(candle);
        for (check_id, before) in &mut self.counts {
            let now = self.watch.tallies.get(check_id).map_or([0; 3], counts);
            if now == *before {
                continue;
            }
            let severity = [Severity::Critical, Severity::Error, Severity::Warn]
                .into_iter()
                .zip([2, 1, 0])
                .find(|(_, place)| now[*place] > before[*place])
                .map_or(Severity::Warn, |(severity, _)| severity);
            findings.push(Finding {
                check_id,
                at,
                severity,
            });
            *before = now;
        }
        judgement
    }
}

const fn counts(tally: &Tally) -> [i64; 3] {
    [tally.warn, tally.error, tally.critical]
}
