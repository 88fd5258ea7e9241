//! Runs of equal closes are held against the candles of other venues.

use crate::{
    quality::{elsewhere::furthest_bps, watch::Watch},
    store::{SeriesKey, StoreError, Tx, candle::closes_elsewhere},
};

/// Asks how other venues moved in each run that is only wrong if they did; one query for a run, and runs are few.
///
/// # Errors
/// When the database fails.
pub async fn hold_against_others(
    tx: &mut Tx,
    key: &SeriesKey,
    watch: &mut Watch,
) -> Result<(), StoreError> {
    let runs = watch.runs();
    let mut elsewhere = Vec::with_capacity(runs.len());
    for (from, to) in runs {
        let candles = (to - from) / key.step_ms.max(1) + 1;
        let moves = closes_elsewhere(tx, key, (from, to)).await?;
        // the newest minutes of others may still be on their way
        elsewhere.push(furthest_bps(&moves, candles / 2));
    }
    watch.hold_against(&elsewhere);
    Ok(())
}
