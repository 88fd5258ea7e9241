//! `xv.lag`: returns of two venues go together in the same minute, unless the clock of one is off.

use std::collections::HashMap;

use app::{format::decimal, model::MINUTE_MS};

use super::{DayFinding, Rule, VenueMinute, VenueMinutes};
use crate::quality::daily::day_name;

/// Columns of the evidence.
const COLUMNS: [&str; 7] = [
    "day", "against", "−2 min", "−1 min", "0", "+1 min", "+2 min",
];
/// Minutes by which one is shifted against the other.
const LAGS: [i64; 5] = [-2, -1, 0, 1, 2];
/// Common returns below which a correlation says little.
const MIN_RETURNS: usize = 300;

/// Correlation of the returns of `a` with those of `b` so many minutes later, and the number of common returns without
/// shift; `None` where there are too few.
#[must_use]
pub fn correlations(a: &[VenueMinute], b: &[VenueMinute]) -> Option<([f64; 5], usize)> {
    let (a, b) = (returns(a), returns(b));
    let mut common = 0;
    let mut found = [0.0; 5];
    for (lag, correlation) in LAGS.into_iter().zip(&mut found) {
        let pairs: Vec<(f64, f64)> = a
            .iter()
            .filter_map(|(at, moved)| Some((*moved, *b.get(&(at + lag * MINUTE_MS))?)))
            .collect();
        if lag == 0 {
            common = pairs.len();
        }
        *correlation = pearson(&pairs)?;
    }
    (common >= MIN_RETURNS).then_some((found, common))
}

fn returns(minutes: &[VenueMinute]) -> HashMap<i64, f64> {
    minutes
        .windows(2)
        .filter(|pair| pair[1].at - pair[0].at == MINUTE_MS && pair[0].close > 0.0)
        .map(|pair| (pair[1].at, (pair[1].close / pair[0].close).ln()))
        .filter(|(_, moved)| moved.is_finite())
        .collect()
}

fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a).powi(2);
        bb += (b - mean_b).powi(2);
    }
    let both = (aa * bb).sqrt();
    (both > 0.0).then(|| ab / both)
}

/// Judges a day (or the last 24 hours) of a venue against another. A peak beside the middle counts if it stands out by
/// more than three standard errors: among equals the highest is chance.
#[must_use]
pub fn lag(rule: &Rule, venue: &VenueMinutes, other: &VenueMinutes, day_at: i64) -> DayFinding {
    let mut day = DayFinding::new(day_at, &COLUMNS);
    let Some((found, common)) = correlations(&other.minutes, &venue.minutes) else {
        return day;
    };
    let [.., middle, _, _] = found;
    let (peak_at, peak) = LAGS
        .into_iter()
        .zip(found)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((0, middle));
    let is_off = peak_at != 0 && peak - middle > 3.0 / (common as f64).sqrt();
    day.test(
        rule,
        is_off.then_some(rule.severity),
        peak_at as f64,
        || {
            let mut row = vec![day_name(day_at), other.venue.clone()];
            row.extend(found.map(|value| decimal(value, 2)));
            row
        },
    );
    day.value = Some(peak_at as f64);
    day
}
