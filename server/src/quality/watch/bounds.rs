//! The limits of a rule by severity, ready to compare with.

use app::model::Severity;

use crate::quality::rule::Rule;

const SEVERITIES: [Severity; 4] = [
    Severity::Info,
    Severity::Warn,
    Severity::Error,
    Severity::Critical,
];

/// One named limit at each severity; NaN where there is none, with which no comparison holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds([f64; 4]);

impl Bounds {
    /// The limit `name` of a rule.
    pub(super) fn of(rule: &Rule, name: &str) -> Self {
        Self(SEVERITIES.map(|severity| rule.limit(severity, name).unwrap_or(f64::NAN)))
    }

    /// The same, with another one where it is missing.
    pub(super) fn or(self, other: Self) -> Self {
        if self.0.iter().all(|limit| limit.is_nan()) {
            other
        } else {
            self
        }
    }

    /// The worst severity whose limit the value exceeds.
    #[inline]
    pub(super) fn above(&self, value: f64) -> Option<Severity> {
        self.worst(|limit| value > limit)
    }

    /// The worst severity whose limit the value undercuts.
    #[inline]
    pub(super) fn below(&self, value: f64) -> Option<Severity> {
        self.worst(|limit| value < limit)
    }

    /// The worst severity whose limit the value reaches.
    #[inline]
    pub(super) fn from(&self, value: f64) -> Option<Severity> {
        self.worst(|limit| value >= limit)
    }

    #[inline]
    fn worst(&self, is_broken: impl Fn(f64) -> bool) -> Option<Severity> {
        (0..4)
            .rev()
            .find(|at| is_broken(self.0[*at]))
            .map(|at| SEVERITIES[at])
    }

    /// The smallest limit; infinity without any.
    pub(super) fn smallest(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The largest limit; 0 without any.
    pub(super) fn largest(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }

    /// Every limit with its severity, the mildest first.
    pub(super) fn each(&self) -> impl Iterator<Item = (Severity, f64)> {
        SEVERITIES
            .into_iter()
            .zip(self.0)
            .filter(|(_, limit)| !limit.is_nan())
    }
}
