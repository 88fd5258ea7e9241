//! Faults put into stretches of a series, and which rules found them.

use app::model::{Candle, RecallVm};

use super::{Series, Wanted, candles::judge};
use crate::quality::{
    backtest::{Judged, recall_vm},
    inject::{APART, Fault, Injected, Plan, inject},
    rule::{Rule, RuleBook},
};

/// Rows in which the place of a fault is chosen by lot.
const CHOICE: usize = 64;

/// What each of the rules found of one kind of fault. Each fault goes into a stretch of its own that is long enough for
/// every baseline, so that judging costs by the number of faults and not by the length of the series.
pub(super) fn recall_on(
    rules: &[&Rule],
    book: &RuleBook,
    series: Series<'_>,
    fault: Fault,
    wanted: &Wanted<'_>,
    quiet: &Judged,
) -> Vec<RecallVm> {
    let (faults, faulty) = faulty(series, book, fault, wanted);
    rules
        .iter()
        .map(|rule| RecallVm {
            fault: fault.as_str().to_owned(),
            ..recall_vm(rule, &faults, &faulty, quiet)
        })
        .collect()
}

fn faulty(
    series: Series<'_>,
    book: &RuleBook,
    fault: Fault,
    wanted: &Wanted<'_>,
) -> (Vec<Injected>, Judged) {
    let mut faults = Vec::new();
    let mut judged = Judged::default();
    for (rows, seed) in stretches(series.rows, fault, wanted.count).zip(wanted.seed..) {
        let plan = Plan {
            fault,
            count: 1,
            seed,
        };
        let made = inject(rows, &plan);
        if made.faults.is_empty() {
            continue;
        }
        let stretch = judge(&made, Series { rows, ..series }, book);
        judged.findings.extend(stretch.findings);
        judged.rows += stretch.rows;
        faults.extend(made.faults);
    }
    (faults, judged)
}

/// As many stretches as there are faults, spread evenly and apart from each other.
fn stretches(rows: &[Candle], fault: Fault, count: usize) -> impl Iterator<Item = &[Candle]> {
    let length = 3 * APART + fault.rows() + CHOICE;
    let count = count.min(rows.len() / length);
    let every = rows.len().checked_div(count).unwrap_or(0);
    (0..count).filter_map(move |number| rows.get(number * every..number * every + length))
}
