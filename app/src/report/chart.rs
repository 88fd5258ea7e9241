//! The charts of the report, one file each.

pub(super) mod close;
pub(super) mod completeness;
pub(super) mod correlation;
pub(super) mod drawdown;
pub(super) mod event;
pub(super) mod months;
pub(super) mod news;
pub(super) mod profile;
pub(super) mod volatility;
pub(super) mod volume;

use super::{
    scale::{Scale, Time},
    thin::{Point, pieces, thin},
};
use crate::model::DAY_MS;

/// Units of a chart's width that share first, lowest, highest and last value of a line.
const STRETCH: f64 = 2.5;
/// Days without a value after which a line breaks.
const HOLE_MS: i64 = 4 * DAY_MS;

/// A line of daily values as pieces between holes, thinned.
fn daily(
    values: impl Iterator<Item = (i64, Option<f64>)>,
    time: Time,
    scale: Scale,
) -> Vec<Vec<Point>> {
    pieces(values, HOLE_MS)
        .into_iter()
        .map(|piece| {
            let points: Vec<Point> = piece
                .into_iter()
                .map(|(at, value)| (time.at(at), scale.at(value)))
                .collect();
            thin(&points, STRETCH)
        })
        .collect()
}
