//! What the pages of batches show. The server's half only: the browser gets these pages as finished HTML.

use serde::{Deserialize, Serialize};

use super::{
    Dataset, LandingState, RunVm,
    analysis::{CheckEvidenceVm, CountVm, ProfileOfFileVm},
};

/// A file, or an answer of a venue's history, as a row of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchRowVm {
    /// Key of its landing.
    pub id: i64,
    /// What it holds.
    pub dataset: Dataset,
    /// `BTC-USD`
    pub instrument: String,
    /// Venue or publisher.
    pub venue: String,
    /// File path or URL.
    pub origin: String,
    /// Recognised format.
    pub format: String,
    /// When it arrived.
    pub received_at: i64,
    /// When its books were closed last; a replay closes them again.
    pub finished_at: Option<i64>,
    /// Hash of its bytes, hexadecimal.
    pub sha256: String,
    /// Size as it arrived.
    pub bytes: i64,
    /// How far it has come.
    pub state: LandingState,
    /// Reason of a refusal or failure, else empty.
    pub detail: String,
    /// Rows read.
    pub rows: i64,
    /// Rows that became silver.
    pub accepted: i64,
    /// Rows that repeated what was there.
    pub deduplicated: i64,
    /// Rows set apart.
    pub quarantined: i64,
    /// Rows kept with a finding.
    pub flagged: i64,
    /// First time in it.
    pub first_at: Option<i64>,
    /// Last time in it.
    pub last_at: Option<i64>,
    /// Step of its candles in milliseconds; 0 for articles and where it is not known.
    pub step_ms: i64,
    /// `trusted`, `trusted with caution`, `not trusted`; empty where nothing was judged.
    pub verdict: String,
    /// The sentence after the word.
    pub reason: String,
    /// How long the run took that ingested it, in milliseconds.
    pub took_ms: Option<i64>,
}

/// A run as a row of the list, with the landing it was about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchRunVm {
    /// The run.
    pub run: RunVm,
    /// Its landing.
    pub landing_id: Option<i64>,
}

/// Whether the reader may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// An operator.
    Operator,
    /// Not yet: the operator token is asked for.
    MustSignIn,
    /// Changes are only taken from the machine itself.
    #[default]
    Elsewhere,
}

/// Which part of the list is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchFilter {
    /// Runs, not files.
    pub runs: bool,
    /// Only those in this state; empty: all.
    pub state: String,
    /// Only what is older than this time and key.
    pub before: Option<(i64, i64)>,
}

impl BatchFilter {
    /// Reads the query of an address (`state=done&before=1790000000000-12`); what it does not understand it passes over.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let mut filter = Self::default();
        let pairs = query.trim_start_matches('?').split('&');
        for (name, value) in pairs.filter_map(|pair| pair.split_once('=')) {
            match name {
                "show" => filter.runs = value == "runs",
                "state" if value.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                    value.clone_into(&mut filter.state);
                }
                "before" => {
                    filter.before = value
                        .split_once('-')
                        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
                }
                _ => {}
            }
        }
        filter
    }

    /// Its address.
    #[must_use]
    pub fn href(&self) -> String {
        let mut parts = Vec::new();
        if self.runs {
            parts.push("show=runs".to_owned());
        }
        if !self.state.is_empty() {
            parts.push(format!("state={}", self.state));
        }
        if let Some((at, id)) = self.before {
            parts.push(format!("before={at}-{id}"));
        }
        if parts.is_empty() {
            "/batches".to_owned()
        } else {
            format!("/batches?{}", parts.join("&"))
        }
    }
}

/// A scheduled job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobVm {
    /// Its name.
    pub name: String,
    /// When it runs: five fields, UTC.
    pub cron: String,
    /// `candles` or `daily`.
    pub kind: String,
    /// Venue and instrument.
    pub subject: String,
    /// When it began last.
    pub last_run_at: Option<i64>,
    /// When it is due; none: it is no longer configured.
    pub next_run_at: Option<i64>,
    /// `idle`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Outcome in words.
    pub detail: String,
}

/// The watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InboxVm {
    /// Its path, as configured.
    pub folder: String,
    /// Files that wait; none: the folder cannot be read.
    pub waiting: Option<usize>,
    /// Files that were taken.
    pub done: usize,
    /// Files that were refused.
    pub refused: usize,
}

