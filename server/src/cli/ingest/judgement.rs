//! The verdict on a file, as `assay ingest` tells it.

use std::collections::BTreeMap;

use app::format::integer;
use serde::Serialize;

use crate::{
    pipeline::{Engine, batch::FileReport},
    store::analysis::FileRecord,
};

/// Whether a file can be trusted, and why.
#[derive(Debug, Serialize)]
pub(super) struct Judgement {
    /// `trusted`, `trusted with caution`, `not trusted`, `unknown`.
    verdict: String,
    /// The sentence after the word.
    verdict_reason: String,
    /// Results by state.
    checks: BTreeMap<String, i64>,
    /// Quarantined rows by the rule they broke, most first.
    quarantine: Vec<(String, i64)>,
}

/// The report of a file with the judgement on it, if it was refined.
#[derive(Debug, Serialize)]
pub(super) struct Judged {
    #[serde(flatten)]
    pub(super) report: FileReport,
    #[serde(flatten)]
    pub(super) judgement: Option<Judgement>,
}

impl Judged {
    /// Adds what is kept with the landing.
    pub(super) async fn of(engine: &Engine, report: FileReport) -> anyhow::Result<Self> {
        let record = match report.landing_id.filter(|_| report.is_good()) {
            Some(landing_id) => engine.store.file_record(landing_id).await?,
            None => None,
        };
        let judgement = record.map(Judgement::try_from).transpose()?;
        Ok(Self { report, judgement })
    }
}

impl TryFrom<FileRecord> for Judgement {
    type Error = serde_json::Error;

    fn try_from(record: FileRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            verdict: record.verdict,
            verdict_reason: record.reason,
            checks: serde_json::from_str(&record.checks)?,
            quarantine: serde_json::from_str(&record.rejects)?,
        })
    }
}

impl Judgement {
    /// Below the counts of the file.
    pub(super) fn print(&self) {
        println!("  {}: {}", self.verdict, self.verdict_reason);
        for (rule, rows) in &self.quarantine {
            println!("  in quarantine by {rule}: {} rows", integer(*rows));
        }
    }
}
