//! Results of checks into the store, and what follows for alerts.

use app::model::{AlertEventVm, CheckState, Pipeline};

use super::candles::CandleWork;
use crate::{
    quality::{
        alert::Patience,
        outcome::{Outcome, hard_rules, watched},
    },
    store::{StoreError, Tx, alert::move_alert, check::store_result},
};

/// Stores results and moves their alerts, in the transaction of the rows they judge. The transitions are to be told to
/// the hub after the commit.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &mut Tx,
    outcomes: &[Outcome],
    landing_id: Option<i64>,
    patience: Patience,
    now_ms: i64,
) -> Result<Vec<AlertEventVm>, StoreError> {
    let of_file = landing_id.is_some();
    let mut events = Vec::new();
    for outcome in outcomes {
        store_result(tx, outcome, landing_id, of_file, now_ms).await?;
        events.extend(move_alert(tx, outcome, patience, now_ms).await?);
    }
    Ok(events)
}

/// Every result about the candles of a file.
#[must_use]
pub fn of_file(entity: &str, work: &CandleWork) -> Vec<Outcome> {
    let mut outcomes = hard_rules(entity, Pipeline::Batch, false, &work.counts, &work.rejects);
    outcomes.extend(watched(entity, Pipeline::Batch, &work.watch));
    outcomes.push(order(entity, work));
    outcomes.push(repeated(entity, work));
    outcomes.push(restated(entity, Pipeline::Batch, work));
    outcomes
}

/// A file that runs backwards as a whole is in order; one that jumps is not.
fn order(entity: &str, work: &CandleWork) -> Outcome {
    let (rows, breaks) = (work.counts.rows, work.out_of_order);
    let backwards = breaks * 10 >= rows * 9 && rows > 1;
    let summary = match breaks {
        0 => "rows come in time order".to_owned(),
        _ if backwards => "rows come newest first".to_owned(),
        _ => format!("{breaks} of {rows} rows are earlier than the row before them"),
    };
    let pass = Outcome::pass("candle.order", entity, Pipeline::Batch, rows, summary);
    if breaks == 0 || backwards {
        pass
    } else {
        Outcome {
            state: CheckState::Warn,
            failed: breaks,
            ..pass
        }
    }
}

/// Repeated rows are dropped: a number to know, no fault.
fn repeated(entity: &str, work: &CandleWork) -> Outcome {
    let summary = format!(
        "{} rows repeat what was there and were dropped",
        work.counts.deduplicated
    );
    Outcome {
        value: Some(work.counts.deduplicated as f64),
        ..Outcome::pass(
            "candle.dup_same",
            entity,
            Pipeline::Batch,
            work.counts.rows,
            summary,
        )
    }
}

/// Final candles that got other values.
#[must_use]
pub fn restated(entity: &str, pipeline: Pipeline, work: &CandleWork) -> Outcome {
    let changed = work.restated.warn;
    let summary =
        format!("{changed} final candles have other values now; the older ones are kept beside");
    let pass = Outcome::pass(
        "candle.restated",
        entity,
        pipeline,
        work.counts.rows,
        summary,
    );
    if changed == 0 {
        return Outcome {
            summary: "no final candle was changed".to_owned(),
            ..pass
        };
    }
    Outcome {
        state: CheckState::Warn,
        failed: changed,
        evidence: work.restated.evidence.clone(),
        ..pass
    }
}
