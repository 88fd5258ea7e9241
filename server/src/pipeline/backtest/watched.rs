//! Findings of a watch, row by row: what its tallies grew by.

use std::sync::Arc;

use app::model::{Candle, Severity};

use super::Series;
use crate::quality::{
    backtest::Finding,
    tally::Tally,
    watch::{CandleRules, Judgement, Watch},
};

/// A watch whose findings are told one by one.
#[derive(Debug)]
pub(super) struct Told {
    watch: Watch,
    counts: Vec<[i64; 3]>,
}

impl Told {
    pub(super) fn new(series: Series<'_>, rules: Arc<CandleRules>) -> Self {
        let watch = Watch::new(rules, series.step_ms, series.is_filled);
        Self {
            counts: watch.tallies().map(|_| [0; 3]).collect(),
            watch,
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
        for ((check_id, tally), before) in self.watch.tallies().zip(&mut self.counts) {
            let now = counts(tally);
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
