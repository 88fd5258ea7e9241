//! The verdict on a file.

use app::{
    format::integer,
    model::{CheckState, Counts, Outcome, Severity, Verdict},
};

/// Checks that decide whether a file is trusted.
const DECISIVE: [&str; 2] = ["dq.rows_conserved", "dataset.completeness"];
/// Share of quarantined rows above which a file is not trusted.
const QUARANTINED: f64 = 0.01;

/// Whether a file can be trusted.
///
/// Rows that broke a rule are set apart and candles with a finding are marked, so findings ask for caution. A file is not
/// trusted when its rows do not add up, when more than 1 % of them are in quarantine, when none could be used, or when the
/// months it touches stay incomplete.
#[must_use]
pub fn verdict(outcomes: &[Outcome], counts: &Counts) -> Verdict {
    let share = counts.quarantined as f64 / counts.rows.max(1) as f64;
    let mut against: Vec<String> = outcomes
        .iter()
        .filter(|outcome| {
            DECISIVE.contains(&outcome.check_id)
                && outcome.state.severity() >= Some(Severity::Error)
        })
        .map(|outcome| outcome.summary.clone())
        .collect();
    if share > QUARANTINED {
        against.push("more than 1 % of the rows are in quarantine".to_owned());
    }
    let worst = outcomes
        .iter()
        .filter(|outcome| outcome.state.severity().is_some())
        // the first of the worst
        .rev()
        .max_by_key(|outcome| outcome.state.severity());
    let evaluated: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.state, CheckState::NotEvaluated | CheckState::NoData))
        .collect();
    let passes = evaluated
        .iter()
        .filter(|outcome| outcome.state == CheckState::Pass)
        .count();
    let word = if counts.rows == 0 {
        "unknown"
    } else if !against.is_empty() {
        "not trusted"
    } else if worst.is_some() || counts.quarantined > 0 {
        "trusted with caution"
    } else {
        "trusted"
    };
    let mut parts = against;
    parts.push(format!("{passes} of {} checks pass", evaluated.len()));
    if let Some(worst) = worst.filter(|worst| !parts.contains(&worst.summary)) {
        parts.push(format!(
            "worst is {} ({}): {}",
            worst.check_id, worst.state, worst.summary
        ));
    }
    if counts.quarantined > 0
        && !worst.is_some_and(|worst| worst.summary.ends_with("in quarantine"))
    {
        parts.push(format!(
            "{} of {} rows in quarantine",
            integer(counts.quarantined),
            integer(counts.rows)
        ));
    }
    Verdict {
        worst: worst.and_then(|worst| worst.state.severity()),
        unknown: counts.rows == 0,
        word: word.to_owned(),
        reason: parts.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use app::model::Pipeline;

    use super::*;
    use crate::quality::outcome::passed;

    #[test]
    fn the_verdict_weighs_findings() {
        let counts = |quarantined| Counts {
            rows: 1000,
            accepted: 1000 - quarantined,
            quarantined,
            ..Counts::default()
        };
        let good = passed("candle.ohlc", "e", Pipeline::Batch, 1000, "fine".to_owned());
        let gap = Outcome {
            state: CheckState::Critical,
            summary: "2 runs".to_owned(),
            ..passed("candle.gap", "e", Pipeline::Batch, 1000, String::new())
        };
        let hole = Outcome {
            state: CheckState::Error,
            summary: "a month is missing".to_owned(),
            ..passed(
                "dataset.completeness",
                "e",
                Pipeline::Batch,
                1000,
                String::new(),
            )
        };
        for (outcomes, quarantined, word) in [
            (vec![good.clone()], 0, "trusted"),
            (vec![good.clone()], 10, "trusted with caution"),
            (vec![good.clone()], 11, "not trusted"),
            (vec![good.clone(), gap.clone()], 0, "trusted with caution"),
            (vec![good.clone(), hole.clone()], 0, "not trusted"),
        ] {
            assert_eq!(verdict(&outcomes, &counts(quarantined)).word, word);
        }
        assert_eq!(
            verdict(&[good.clone(), gap], &counts(1)).reason,
            "1 of 2 checks pass; worst is candle.gap (critical): 2 runs; 1 of 1,000 rows in quarantine"
        );
        assert_eq!(
            verdict(&[good.clone(), hole], &counts(20)).reason,
            "a month is missing; more than 1 % of the rows are in quarantine; 1 of 2 checks pass; 20 of 1,000 rows in \
             quarantine"
        );
        assert_eq!(verdict(&[], &Counts::default()).word, "unknown");
    }
}
