//! Which candle the pointer means.

use crate::model::Bar;

/// Index of the candle whose middle is nearest to a time; the bars are in the order of time.
#[must_use]
pub fn nearest(bars: &[Bar], step_ms: i64, at: f64) -> Option<usize> {
    let middle = |bar: &Bar| bar.opened_at as f64 + step_ms as f64 / 2.0;
    let after = bars.partition_point(|bar| middle(bar) < at);
    let candidates = [after.checked_sub(1), Some(after)];
    candidates
        .into_iter()
        .flatten()
        .filter_map(|index| Some((index, (middle(bars.get(index)?) - at).abs())))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}

/// The candle's own price nearest to the pointer's: the crosshair clings to it.
#[must_use]
pub fn magnet(bar: &Bar, price: f64) -> f64 {
    [bar.open, bar.high, bar.low, bar.close]
        .into_iter()
        .min_by(|a, b| (a - price).abs().total_cmp(&(b - price).abs()))
        .unwrap_or(bar.close)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chart::testing::bar;

    proptest! {
        #[test]
        fn no_other_candle_is_nearer(opened in prop::collection::btree_set(0i64..10_000, 0..40), at in -1e4..2e4f64) {
            let bars: Vec<_> = opened.iter().map(|minute| bar(minute * 60_000, [1.0; 4])).collect();
            let at = at * 60_000.0;
            let distance = |bar: &Bar| (bar.opened_at as f64 + 30_000.0 - at).abs();
            match nearest(&bars, 60_000, at) {
                None => prop_assert!(bars.is_empty()),
                Some(found) => prop_assert!(bars.iter().all(|bar| distance(bar) >= distance(&bars[found]))),
            }
        }
    }

    #[test]
    fn the_magnet_clings_to_the_nearest_of_four_prices() {
        let bar = bar(0, [10.0, 20.0, 5.0, 15.0]);
        for (price, expected) in [(9.0, 10.0), (99.0, 20.0), (0.0, 5.0), (14.0, 15.0)] {
            assert_eq!(magnet(&bar, price), expected);
        }
    }
}
