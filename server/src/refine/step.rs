//! The step of candles from their times.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, bucket_start};

/// Steps that candle files come in.
const STEPS: [i64; 11] = [
    MINUTE_MS,
    3 * MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    4 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    DAY_MS,
    WEEK_MS,
];

/// The step of candles at these times. The most frequent distance of neighbours tells it where rows come in order; in
/// shuffled rows that distance is chance, and only what most times are multiples of tells it.
///
/// # Errors
/// When there is no time, or the rows are not whole minutes apart.
pub fn step_of(times: &[i64]) -> Result<i64, String> {
    if times.is_empty() {
        return Err(
            "the time column holds no time that can be trusted (an epoch number or an ISO date)"
                .to_owned(),
        );
    }
    let distances: Vec<i64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .filter(|distance| *distance > 0)
        .collect();
    // a single row says nothing of its step: a minute is what such files hold
    if distances.is_empty() {
        return Ok(MINUTE_MS);
    }
    let fits = |step: &i64| {
        let aligned = times.iter().filter(|at| bucket_start(**at, *step) == **at);
        aligned.count() * 5 >= times.len() * 4
    };
    let frequent = STEPS
        .into_iter()
        .map(|step| (distances.iter().filter(|have| **have == step).count(), step))
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, step)| (*count, std::cmp::Reverse(*step)))
        .map(|(_, step)| step);
    let coarsest = || STEPS.into_iter().rev().find(fits);
    let whole_minutes = distances.iter().any(|distance| distance % MINUTE_MS == 0);
    // times off their grid fit no step: their distance still tells which one was meant
    frequent
        .filter(fits)
        .or_else(coarsest)
        .or(frequent)
        .or(whole_minutes.then_some(MINUTE_MS))
        .ok_or_else(|| {
            "rows are not a whole number of minutes apart: this is no candle file".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: i64 = 1_514_764_800_000;

    #[test]
    fn steps_of_all_kinds() {
        let every = |step: i64, count: i64| -> Vec<i64> {
            (0..count).map(|row| MONDAY + row * step).collect()
        };
        for step in STEPS {
            assert_eq!(step_of(&every(step, 20)), Ok(step));
            let mut newest_first = every(step, 20);
            newest_first.reverse();
            assert_eq!(step_of(&newest_first), Ok(step));
        }
        assert_eq!(step_of(&[MONDAY]), Ok(MINUTE_MS));
        assert!(step_of(&[]).is_err());
        assert!(step_of(&[MONDAY, MONDAY + 1500]).is_err());
        // Thursdays: as far apart as weeks, but no weeks that start on Monday
        let days: Vec<i64> = (0..9).map(|row| MONDAY + (3 + 7 * row) * DAY_MS).collect();
        assert_eq!(step_of(&days), Ok(DAY_MS));
    }
}
