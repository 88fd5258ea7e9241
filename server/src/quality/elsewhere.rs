//! Whether the market moved while a series stood still: a stale price is only wrong if other venues moved meanwhile.

/// Furthest that a venue moved, 10⁴ · ln(highest / lowest), in basis points; `None` if no venue has as many rows as are
/// needed to tell. Each venue: rows, lowest and highest price of the stretch.
#[must_use]
pub fn furthest_bps(venues: &[(i64, f64, f64)], needed: i64) -> Option<f64> {
    venues
        .iter()
        .filter(|(rows, ..)| *rows >= needed.max(2))
        .map(|(_, low, high)| 10_000.0 * (high / low).ln())
        .filter(|moved| moved.is_finite())
        .max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_venue_that_moved_most_counts_if_enough_is_known_of_it() {
        assert_eq!(furthest_bps(&[], 2), None);
        let venues = [(20, 100.0, 100.1), (20, 99.0, 99.0), (3, 50.0, 100.0)];
        let moved = furthest_bps(&venues, 10).unwrap();
        assert!((moved - 9.995).abs() < 0.001, "{moved}");
        assert_eq!(furthest_bps(&venues, 21), None);
        assert_eq!(furthest_bps(&[(5, 0.0, 1.0)], 2), None, "no price");
        assert_eq!(
            furthest_bps(&[(1, 1.0, 1.0)], 0),
            None,
            "one row does not move"
        );
    }
}
