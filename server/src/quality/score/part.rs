//! A part of all that is judged, and its score.

use std::collections::BTreeMap;

use app::model::{ScoreOf, Severity};

use super::cell::{Cell, Place, Standing};

/// Which cells belong together; what is not said does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part<'a> {
    pub(super) layer: Option<&'a str>,
    pub(super) dimension: Option<&'a str>,
    pub(super) dataset: Option<&'a str>,
    pub(super) venue: Option<&'a str>,
    pub(super) check: Option<&'a str>,
}

impl<'a> Part<'a> {
    pub(super) fn of(of: ScoreOf, name: &'a str) -> Self {
        let all = Self::default();
        match of {
            ScoreOf::Overall => all,
            ScoreOf::Layer => Self {
                layer: Some(name),
                ..all
            },
            ScoreOf::Dimension => Self {
                dimension: Some(name),
                ..all
            },
            ScoreOf::Dataset => Self {
                dataset: Some(name),
                ..all
            },
            ScoreOf::Venue => Self {
                venue: Some(name),
                ..all
            },
            ScoreOf::Check => Self {
                check: Some(name),
                ..all
            },
        }
    }

    pub(super) fn holds(&self, place: &Place) -> bool {
        let is = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        is(self.layer, &place.layer)
            && is(self.dimension, &place.dimension)
            && is(self.dataset, &place.dataset)
            && is(self.venue, &place.venue)
            && is(self.check, &place.check)
    }
}

/// Most that something can score while an alert of that severity stands.
const fn most(severity: Severity) -> Option<f64> {
    match severity {
        Severity::Critical => Some(40.0),
        Severity::Error => Some(70.0),
        Severity::Warn => Some(90.0),
        Severity::Info => None,
    }
}

/// Most that something with a stale feed can score.
const STALE: f64 = 40.0;

/// What a score is computed of.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    /// Weight of each check, the sum of what is wrong, and of how many.
    checks: BTreeMap<String, (f64, f64, i64)>,
    cap: Option<(f64, String)>,
}

impl Sum {
    pub(super) fn add(&mut self, cell: &Cell) {
        if cell.is_stale_feed() {
            self.lower(STALE, || format!("a stale feed ({})", cell.entity));
        }
        if let Some(wrong) = cell.wrong() {
            let check = self.checks.entry(cell.place.check.clone()).or_default();
            check.0 = cell.weight;
            check.1 += wrong;
            check.2 += 1;
        }
    }

    pub(super) fn cap(&mut self, alert: &Standing) {
        if let Some(cap) = most(alert.severity) {
            let Standing {
                check_id,
                entity,
                severity,
                ..
            } = alert;
            self.lower(cap, || {
                format!("an open alert of severity {severity} ({check_id} of {entity})")
            });
        }
    }

    fn lower(&mut self, cap: f64, words: impl FnOnce() -> String) {
        if self.cap.as_ref().is_none_or(|(before, _)| cap < *before) {
            self.cap = Some((cap, format!("{} caps it at {cap}", words())));
        }
    }

    pub(super) fn is_judged(&self) -> bool {
        !self.checks.is_empty()
    }

    fn weights(&self) -> f64 {
        self.checks.values().map(|(weight, ..)| weight).sum()
    }

    /// The score before caps.
    fn raw(&self) -> f64 {
        let wrong: f64 = self
            .checks
            .values()
            .map(|(weight, wrong, count)| weight * wrong / (*count).max(1) as f64)
            .sum();
        100.0 - 100.0 * wrong / self.weights()
    }

    /// The score.
    pub(super) fn value(&self) -> f64 {
        let raw = self.raw();
        self.cap.as_ref().map_or(raw, |(cap, _)| raw.min(*cap))
    }

    /// The score with two decimals, and why it is not higher. Rounded down: 100 means that nothing is wrong.
    pub(super) fn capped(&self) -> (Option<f64>, String) {
        // what is 100 but for the last bit of a sum is 100
        let score = ((self.value() + 1e-9) * 100.0).floor() / 100.0;
        let words = match &self.cap {
            Some((cap, words)) if *cap < self.raw() => words.clone(),
            _ => String::new(),
        };
        (Some(score), words)
    }

    /// Points that one cell takes.
    pub(super) fn points(&self, cell: &Cell) -> f64 {
        let (Some(wrong), Some((weight, _, count))) =
            (cell.wrong(), self.checks.get(&cell.place.check))
        else {
            return 0.0;
        };
        100.0 * weight * wrong / (*count).max(1) as f64 / self.weights()
    }
}
