//! Faults that were found.

use app::model::{DAY_MS, MINUTE_MS, RecallVm};

use crate::quality::{
    inject::Injected,
    rule::{Kind, Rule},
};

/// How long after the last faulty row a finding still belongs to the fault.
#[must_use]
pub fn tolerance_ms(rule: &Rule) -> i64 {
    match rule.kind {
        // two buckets may have to be low
        Kind::Seasonal => 3 * rule.number("bucket") as i64,
        // whole days are judged
        Kind::Drift | Kind::Rollup => DAY_MS,
        Kind::Reconcile if rule.dataset == "candle" => DAY_MS,
        Kind::CrossVenue if rule.limits.is_empty() => DAY_MS,
        Kind::Volume | Kind::Delay | Kind::Count => rule.number("within") as i64 + MINUTE_MS,
        // the next row shows it, and one may be missing between
        _ => 2 * MINUTE_MS,
    }
}

/// What was found, by the times of the findings, ascending.
#[must_use]
pub fn recall_of(faults: &[Injected], times: &[i64], tolerance_ms: i64) -> RecallVm {
    let mut delays: Vec<i64> = faults
        .iter()
        .filter_map(|fault| {
            let from = times.partition_point(|at| *at < fault.first_at);
            let at = times.get(from)?;
            (*at <= fault.last_at + tolerance_ms).then_some(at - fault.first_at)
        })
        .collect();
    delays.sort_unstable();
    let (injected, found) = (faults.len() as i64, delays.len() as i64);
    RecallVm {
        fault: faults
            .first()
            .map_or("", |fault| fault.fault.as_str())
            .to_owned(),
        injected,
        found,
        recall: if injected > 0 {
            found as f64 / injected as f64
        } else {
            0.0
        },
        delay_ms: delays.get(delays.len() / 2).copied().unwrap_or(0),
    }
}
