//! `book.spread`, `book.depth`: a figure against the median of its own past.

use std::collections::VecDeque;

use app::model::{Baseline, Evidence, Outcome, Severity, format_age, format_utc};

use super::{
    findings::{judged, within},
    window::Seen,
};
use crate::quality::{deviation::median, rule::Rule};

/// Values of the past that are kept.
const KEPT: i64 = 720;
/// Points of the past that are shown.
const SHOWN: usize = 120;
/// A figure that is older says nothing of now.
const FRESH_MS: i64 = 60_000;

/// Follows a figure.
#[derive(Debug, Clone, Default)]
pub struct Ratio {
    /// Time and value, the newest last.
    past: VecDeque<(i64, f64)>,
    /// Taken out of what came, and not yet old enough to be past: what is tested is never among what it is tested against.
    waiting: VecDeque<(i64, f64)>,
    middle: Option<f64>,
    newest: Option<(i64, f64)>,
    /// Since when it is broken, and how badly.
    broken: Option<(i64, Severity)>,
}

impl Ratio {
    /// Takes a figure.
    pub fn push(&mut self, rule: &Rule, value: f64, at: i64) {
        if !value.is_finite() {
            return;
        }
        self.remember(rule, value, at);
        let before = self.newest.replace((at, value));
        if before.is_none_or(|(before, _)| at - before >= FRESH_MS) {
            // nobody knows how it was in between
            self.broken = None;
        }
        let severity = self.multiple(value).and_then(|multiple| {
            rule.beyond("above", multiple)
                .max(rule.below("below", multiple))
        });
        self.broken =
            severity.map(|severity| (self.broken.map_or(at, |(since, _)| since), severity));
    }

    fn remember(&mut self, rule: &Rule, value: f64, at: i64) {
        let span = within(rule);
        let every = (span / KEPT).max(1);
        if self
            .waiting
            .back()
            .is_none_or(|(last, _)| at - last >= every)
        {
            self.waiting.push_back((at, value));
        }
        let lasting = rule.number("lasting") as i64;
        let mut changed = false;
        while let Some(sample) = self.waiting.pop_front_if(|(of, _)| at - *of > lasting) {
            self.past.push_back(sample);
            changed = true;
        }
        while self
            .past
            .pop_front_if(|(of, _)| (at - *of).abs() > span)
            .is_some()
            || self.past.len() as i64 > KEPT && self.past.pop_front().is_some()
        {
            changed = true;
        }
        if changed {
            let values: Vec<f64> = self.past.iter().map(|(_, value)| *value).collect();
            self.middle = median(&values).filter(|_| values.len() as f64 >= rule.number("min"));
        }
    }

    fn multiple(&self, value: f64) -> Option<f64> {
        self.middle
            .filter(|middle| *middle > 0.0)
            .map(|middle| value / middle)
    }

    /// How it stands; `label` says what the figure is.
    pub fn result(&self, rule: &Rule, (entity, label): (&str, &str), now_ms: i64) -> Outcome {
        let fresh = self.newest.filter(|(at, _)| now_ms - at < FRESH_MS);
        let none = |words: String| {
            judged(
                rule,
                entity,
                (None, Seen::default()),
                None,
                words,
                Default::default,
            )
        };
        let Some((at, value)) = fresh else {
            return none(format!("no {label} is known of now"));
        };
        let Some((middle, multiple)) = self.middle.zip(self.multiple(value)) else {
            let words = format!(
                "{} values are no past to compare the {label} with",
                self.past.len()
            );
            return none(words);
        };
        let lasts = self.broken.map_or(0, |(since, _)| now_ms - since);
        let severity = self
            .broken
            .filter(|_| lasts as f64 >= rule.number("lasting"))
            .map(|(_, severity)| severity);
        let mut words = format!("{label} {value:.4}, {multiple:.2} times its median {middle:.4}");
        if severity.is_some() {
            words = format!("{words}, for {}", format_age(lasts));
        }
        let seen = Seen {
            tested: 1,
            failed: 1,
        };
        judged(
            rule,
            entity,
            (severity, seen),
            Some(multiple),
            words,
            || self.evidence(rule, label, (at, value), middle),
        )
    }