/// Everything the Batches page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchListVm {
    /// Newest runs of the batch pipeline.
    pub newest_runs: Vec<RunVm>,
    /// Scheduled jobs by name.
    pub jobs: Vec<JobVm>,
    /// The watched folder, where one is configured.
    pub inbox: Option<InboxVm>,
    /// Largest upload in megabytes.
    pub max_upload_mb: u64,
    /// What is shown of the list.
    pub filter: BatchFilter,
    /// Files, newest first; empty when runs are asked for.
    pub batches: Vec<BatchRowVm>,
    /// Runs, newest first; empty when files are asked for.
    pub runs: Vec<BatchRunVm>,
    /// The next page of the list, if there is one.
    pub older: Option<BatchFilter>,
}

/// How the rows of a file are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVm {
    /// Recognised format.
    pub format: String,
    /// Column separator, in words where it is white space.
    pub separator: String,
    /// Names of the columns.
    pub columns: Vec<String>,
}

/// Shares of values in bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistogramVm {
    /// `close`, `return`, `volume`, …
    pub name: String,
    /// Left edge of the first bin.
    pub from: f64,
    /// Right edge of the last bin.
    pub to: f64,
    /// Bins are of equal width in the logarithm of the value.
    pub is_log: bool,
    /// Share of all values in each bin, 0 to 1. What lies beyond the edges is in no bin.
    pub shares: Vec<f64>,
}

/// A quarantined row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetApartVm {
    /// Key.
    pub id: i64,
    /// Line in the file.
    pub line_no: i64,
    /// The row as it arrived, cut to a length that can be shown.
    pub raw: String,
    /// Every rule it broke.
    pub rules: Vec<String>,
    /// What is wrong, in words.
    pub reason: String,
    /// `open`, `retried` or `discarded`.
    pub state: String,
}

/// One batch: what `/batches/{id}` and `/api/v1/landings/{id}` show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchVm {
    /// The server's clock.
    pub server_now: i64,
    /// The landing with its counts and verdict.
    pub batch: BatchRowVm,
    /// Why it was taken for its format, line by line.
    pub evidence: String,
    /// How it is written; none for a file that was refused.
    pub schema: Option<SchemaVm>,
    /// What it held; none for a file that was refused.
    pub profile: Option<ProfileOfFileVm>,
    /// Shapes of its distributions.
    pub histograms: Vec<HistogramVm>,
    /// Results of its checks, worst first, with the rows that show a finding.
    pub checks: Vec<CheckEvidenceVm>,
    /// Quarantined rows by rule and state (`candle.ohlc`, `candle.ohlc, retried`), most first.
    pub reasons: Vec<CountVm>,
    /// The first quarantined rows.
    pub set_apart: Vec<SetApartVm>,
    /// The batch before it of the same series and step: key and file name.
    pub before: Option<(i64, String)>,
    /// Runs of this landing, newest first.
    pub runs: Vec<RunVm>,
}

/// The same values of two batches, on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct OverlayVm {
    /// Of the first batch.
    pub a: HistogramVm,
    /// Of the second batch, with the same edges.
    pub b: HistogramVm,
}

/// Two batches side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareVm {
    /// The first, as a rule the older one.
    pub a: BatchVm,
    /// The second.
    pub b: BatchVm,
    /// Distributions that both have.
    pub overlays: Vec<OverlayVm>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_comes_back_from_its_address() {
        for filter in [
            BatchFilter::default(),
            BatchFilter {
                runs: true,
                state: "failed".to_owned(),
                before: Some((1_790_000_000_000, 12)),
            },
        ] {
            let href = filter.href();
            let query = href.split_once('?').map_or("", |(_, query)| query);
            assert_eq!(BatchFilter::of_query(query), filter, "{href}");
        }
        for hostile in [
            "state=%3Cscript%3E",
            "state=a\"b",
            "before=x",
            "before=1",
            "&&=",
        ] {
            assert_eq!(
                BatchFilter::of_query(hostile),
                BatchFilter::default(),
                "{hostile}"
            );
        }
    }
}
