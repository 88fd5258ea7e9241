//! The depth curve: how much stands in the book up to each price.

use std::fmt::Write as _;

use crate::{chart::label, model::Level};

/// Size of the drawing in its own units.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 110.0;

/// Steps of both sides as SVG paths.
#[derive(Debug, PartialEq)]
struct Curves {
    bids: String,
    asks: String,
    /// Base size of everything shown on each side.
    totals: (f64, f64),
}

/// Cumulated sizes from the middle outwards; `None` without two usable sides.
fn curves(bids: &[Level], asks: &[Level]) -> Option<Curves> {
    let usable =
        |level: &&Level| level.price.is_finite() && level.size.is_finite() && level.size >= 0.0;
    let sum_up = |levels: &[Level]| -> Vec<(f64, f64)> {
        levels
            .iter()
            .filter(usable)
            .scan(0.0, |sum, level| {
                *sum += level.size;
                Some((level.price, *sum))
            })
            .collect()
    };
    let (bids, asks) = (sum_up(bids), sum_up(asks));
    let (worst_bid, worst_ask) = (bids.last()?, asks.last()?);
    let middle = f64::midpoint(bids.first()?.0, asks.first()?.0);
    // The same distance on both sides, so that the slopes can be compared.
    let reach = (middle - worst_bid.0).max(worst_ask.0 - middle);
    let most = worst_bid.1.max(worst_ask.1);
    if !(reach > 0.0 && most > 0.0) {
        return None;
    }
    let path = |levels: &[(f64, f64)], edge: f64| {
        let x = |price: f64| ((price - middle) / reach + 1.0) / 2.0 * WIDTH;
        let mut path = String::new();
        let mut height = HEIGHT;
        for (place, (price, sum)) in levels.iter().enumerate() {
            let x = x(*price);
            // Writing to a string cannot fail.
            let _ = if place == 0 {
                write!(path, "M{x:.1} {HEIGHT}")
            } else {
                write!(path, "L{x:.1} {height:.1}")
            };
            height = HEIGHT - sum / most * (HEIGHT - 4.0);
            let _ = write!(path, "L{x:.1} {height:.1}");
        }
        let end = if levels
            .last()
            .is_some_and(|(price, _)| (price - middle).abs() >= reach)
        {
            levels.last().map_or(edge, |(price, _)| x(*price))
        } else {
            edge
        };
        let _ = write!(path, "L{end:.1} {height:.1}L{end:.1} {HEIGHT}Z");
        path
    };
    Some(Curves {
        bids: path(&bids, 0.0),
        asks: path(&asks, WIDTH),
        totals: (worst_bid.1, worst_ask.1),
    })
}

/// Draws the curve; nothing where a side is missing.
pub(super) fn depth(bids: &[Level], asks: &[Level]) -> String {
    let Some(Curves {
        bids,
        asks,
        totals: (bid, ask),
    }) = curves(bids, asks)
    else {
        return String::new();
    };
    format!(
        "<svg class=\"market-depth\" role=\"img\" aria-label=\"Depth of the order book: {} bid and {} asked in the levels \
         shown\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\"><path class=\"depth-bids\" d=\"{bids}\"/>\
         <path class=\"depth-asks\" d=\"{asks}\"/><path class=\"depth-middle\" d=\"M{} 0V{HEIGHT}\"/></svg>",
        label::volume(bid),
        label::volume(ask),
        WIDTH / 2.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(of: &[(f64, f64)]) -> Vec<Level> {
        of.iter()
            .map(|(price, size)| Level {
                price: *price,
                size: *size,
            })
            .collect()
    }

    #[test]
    fn sizes_add_up_outwards_on_both_sides() {
        let curves = curves(
            &levels(&[(99.0, 1.0), (98.0, 3.0)]),
            &levels(&[(101.0, 2.0), (102.0, 2.0)]),
        )
        .expect("two sides");
        assert_eq!(curves.totals, (4.0, 4.0));
        assert_eq!(
            curves.bids,
            "M80.0 110L80.0 83.5L0.0 83.5L0.0 4.0L0.0 4.0L0.0 110Z"
        );
        assert!(
            curves
                .asks
                .starts_with("M240.0 110L240.0 57.0L320.0 57.0L320.0 4.0")
        );
    }

    #[test]
    fn a_book_without_two_sides_has_no_curve() {
        let one = levels(&[(99.0, 1.0)]);
        let hostile = levels(&[(f64::NAN, 1.0), (1.0, f64::INFINITY)]);
        let empty = levels(&[]);
        for (bids, asks) in [
            (&one, &empty),
            (&empty, &empty),
            (&hostile, &hostile),
            (&one, &one),
        ] {
            assert_eq!(curves(bids, asks), None);
        }
    }
}
