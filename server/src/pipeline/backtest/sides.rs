//! What two parts of Assay have of the same minutes: the live pipeline has the faults, the batch pipeline has not; bars
//! were made before the faults came, and not anew.

use app::model::{Bar, Candle, Cover, DAY_MS, HOUR_MS, MINUTE_MS, MinuteSide, Severity};

use crate::{
    quality::{daily::DayFinding, reconcile::compare, rollup::rollup, rule::Rule},
    refine::rollup::Cascade,
};

/// Bars with their step, in time order of each step.
pub(super) type Bars = Vec<(i64, Bar)>;

/// The bars of an hour and a day.
pub(super) fn bars_of(rows: &[Candle]) -> Bars {
    let mut cascade = Cascade::new(MINUTE_MS, &[HOUR_MS, DAY_MS]);
    for row in rows {
        cascade.push(row);
    }
    cascade.finish();
    let steps = cascade.take().into_iter();
    steps
        .flat_map(|(step_ms, bars)| bars.into_iter().map(move |bar| (step_ms, bar.bar)))
        .collect()
}

/// Whole days of which too few minutes agree, and how bad each is.
pub(super) fn differing_days<'a>(
    rule: &'a Rule,
    live: &[Candle],
    batch: &[Candle],
    (from, to): (i64, i64),
) -> impl Iterator<Item = (i64, Severity)> + use<'a> {
    let cover = Cover {
        there: vec![(from, to)],
        away: Vec::new(),
    };
    let sides = |rows: &[Candle]| -> Vec<MinuteSide> {
        let of_days = rows
            .iter()
            .filter(|row| (from..to).contains(&row.opened_at));
        of_days
            .map(|row| MinuteSide {
                opened_at: row.opened_at,
                close: row.close,
                volume: row.volume,
            })
            .collect()
    };
    let compared = compare(
        rule,
        ("", ""),
        (&sides(live), &cover),
        (&sides(batch), &cover),
    );
    compared.days.into_iter().filter_map(move |day| {
        let rate = day.matched as f64 / day.compared.max(1) as f64;
        Some((day.day_at, rule.below("matched", rate)?))
    })
}

/// Whole days with bars that are not the sums of their minutes.
pub(super) fn wrong_bars(
    rule: &Rule,
    rows: &[Candle],
    bars: &Bars,
    (from, to): (i64, i64),
) -> Vec<DayFinding> {
    let at = |time: i64| rows.partition_point(|row| row.opened_at < time);
    let bars: Bars = bars
        .iter()
        .filter(|(_, bar)| (from..to).contains(&bar.opened_at))
        .copied()
        .collect();
    rollup(rule, &rows[at(from)..at(to)], &bars)
}
