//! Rules on trial: the code that judges files and live answers, over data in memory, with and without faults. Blocking,
//! but for what reads the store.
//!
//! `candles` judges rows as ingest does, `recall` puts faults in and looks which were found, `source` gets candles from
//! a file or from silver, `record` measures all rules for the published table. `days` judges hours and days, `across` one
//! venue against another, `sides` live against batch and bars against minutes; `stream` trades and books, `minutes` the
//! candles that trades make, `quotes` tickers, `rows` a rule that is tried on stored trades, quotes or books.

mod across;
pub mod candles;
pub mod days;
mod minutes;
mod quotes;
pub mod recall;
pub mod record;
mod rows;
mod sides;
pub mod source;
pub mod stream;
pub mod trial;
mod watched;

use app::model::{Candle, RecordVm};

use crate::quality::{
    backtest::{Judged, Scaled, alone, record_of, suggest},
    inject::Fault,
    rule::{Rule, RuleBook},
};
use candles::judge_rows;
use recall::recall_on;

/// Candles of one series in time order.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// The rows.
    pub rows: &'a [Candle],
    /// Interval of one.
    pub step_ms: i64,
    /// True if the source leaves out no minute, not even one without trades.
    pub is_filled: bool,
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Name of the data in the records.
    pub corpus: &'a str,
    /// Faults to put in.
    pub faults: &'a [Fault],
    /// How many of each.
    pub count: usize,
    /// Seed of the faults.
    pub seed: u64,
}

/// One record for each of the rules, on one series. `progress` is told what is done, from 0 to 1.
pub fn measure(
    rules: &[&Rule],
    book: &RuleBook,
    series: Series<'_>,
    wanted: &Wanted<'_>,
    progress: &dyn Fn(f64),
) -> (Judged, Vec<RecordVm>) {
    let quiet = judge_rows(series, book);
    let mut records: Vec<RecordVm> = rules
        .iter()
        .map(|rule| record_of(rule, wanted.corpus, &quiet))
        .collect();
    let parts = wanted.faults.len() as f64 + 1.0;
    progress(1.0 / parts);
    for (done, fault) in wanted.faults.iter().enumerate() {
        let recalls = recall_on(rules, book, series, *fault, wanted, &quiet);
        for (record, recall) in records.iter_mut().zip(recalls) {
            record.recall.push(recall);
        }
        progress((done as f64 + 2.0) / parts);
    }
    (quiet, records)
}

/// Limits of a rule for a budget of alerts a day on a series.
#[must_use]
pub fn suggest_on(rule: &Rule, series: Series<'_>, budget: f64) -> Option<Scaled> {
    suggest(rule, budget, |changed| {
        record_of(changed, "", &judge_rows(series, &alone(changed))).alerts_per_day
    })
}
