//! Buckets without a candle, as spans of time.
//!
//! The time axis is true: a missing bucket keeps its width, and the chart says that and how long data is missing.

use crate::model::{Bar, bucket_start};

/// A span without candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Start of the first missing bucket.
    pub from: i64,
    /// End of the last missing bucket.
    pub to: i64,
}

/// Missing buckets within `covered` (start and end of the time the series has data for). Time in `unknown` is not
/// judged: nothing has been loaded for it yet. The bars are in the order of time.
#[must_use]
pub fn gaps(bars: &[Bar], step_ms: i64, covered: (i64, i64), unknown: &[(i64, i64)]) -> Vec<Gap> {
    let step_ms = step_ms.max(1);
    let mut found = Vec::new();
    let mut expected = bucket_start(covered.0, step_ms);
    let mut push = |from: i64, to: i64| {
        if from < to {
            subtract(Gap { from, to }, unknown, &mut found);
        }
    };
    for bar in bars {
        if bar.opened_at >= covered.1 {
            break;
        }
        push(expected, bar.opened_at);
        expected = expected.max(bar.opened_at.saturating_add(step_ms));
    }
    push(expected, covered.1);
    found
}

fn subtract(gap: Gap, unknown: &[(i64, i64)], found: &mut Vec<Gap>) {
    let mut rest = vec![gap];
    for &(from, to) in unknown {
        rest = rest
            .into_iter()
            .flat_map(|gap| {
                [
                    Gap {
                        from: gap.from,
                        to: gap.to.min(from),
                    },
                    Gap {
                        from: gap.from.max(to),
                        to: gap.to,
                    },
                ]
            })
            .filter(|gap| gap.from < gap.to)
            .collect();
    }
    found.extend(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chart::testing::bar;

    const MINUTE: i64 = 60_000;

    fn minutes(of: &[i64]) -> Vec<Bar> {
        of.iter()
            .map(|minute| bar(minute * MINUTE, [1.0; 4]))
            .collect()
    }

    fn found(bars: &[i64], covered: (i64, i64), unknown: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let unknown: Vec<_> = unknown
            .iter()
            .map(|(from, to)| (from * MINUTE, to * MINUTE))
            .collect();
        gaps(
            &minutes(bars),
            MINUTE,
            (covered.0 * MINUTE, covered.1 * MINUTE),
            &unknown,
        )
        .into_iter()
        .map(|gap| (gap.from / MINUTE, gap.to / MINUTE))
        .collect()
    }

    #[test]
    fn missing_minutes_are_found_where_they_are() {
        assert_eq!(found(&[0, 1, 2], (0, 3), &[]), []);
        assert_eq!(found(&[0, 1, 5], (0, 6), &[]), [(2, 5)]);
        assert_eq!(found(&[2, 3], (0, 6), &[]), [(0, 2), (4, 6)]);
        assert_eq!(found(&[], (0, 6), &[]), [(0, 6)]);
        assert_eq!(found(&[], (6, 0), &[]), []);
    }

    #[test]
    fn what_is_not_loaded_is_no_gap() {
        assert_eq!(found(&[0, 9], (0, 10), &[(3, 6)]), [(1, 3), (6, 9)]);
        assert_eq!(found(&[0, 9], (0, 10), &[(0, 20)]), []);
    }

    proptest! {
        #[test]
        fn every_bucket_is_a_candle_or_in_a_gap(present in prop::collection::btree_set(0i64..200, 0..100)) {
            let present: Vec<_> = present.into_iter().collect();
            let gaps = found(&present, (0, 200), &[]);
            for minute in 0..200 {
                let missing = gaps.iter().any(|(from, to)| (*from..*to).contains(&minute));
                prop_assert_eq!(missing, !present.contains(&minute));
            }
        }
    }
}