    fn evidence(&self, rule: &Rule, label: &str, tested: (i64, f64), middle: f64) -> Evidence {
        let limits = rule.limits.iter().map(|(severity, limits)| {
            let of = |name, none: f64| limits.get(name).map_or(none, |limit| limit * middle);
            (
                severity.to_string(),
                of("below", 0.0),
                of("above", f64::MAX),
            )
        });
        let skip = self.past.len().saturating_sub(SHOWN);
        let since = self.broken.map_or(tested.0, |(since, _)| since);
        Evidence {
            columns: ["since", label, "median"].map(str::to_owned).to_vec(),
            rows: vec![vec![
                format_utc(since),
                tested.1.to_string(),
                middle.to_string(),
            ]],
            baseline: Some(Baseline {
                label: label.to_owned(),
                points: self.past.iter().skip(skip).copied().collect(),
                centre: middle,
                limits: limits.collect(),
                tested,
            }),
            range: Some((since, tested.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    /// An hour of a usual figure, then another one each second.
    fn states(id: &str, figures: &[f64]) -> Vec<CheckState> {
        let rule = rule(id);
        let mut ratio = Ratio::default();
        let mut at = T0;
        for _ in 0..3_700 {
            at += 1_000;
            ratio.push(&rule, 10.0, at);
        }
        let states = figures.iter().map(|figure| {
            at += 1_000;
            ratio.push(&rule, *figure, at);
            ratio.result(&rule, ("e", "figure"), at).state
        });
        states.collect()
    }

    #[test]
    fn a_thin_book_is_told_after_ten_seconds() {
        let told = states("book.depth", &[0.4; 12]);
        assert_eq!(told[..10], [CheckState::Pass; 10]);
        assert_eq!(told[10..], [CheckState::Warn; 2]);
        let blinking: Vec<f64> = (0..60)
            .map(|i| if i % 8 == 0 { 10.0 } else { 0.4 })
            .collect();
        assert!(
            states("book.depth", &blinking)
                .iter()
                .all(|state| *state == CheckState::Pass)
        );
        assert!(
            states("book.depth", &[0.6; 30])
                .iter()
                .all(|state| *state == CheckState::Pass)
        );
    }

    #[test]
    fn a_wide_spread_is_told_and_its_past_is_shown() {
        assert_eq!(states("book.spread", &[501.0; 12])[11], CheckState::Warn);
        assert_eq!(states("book.spread", &[500.0; 12])[11], CheckState::Pass);
    }

    #[test]
    fn without_a_past_nothing_is_said_and_what_is_tested_is_not_in_it() {
        let rule = rule("book.depth");
        let mut ratio = Ratio::default();
        for i in 0..250_i64 {
            ratio.push(&rule, 10.0, T0 + i * 1_000);
            let told = ratio.result(&rule, ("e", "depth"), T0 + i * 1_000);
            assert_eq!(told.state, CheckState::NotEvaluated, "{i}");
            assert!(
                ratio
                    .past
                    .iter()
                    .all(|(at, _)| T0 + i * 1_000 - at > 10_000)
            );
        }
        for i in 250..100_000_i64 {
            ratio.push(&rule, 10.0, T0 + i * 1_000);
        }
        let now = T0 + 100_000_000;
        assert_eq!(
            ratio.result(&rule, ("e", "depth"), now).state,
            CheckState::Pass
        );
        assert!(ratio.past.len() as i64 <= KEPT);
        assert_eq!(
            ratio.result(&rule, ("e", "depth"), now + FRESH_MS).state,
            CheckState::NotEvaluated
        );
    }
}
