//! Judges an order book and takes its figures; pure.

use app::model::{Book, Level};

/// Levels kept on each side.
const KEPT_LEVELS: usize = 50;
/// Amount of the quote currency whose cost is told.
const COST_OF: f64 = 100_000.0;
/// Violations that are told for each side; the rest are more of the same.
const MAX_REASONS: usize = 3;
const LEVELS: &str = "book.levels";
const CROSSED: &str = "book.crossed";

/// Judges a book and takes its figures. A bid equal to the ask is allowed: the book is locked, not crossed.
///
/// # Errors
/// Every hard rule the book breaks, by check id, with the reason in words.
pub fn book_figures(
    observed_at: i64,
    bids: &[Level],
    asks: &[Level],
) -> Result<Book, Vec<(&'static str, String)>> {
    let mut broken = side_violations("bid", bids, |before, next| before > next);
    broken.extend(side_violations("ask", asks, |before, next| before < next));
    let (Some(best_bid), Some(best_ask)) = (bids.first(), asks.first()) else {
        return Err(broken);
    };
    let (best_bid, best_ask) = (best_bid.price, best_ask.price);
    if best_bid > best_ask {
        let reason = format!("best bid {best_bid} is above best ask {best_ask}");
        broken.push((CROSSED, reason));
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let mid = f64::midpoint(best_bid, best_ask);
    let within = |levels: &[Level], bps: f64| -> f64 {
        // Distances are compared in units of the price: dividing first would move levels over the edge by rounding.
        let reach = mid * bps / 10_000.0;
        levels
            .iter()
            .filter(|level| (level.price - mid).abs() <= reach)
            .map(|level| level.size)
            .sum()
    };
    let (bid_depth_50bps, ask_depth_50bps) = (within(bids, 50.0), within(asks, 50.0));
    let near = bid_depth_50bps + ask_depth_50bps;
    Ok(Book {
        observed_at,
        best_bid,
        best_ask,
        spread_bps: (best_ask - best_bid) / mid * 10_000.0,
        bid_depth_10bps: within(bids, 10.0),
        ask_depth_10bps: within(asks, 10.0),
        bid_depth_50bps,
        ask_depth_50bps,
        // Nothing near on either side: neither is heavier.
        imbalance: if near > 0.0 {
            (bid_depth_50bps - ask_depth_50bps) / near
        } else {
            0.0
        },
        buy_cost_bps: average_price(asks).map(|price| (price / mid - 1.0) * 10_000.0),
        sell_cost_bps: average_price(bids).map(|price| (1.0 - price / mid) * 10_000.0),
        bids: bids.iter().take(KEPT_LEVELS).copied().collect(),
        asks: asks.iter().take(KEPT_LEVELS).copied().collect(),
    })
}

/// What is wrong with the levels of one side; `in_order` tells whether one price may come before another.
fn side_violations(
    side: &str,
    levels: &[Level],
    in_order: fn(f64, f64) -> bool,
) -> Vec<(&'static str, String)> {
    if levels.is_empty() {
        return vec![(LEVELS, format!("no {side}s"))];
    }
    let positive = |number: f64| number.is_finite() && number > 0.0;
    let values = levels.iter().enumerate().filter_map(|(index, level)| {
        let Level { price, size } = *level;
        (!positive(price) || !positive(size))
            .then(|| format!("{side} {index}: {size} at {price} is not positive"))
    });
    let order = levels.windows(2).enumerate().filter_map(|(index, pair)| {
        let (before, next) = (pair[0].price, pair[1].price);
        (!in_order(before, next)).then(|| {
            let what = if before == next {
                "repeats"
            } else {
                "is not in order after"
            };
            format!("{side} {}: price {next} {what} {before}", index + 1)
        })
    });
    values
        .chain(order)
        .take(MAX_REASONS)
        .map(|reason| (LEVELS, reason))
        .collect()
}

/// Average price of trading [`COST_OF`] against the levels; `None` when they hold less.
fn average_price(levels: &[Level]) -> Option<f64> {
    let mut left = COST_OF;
    let mut traded = 0.0;
    for level in levels {
        let value = level.price * level.size;
        if value >= left {
            return Some(COST_OF / (traded + left / level.price));
        }
        left -= value;
        traded += level.size;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(pairs: &[(f64, f64)]) -> Vec<Level> {
        pairs
            .iter()
            .map(|&(price, size)| Level { price, size })
            .collect()
    }

    fn rules(bids: &[(f64, f64)], asks: &[(f64, f64)]) -> Vec<&'static str> {
        let result = book_figures(0, &levels(bids), &levels(asks));
        let broken = result.err().unwrap_or_default();
        broken.into_iter().map(|(rule, _)| rule).collect()
    }

    fn assert_close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn figures_are_those_computed_by_hand() {
        // Mid 1000: 10 bps are 1.0, 50 bps are 5.0.
        let bids = levels(&[(999.5, 20.0), (999.0, 30.0), (995.0, 60.0), (990.0, 500.0)]);
        let asks = levels(&[(1000.5, 40.0), (1002.0, 10.0), (1004.0, 100.0)]);
        let book = book_figures(7, &bids, &asks).unwrap();
        assert_eq!(
            (book.observed_at, book.best_bid, book.best_ask),
            (7, 999.5, 1000.5)
        );
        assert_close(book.spread_bps, 10.0);
        assert_close(book.bid_depth_10bps, 50.0);
        assert_close(book.ask_depth_10bps, 40.0);
        assert_close(book.bid_depth_50bps, 110.0);
        assert_close(book.ask_depth_50bps, 150.0);
        assert_close(book.imbalance, -40.0 / 260.0);
        // Buying: 40 × 1000.5 = 40,020, 10 × 1002 = 10,020, the remaining 49,960 at 1004.
        let bought = 50.0 + 49_960.0 / 1004.0;
        assert_close(
            book.buy_cost_bps.unwrap(),
            (100_000.0 / bought / 1000.0 - 1.0) * 10_000.0,
        );
        // Selling: 20 × 999.5 = 19,990, 30 × 999 = 29,970, the remaining 50,040 at 995.
        let sold = 50.0 + 50_040.0 / 995.0;
        assert_close(
            book.sell_cost_bps.unwrap(),
            (1.0 - 100_000.0 / sold / 1000.0) * 10_000.0,
        );
        assert_eq!((book.bids, book.asks), (bids, asks));
    }

    #[test]
    fn a_thin_book_has_no_cost() {
        let book =
            book_figures(0, &levels(&[(999.0, 100.0)]), &levels(&[(1001.0, 100.0)])).unwrap();
        assert_eq!(
            (book.sell_cost_bps, book.buy_cost_bps.is_some()),
            (None, true)
        );
    }

    #[test]
    fn a_locked_book_is_allowed_and_a_crossed_one_is_not() {
        let locked = book_figures(0, &levels(&[(10.0, 1.0)]), &levels(&[(10.0, 1.0)])).unwrap();
        assert_close(locked.spread_bps, 0.0);
        assert_eq!(rules(&[(10.1, 1.0)], &[(10.0, 1.0)]), [CROSSED]);
    }

    #[test]
    fn broken_levels_are_named() {
        let good = [(10.0, 1.0), (9.0, 1.0)];
        let ask = [(11.0, 1.0), (12.0, 1.0)];
        for (name, bids, asks) in [
            ("no bids", &[][..], &ask[..]),
            ("no asks", &good[..], &[][..]),
            ("bids not in order", &[(9.0, 1.0), (10.0, 1.0)], &ask),
            ("asks not in order", &good, &[(12.0, 1.0), (11.0, 1.0)]),
            ("repeated price", &[(10.0, 1.0), (10.0, 1.0)], &ask),
            ("zero size", &[(10.0, 0.0)], &ask),
            ("negative size", &[(10.0, -1.0)], &ask),
            ("negative price", &[(10.0, 1.0), (-1.0, 1.0)], &ask),
            ("size is no number", &good, &[(11.0, f64::NAN)]),
            (
                "infinite price",
                &good,
                &[(11.0, 1.0), (f64::INFINITY, 1.0)],
            ),
        ] {
            assert_eq!(rules(bids, asks), [LEVELS], "{name}");
        }
        assert!(rules(&[(f64::NAN, 1.0)], &ask).contains(&LEVELS));
        assert_eq!(rules(&[], &[]), [LEVELS, LEVELS]);
    }

    #[test]
    fn every_broken_rule_is_told_but_not_a_thousand_times() {
        let bids: Vec<(f64, f64)> = (0..1000).map(|_| (12.0, 0.0)).collect();
        assert_eq!(
            rules(&bids, &[(11.0, 1.0)]),
            [LEVELS, LEVELS, LEVELS, CROSSED]
        );
    }

    #[test]
    fn only_the_top_levels_are_kept() {
        let side = |step: f64| -> Vec<Level> {
            let pairs: Vec<(f64, f64)> = (1..=80)
                .map(|n| (1000.0 + step * f64::from(n), 1.0))
                .collect();
            levels(&pairs)
        };
        let book = book_figures(0, &side(-0.01), &side(0.01)).unwrap();
        assert_eq!((book.bids.len(), book.asks.len()), (50, 50));
        assert_close(book.bid_depth_50bps, 80.0);
    }
}
