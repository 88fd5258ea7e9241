//! Counting findings and keeping samples of them.

use app::model::Evidence;

/// Samples kept of each finding.
pub const SAMPLES: usize = 20;

/// Findings of one check over many rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Rows tested.
    pub tested: i64,
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
        self.warn += other.warn;
        self.error += other.error;
        self.critical += other.critical;
        if let Some(extreme) = other.extreme {
            self.note(extreme);
        }
        let columns: Vec<&str> = other.evidence.columns.iter().map(String::as_str).collect();
        for row in other.evidence.rows {
            self.sample(&columns, || row);
        }
    }

    /// Adds a sample row while there is room.
    pub fn sample(&mut self, columns: &[&str], row: impl FnOnce() -> Vec<String>) {
        if self.evidence.rows.len() < SAMPLES {
            if self.evidence.columns.is_empty() {
                self.evidence.columns = columns.iter().map(|name| (*name).to_owned()).collect();
            }
            self.evidence.rows.push(row());
        }
    }
}
