//! Highest, lowest, largest.

use app::model::analysis::{DrawdownVm, GoldDay, LargestVm, RecordsVm};

use super::drawdown::drawdowns;

/// Entries of a list.
const TOP: usize = 10;
/// Drawdowns listed by depth.
const DEEPEST: usize = 5;

/// Records of a series in time order; `None` without days. Of equal values the earlier day stands first.
#[must_use]
pub fn records(days: &[GoldDay]) -> Option<RecordsVm> {
    let close = |day: &GoldDay| Some(day.close);
    let falls = drawdowns(days);
    let mut deepest = falls.clone();
    deepest.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    deepest.truncate(DEEPEST);
    let longest = falls.iter().copied().reduce(
        |best: DrawdownVm, next| {
            if next.days > best.days { next } else { best }
        },
    );
    Some(RecordsVm {
        highest_close: largest(days, 1, close).pop()?,
        lowest_close: negated(largest(days, 1, |day| Some(-day.close))).pop()?,
        up_days: largest(days, TOP, |day| day.return_1.filter(|r| *r > 0.0)),
        down_days: negated(largest(days, TOP, |day| {
            day.return_1.filter(|r| *r < 0.0).map(|r| -r)
        })),
        volume_days: largest(days, TOP, |day| Some(day.volume).filter(|v| *v > 0.0)),
        deepest,
        longest,
    })
}

fn largest(
    days: &[GoldDay],
    count: usize,
    value: impl Fn(&GoldDay) -> Option<f64>,
) -> Vec<LargestVm> {
    let mut all: Vec<LargestVm> = days
        .iter()
        .filter_map(|day| {
            Some(LargestVm {
                opened_at: day.opened_at,
                value: value(day)?,
            })
        })
        .collect();
    // stable: of equal values the earlier stays first
    all.sort_by(|a, b| b.value.total_cmp(&a.value));
    all.truncate(count);
    all
}

fn negated(mut list: Vec<LargestVm>) -> Vec<LargestVm> {
    for entry in &mut list {
        entry.value = -entry.value;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::day::{Carried, day, tests::bar};

    #[test]
    fn extremes_with_their_days() {
        let mut days: Vec<GoldDay> = Vec::new();
        for (at, close) in (0..).zip([100.0, 150.0, 75.0, 150.0, 120.0]) {
            let before = days.last().map(Carried::from);
            let mut row = bar(at, close);
            row.bar.volume = [1.0, 9.0, 3.0, 9.0, 0.0][at as usize];
            days.push(day(&row, before, &[]));
        }
        let found = records(&days).unwrap();
        let at = |entry: &LargestVm| (entry.opened_at / app::model::DAY_MS, entry.value);
        assert_eq!(at(&found.highest_close), (1, 150.0));
        assert_eq!(at(&found.lowest_close), (2, 75.0));
        assert_eq!(
            found.up_days.iter().map(at).collect::<Vec<_>>(),
            [(3, 1.0), (1, 0.5)]
        );
        assert_eq!(
            found.down_days.iter().map(at).collect::<Vec<_>>(),
            [(2, -0.5), (4, 0.8 - 1.0)]
        );
        assert_eq!(
            found.volume_days.iter().map(at).collect::<Vec<_>>(),
            [(1, 9.0), (3, 9.0), (2, 3.0), (0, 1.0)]
        );
        assert_eq!(
            found.longest.map(|fall| (fall.days, fall.recovered_at)),
            Some((2, Some(3 * app::model::DAY_MS)))
        );
        assert_eq!(records(&[]), None);
    }
}
