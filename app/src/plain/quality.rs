//! The Quality page but for its alerts: results of the checks, rows set apart, files; and one alert in detail.

mod alert;
mod checks;
mod landings;
mod quarantine;

pub use alert::detail;

use super::shell::part;
use crate::{
    format,
    model::{CheckVm, Pipeline, QualityPageVm, QualityVm},
    pages::quality::filter::pipeline_of,
};

/// The page's data; `pipeline` limits the checks to those of one.
#[must_use]
pub fn page(vm: QualityVm, pipeline: Option<Pipeline>) -> QualityPageVm {
    let now = vm.server_now;
    let takes =
        |check: &CheckVm| pipeline.is_none_or(|pipeline| pipeline_of(&check.entity) == pipeline);
    let shown: Vec<CheckVm> = vm
        .checks
        .iter()
        .filter(|check| takes(check))
        .cloned()
        .collect();
    let set_apart = format!(
        "{} rows in all, newest {} shown",
        format::integer(vm.quarantined),
        format::integer(vm.quarantine.len() as i64)
    );
    QualityPageVm {
        server_now: now,
        seq: vm.seq,
        verdict: vm.verdict,
        alerts: vm.alerts,
        checks: (
            format!("{} results", format::integer(vm.checks.len() as i64)),
            part(|| checks::checks(&shown, now)),
        ),
        quarantine: (
            set_apart,
            part(|| quarantine::quarantine(vm.quarantine, now)),
        ),
        landings: part(|| landings::landings(vm.landings, now)),
    }
}
