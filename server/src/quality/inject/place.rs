//! Where faults go: spread over the data, so far apart that none is in the baseline of another.

use rand::{Rng, RngExt};

use super::Plan;

/// Rows before the first fault and between two of them: more than the longest baseline of 120 rows.
pub const APART: usize = 150;
/// Tries to find a row in a slot that can take the fault.
const TRIES: usize = 50;

/// First rows of the faults, ascending: one in each of as many equal slots as there is room for.
pub(super) fn places(
    rows: usize,
    plan: &Plan,
    rng: &mut impl Rng,
    fits: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let length = plan.fault.rows();
    let Some(room) = rows.checked_sub(2 * APART) else {
        return Vec::new();
    };
    let count = plan.count.min(room / (APART + length));
    if count == 0 {
        return Vec::new();
    }
    let slot = room / count;
    (0..count)
        .filter_map(|number| {
            let from = APART + number * slot;
            let last = from + slot - APART - length;
            (0..TRIES)
                .map(|_| rng.random_range(from..=last))
                .find(|start| fits(*start))
        })
        .collect()
}
