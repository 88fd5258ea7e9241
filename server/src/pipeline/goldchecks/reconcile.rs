//! Live against batch over whole days.

use app::model::{Outcome, Pipeline};

use crate::{
    quality::{
        reconcile::{compare, live_vs_batch},
        rule::{Rule, RuleBook},
    },
    store::{
        StoreError, Tx,
        reconcile::{batch_cover, compared_days, live_cover, replace_days, restated_sides, sides},
    },
};

use super::series::Series;

/// Rule of the comparison.
pub(super) const RULE: &str = "rec.live_vs_batch";

/// Compares whole days anew and keeps what came of it.
pub(super) async fn refresh(
    tx: &mut Tx,
    book: &RuleBook,
    series: &Series,
    range: (i64, i64),
) -> Result<(), StoreError> {
    let Some(rule) = book.enabled(RULE) else {
        return Ok(());
    };
    let of = (series.instrument.as_str(), series.venue.as_str());
    let batch = sides(tx, series.names, Pipeline::Batch, range).await?;
    let batch_cover = batch_cover(tx, series.names, of, range).await?;
    let is_alone = batch.is_empty() && batch_cover.there.is_empty();
    let live = match is_alone {
        true => Vec::new(),
        false => sides(tx, series.names, Pipeline::Live, range).await?,
    };
    let live_cover = live_cover(tx, series.names, range).await?;
    let mut compared = compare(rule, of, (&live, &live_cover), (&batch, &batch_cover));
    compared.add_restated(&restated_sides(tx, series.names, range).await?);
    replace_days(
        tx,
        series.names,
        range,
        &compared.days,
        &compared.differences,
    )
    .await
}

/// The result over what is kept of these days.
pub(super) async fn outcome(
    tx: &mut Tx,
    rule: &Rule,
    series: &Series,
    (entity, pipeline): (&str, Pipeline),
    range: (i64, i64),
) -> Result<Outcome, StoreError> {
    let (days, differences) =
        compared_days(tx, series.names, range, rule.samples.max(1) as i64).await?;
    Ok(live_vs_batch(rule, entity, pipeline, &days, &differences))
}
