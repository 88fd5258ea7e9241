//! Correlation of daily returns with the sentiment of days before and after.

use std::collections::BTreeMap;

use app::model::{
    DAY_MS,
    analysis::{GoldDay, LagVm, Mood},
};

use super::statistics::{ALPHA, holm, pearson, pearson_limit, pearson_p};

/// Days to each side.
pub const REACH: i64 = 5;
/// Pairs below which a correlation says nothing.
pub const MIN_PAIRS: usize = 30;

/// Pearson correlations at lags −5 to 5; lags with fewer than 30 pairs, or where one side is constant, are left out.
/// p-values are Holm-corrected for the number of lags that are left.
#[must_use]
pub fn lagged(moods: &[Mood], days: &[GoldDay]) -> Vec<LagVm> {
    let returns: BTreeMap<i64, f64> = days
        .iter()
        .filter_map(|day| Some((day.opened_at, day.log_return?)))
        .collect();
    let mut lags: Vec<LagVm> = (-REACH..=REACH)
        .filter_map(|lag_days| {
            let pairs: Vec<(f64, f64)> = moods
                .iter()
                .filter_map(|mood| {
                    let there = returns.get(&(mood.opened_at + lag_days * DAY_MS))?;
                    Some((mood.mean, *there))
                })
                .collect();
            if pairs.len() < MIN_PAIRS {
                return None;
            }
            let correlation = pearson(&pairs)?;
            Some(LagVm {
                lag_days,
                n: pairs.len() as i64,
                correlation,
                p: pearson_p(correlation, pairs.len())?,
                p_corrected: 1.0,
                significant: false,
                threshold: None,
            })
        })
        .collect();
    let corrected = holm(&lags.iter().map(|lag| lag.p).collect::<Vec<_>>());
    let strictest = ALPHA / lags.len().max(1) as f64;
    for (lag, p_corrected) in lags.iter_mut().zip(corrected) {
        lag.p_corrected = p_corrected;
        lag.significant = p_corrected < ALPHA;
        lag.threshold = pearson_limit(strictest, usize::try_from(lag.n).unwrap_or(0));
    }
    lags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::day::{Carried, day, tests::bar};

    #[test]
    fn a_return_that_follows_the_news_by_a_day_is_found_there() {
        // sentiment without any pattern: digits of a linear congruence
        let mut state = 7_i64;
        let moods: Vec<Mood> = (0..60)
            .map(|at| {
                state = (state * 1103 + 12_345) % 32_749;
                Mood {
                    opened_at: at * DAY_MS,
                    articles: 3,
                    mean: state as f64 / 32_749.0 - 0.5,
                }
            })
            .collect();
        let mut days: Vec<GoldDay> = vec![day(&bar(0, 100.0), None, &[])];
        for mood in &moods {
            let last = days[days.len() - 1];
            let row = bar(
                last.opened_at / DAY_MS + 1,
                last.close * (mood.mean / 100.0).exp(),
            );
            days.push(day(&row, Some(Carried::from(&last)), &[]));
        }
        let lags = lagged(&moods, &days);
        assert_eq!(lags.len(), 11);
        let next = lags.iter().find(|lag| lag.lag_days == 1).unwrap();
        assert!(next.correlation > 0.999 && next.significant && next.n == 60);
        assert!(
            lags.iter()
                .all(|lag| lag.p_corrected >= lag.p && (lag.significant == (lag.lag_days == 1)))
        );
        assert!(lagged(&moods[..20], &days).is_empty());
    }
}
