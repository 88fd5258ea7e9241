//! Results of checks into the store, and what follows for alerts.

use app::model::{AlertEventVm, Outcome, Pipeline};

use super::{
    alerting::{
        change::follow,
        settle::{Reach, settle},
    },
    candles::CandleWork,
};
use crate::{
    quality::{
        alert::Patience,
        outcome::{hard_rules, watched},
        rule::{Rule, RuleBook, state_of},
        tally::Tally,
    },
    store::{StoreError, Tx, check::store_result},
};

/// Stores results and moves their alerts, in the transaction of the rows they judge. The transitions are to be told to
/// the hub after the commit. Alerts wait as long as `patience` or their rule says, whichever is longer; results of a
/// landing, which is judged once, do not wait.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &mut Tx,
    rules: &RuleBook,
    outcomes: &[Outcome],
    landing_id: Option<i64>,
    patience: Patience,
    now_ms: i64,
) -> Result<Vec<AlertEventVm>, StoreError> {
    let of_file = landing_id.is_some();
    let mut changes = Vec::new();
    for outcome in outcomes {
        store_result(tx, outcome, landing_id, of_file, now_ms).await?;
        let patience = match rules.get(outcome.check_id).filter(|_| !of_file) {
            Some(rule) => patience.at_least(rule.patience),
            None => patience,
        };
        changes.extend(follow(tx, rules, outcome, patience, now_ms).await?);
    }
    settle(tx, rules, changes, Reach::Changed, now_ms).await
}

/// Every result about the candles of a file, by the rules in force.
#[must_use]
pub fn of_file(entity: &str, work: &CandleWork) -> Vec<Outcome> {
    let book = work.book();
    let mut outcomes = hard_rules(
        entity,
        Pipeline::Batch,
        false,
        book,
        &work.counts,
        &work.rejects,
    );
    outcomes.extend(watched(entity, Pipeline::Batch, &work.watch));
    let mut add = |id, judge: fn(&Rule, &str, &CandleWork) -> Outcome| {
        let rule = book.enabled(id);
        outcomes.extend(rule.map(|rule| judge(rule, entity, work)));
    };
    add("candle.order", order);
    add("candle.dup_same", repeated);
    add("rec.restated", restated_in_file);
    if work.dates.tested > 0 {
        add("candle.date_disagrees", dates);
    }
    if work.dropped.total() > 0 {
        add("candle.no_price", no_price);
    }
    outcomes
}

/// Unix time is taken; a date that contradicts it says that somebody converted one of them wrongly.
fn dates(rule: &Rule, entity: &str, work: &CandleWork) -> Outcome {
    let Tally { tested, warn, .. } = work.dates;
    let words = format!("in all {tested} rows the date agrees with the Unix time");
    let pass = rule.passed(entity, Pipeline::Batch, tested, words);
    if warn == 0 {
        return pass;
    }
    Outcome {
        state: state_of(Some(rule.severity)),
        failed: warn,
        value: Some(warn as f64 / tested as f64),
        summary: format!(
            "in {warn} of {tested} rows the date says another time than the Unix time, which was taken"
        ),
        evidence: work.dates.evidence.clone(),
        ..pass
    }
}

/// Lines that are no rows are dropped: a number to know, no fault.
fn no_price(rule: &Rule, entity: &str, work: &CandleWork) -> Outcome {
    let dropped = work.dropped;
    let summary = format!(
        "{} rows with a time and no price mark gaps and were dropped, as were {} repeated headers and {} blank lines",
        dropped.no_price, dropped.headers, dropped.blank
    );
    let lines = work.counts.rows + dropped.total();
    Outcome {
        value: Some(dropped.no_price as f64),
        ..rule.passed(entity, Pipeline::Batch, lines, summary)
    }
}

/// A file whose prices look computed.
#[must_use]
pub fn synthetic(rule: &Rule, entity: &str, rows: i64) -> Outcome {
    let words =
        "12 or more decimals on every price, at a level Bitcoin did not have then".to_owned();
    Outcome {
        state: state_of(Some(rule.severity)),
        failed: rows,
        ..rule.passed(entity, Pipeline::Batch, rows, words)
    }
}

/// A file that runs backwards as a whole is in order; one that jumps is not.
fn order(rule: &Rule, entity: &str, work: &CandleWork) -> Outcome {
    let (rows, breaks) = (work.counts.rows, work.out_of_order);
    let backwards = breaks * 10 >= rows * 9 && rows > 1;
    let summary = match breaks {
        0 => "rows come in time order".to_owned(),
        _ if backwards => "rows come newest first".to_owned(),
        _ => format!("{breaks} of {rows} rows are earlier than the row before them"),
    };
    let pass = rule.passed(entity, Pipeline::Batch, rows, summary);
    if breaks == 0 || backwards {
        return pass;
    }
    Outcome {
        state: state_of(Some(rule.severity)),
        failed: breaks,
        ..pass
    }
}

/// Repeated rows are dropped: a number to know, no fault.
fn repeated(rule: &Rule, entity: &str, work: &CandleWork) -> Outcome {
    let dropped = work.counts.deduplicated;
    let summary = format!("{dropped} rows repeat what was there and were dropped");
    Outcome {
        value: Some(dropped as f64),
        ..rule.passed(entity, Pipeline::Batch, work.counts.rows, summary)
    }
}

fn restated_in_file(rule: &Rule, entity: &str, work: &CandleWork) -> Outcome {
    restated(rule, entity, Pipeline::Batch, work)
}

/// Final candles that got other values.
#[must_use]
pub fn restated(rule: &Rule, entity: &str, pipeline: Pipeline, work: &CandleWork) -> Outcome {
    let changed = work.restated.warn;
    let rows = work.counts.rows;
    if changed == 0 {
        return rule.passed(
            entity,
            pipeline,
            rows,
            "no final candle was changed".to_owned(),
        );
    }
    let summary =
        format!("{changed} final candles have other values now; the older ones are kept beside");
    Outcome {
        state: state_of(Some(rule.severity)),
        failed: changed,
        evidence: work.restated.evidence.clone(),
        ..rule.passed(entity, pipeline, rows, summary)
    }
}
