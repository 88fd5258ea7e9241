//! `venue.deviation`: a venue's price against the median of the others.

use app::model::{CheckState, ConsensusVm, Evidence, Outcome, Pipeline, format_utc};

use super::rule::{Rule, state_of};

/// With fewer venues nobody can tell which is off.
const MIN_VENUES: usize = 3;

/// Median; the mean of the two in the middle where their number is even.
#[must_use]
pub fn median(prices: &[f64]) -> Option<f64> {
    let mut sorted = prices.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(sorted[middle - 1], upper)
    })
}

/// The result of every venue that has a price.
#[must_use]
pub fn deviation(rule: &Rule, vm: &ConsensusVm) -> Vec<(String, Outcome)> {
    let used = vm.venues.iter().filter(|venue| venue.used).count();
    vm.venues
        .iter()
        .filter(|venue| venue.received_at > 0)
        .map(|venue| {
            let entity = format!("{}/{}/live", vm.instrument, venue.venue);
            let pass = |tested, words| rule.passed(&entity, Pipeline::Live, tested, words);
            let others: Vec<f64> = vm
                .venues
                .iter()
                .filter(|other| other.used && other.venue != venue.venue)
                .map(|other| other.price)
                .collect();
            let outcome = match median(&others) {
                Some(median) if venue.used && used >= MIN_VENUES => {
                    let bps = (venue.price / median - 1.0) * 10_000.0;
                    judged(rule, pass(1, String::new()), bps, median, vm.observed_at)
                }
                _ if !venue.used => pass(0, venue.reason.clone()),
                _ => pass(0, format!("{used} venues are too few to tell which is off")),
            };
            (venue.venue.clone(), outcome)
        })
        .collect()
}

fn judged(rule: &Rule, pass: Outcome, bps: f64, median: f64, at: i64) -> Outcome {
    let state = state_of(rule.beyond("bps", bps.abs()));
    let holds = state == CheckState::Pass;
    let mut evidence = Evidence::default();
    if !holds {
        evidence.columns = ["time", "median of the others", "basis points"]
            .map(str::to_owned)
            .to_vec();
        evidence.rows = vec![vec![
            format_utc(at),
            median.to_string(),
            format!("{bps:+.1}"),
        ]];
    }
    Outcome {
        state,
        failed: i64::from(!holds),
        value: Some(bps),
        summary: format!("{bps:+.1} basis points from the median of the others, {median}"),
        evidence,
        ..pass
    }
}

#[cfg(test)]
mod tests {
    use app::model::VenuePriceVm;

    use super::*;
    use crate::quality::rule::RuleBook;

    fn states(prices: &[(f64, bool)]) -> Vec<CheckState> {
        let venue = |(index, (price, used)): (usize, &(f64, bool))| VenuePriceVm {
            venue: index.to_string(),
            price: *price,
            deviation_bps: 0.0,
            used: *used,
            received_at: 1,
            reason: String::new(),
        };
        let vm = ConsensusVm {
            instrument: "BTC-USD".to_owned(),
            simulated: false,
            observed_at: 0,
            price: None,
            spread_bps: 0.0,
            primary: None,
            venues: prices.iter().enumerate().map(venue).collect(),
        };
        let book = RuleBook::shipped();
        let rule = book.get("venue.deviation").unwrap();
        let outcomes = deviation(rule, &vm).into_iter();
        outcomes.map(|(_, outcome)| outcome.state).collect()
    }

    #[test]
    fn a_venue_is_judged_by_the_others() {
        use CheckState::{Error, NotEvaluated, Pass, Warn};
        let ok = |price| (price, true);
        assert_eq!(
            states(&[ok(10_000.0), ok(10_010.0), ok(10_000.0), ok(10_060.0)]),
            [Pass, Pass, Pass, Error]
        );
        assert_eq!(
            states(&[ok(10_000.0), ok(10_000.0), ok(9_975.0)]),
            [Pass, Pass, Warn]
        );
        assert_eq!(
            states(&[ok(10_000.0), ok(11_000.0), (5.0, false)]),
            [NotEvaluated; 3],
            "two can only disagree"
        );
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
