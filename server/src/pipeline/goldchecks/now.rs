//! How a live series is now: the last day that is over, the last hours, the last minutes.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS, Outcome, Pipeline, bucket_start};

use super::{
    days::{self, ACROSS, OWN},
    series::Series,
};
use crate::{
    quality::{
        daily::{DayFinding, sum_up},
        rule::{Rule, RuleBook},
    },
    store::{StoreError, Tx},
};

/// Minutes of which `xv.basis` speaks.
const RECENT_MS: i64 = 15 * MINUTE_MS;
/// Hours of which `candle.hourly_volume` speaks.
const HOURS: i64 = 2;

fn noun(checks: &[(&'static str, &'static str)], id: &str) -> &'static str {
    let found = checks.iter().find(|(check, _)| *check == id);
    found.map_or("rows", |(_, noun)| noun)
}

/// The checks of one series, once an hour. `settled`: the time up to which minutes are there.
pub(super) async fn of_series(
    tx: &mut Tx,
    book: &RuleBook,
    series: &Series,
    settled: i64,
) -> Result<Vec<Outcome>, StoreError> {
    let today = bucket_start(settled, DAY_MS);
    let hour = bucket_start(settled, HOUR_MS);
    let entity = series.now_entity();
    let mut outcomes = Vec::new();
    // today's bars are checked with yesterday's: the writer keeps them up to date
    let range = (today - DAY_MS, today + DAY_MS);
    for (rule, found) in days::of_series(tx, book, series, range, settled).await? {
        let found: Vec<DayFinding> = match rule.id {
            "candle.hourly_volume" => {
                days::volume(tx, rule, series, (hour - HOURS * HOUR_MS, hour)).await?
            }
            _ => found,
        };
        let words = noun(&OWN, rule.id);
        outcomes.push(sum_up(rule, &entity, Pipeline::Live, &found, words));
    }
    Ok(outcomes)
}

/// The checks of live series against each other: prices of the last minutes, and, once an hour, clocks over a day.
pub(super) async fn of_group(
    tx: &mut Tx,
    book: &RuleBook,
    group: &[&Series],
    settled: i64,
    with_clocks: bool,
) -> Result<Vec<Outcome>, StoreError> {
    let minute = bucket_start(settled, MINUTE_MS);
    let mut all = days::basis_of(tx, book, group, (minute - RECENT_MS, minute)).await?;
    if with_clocks {
        all.extend(days::lag_of(tx, book, group, &[(minute - DAY_MS, minute)]).await?);
    }
    let outcome = |(venue, rule, found): (String, &Rule, Vec<DayFinding>)| {
        let series = group.iter().find(|series| series.venue == venue)?;
        let (entity, words) = (series.now_entity(), noun(&ACROSS, rule.id));
        Some(sum_up(rule, &entity, Pipeline::Live, &found, words))
    };
    Ok(all.into_iter().filter_map(outcome).collect())
}
