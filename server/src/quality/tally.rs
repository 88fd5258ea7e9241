//! Counting findings and keeping samples of them.

use app::model::{Evidence, Severity};

/// Samples kept of each finding.
pub const SAMPLES: usize = 20;

/// Findings of one check over many rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Rows tested.
    pub tested: i64,
    /// Rows worth a note only.
    pub info: i64,
    /// Rows beyond the warn limit.
    pub warn: i64,
    /// Rows beyond the error limit.
    pub error: i64,
    /// Rows beyond the critical limit.
    pub critical: i64,
    /// Most extreme value seen.
    pub extreme: Option<f64>,
    /// First samples.
    pub evidence: Evidence,
}

impl Tally {
    /// Counts a finding.
    pub const fn count(&mut self, severity: Severity) {
        *match severity {
            Severity::Info => &mut self.info,
            Severity::Warn => &mut self.warn,
            Severity::Error => &mut self.error,
            Severity::Critical => &mut self.critical,
        } += 1;
    }

    /// True while another sample would be kept.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.evidence.rows.len() < SAMPLES
    }

    /// The worst severity found.
    #[must_use]
    pub const fn worst(&self) -> Option<Severity> {
        match self {
            Self { critical: 1.., .. } => Some(Severity::Critical),
            Self { error: 1.., .. } => Some(Severity::Error),
            Self { warn: 1.., .. } => Some(Severity::Warn),
            Self { info: 1.., .. } => Some(Severity::Info),
            _ => None,
        }
    }

    /// Rows that broke the rule in any degree.
    #[must_use]
    pub const fn failed(&self) -> i64 {
        self.warn + self.error + self.critical
    }

    /// Notes a value; the one furthest from zero is kept.
    pub fn note(&mut self, value: f64) {
        if self
            .extreme
            .is_none_or(|extreme| value.abs() > extreme.abs())
        {
            self.extreme = Some(value);
        }
    }

    /// Adds the findings of further rows.
    pub fn merge(&mut self, other: Self) {
        self.tested += other.tested;
        self.info += other.info;
        self.warn += other.warn;
        self.error += other.error;
        self.critical += other.critical;
        if let Some(extreme) = other.extreme {
            let is_most = self.extreme.is_none_or(|own| extreme.abs() > own.abs());
            if is_most && other.evidence.baseline.is_some() {
                self.evidence.baseline = other.evidence.baseline;
            }
            self.note(extreme);
        }
        self.evidence.range = match (self.evidence.range, other.evidence.range) {
            (Some(own), Some(other)) => Some((own.0.min(other.0), own.1.max(other.1))),
            (own, other) => own.or(other),
        };
        let columns: Vec<&str> = other.evidence.columns.iter().map(String::as_str).collect();
        for row in other.evidence.rows {
            self.sample(&columns, || row);
        }
    }

    /// Adds a sample row while there is room.
    pub fn sample(&mut self, columns: &[&str], row: impl FnOnce() -> Vec<String>) {
        if self.has_room() {
            if self.evidence.columns.is_empty() {
                self.evidence.columns = columns.iter().map(|name| (*name).to_owned()).collect();
            }
            self.evidence.rows.push(row());
        }
    }
}
