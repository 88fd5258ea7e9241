//! Everything a report shows, in one answer. The server's half only: the browser never sees these types.
//!
//! Returns, volatilities, drawdowns and shares are fractions (0.01 = 1 %), never percent. Volatilities that are called
//! annualised are multiplied by √365, because the market trades every day of the year.

mod gold;
mod news;
mod price;

use serde::{Deserialize, Serialize};

pub use gold::{ArticleFact, DayBar, Ends, GoldDay, GoldNewsDay, GoldPeriod, Mood, Period};
pub use news::{
    EventGroupVm, EventPointVm, EventStudyVm, LagVm, LaggedVm, NewsDayVm, NewsSourceVm, NewsVm,
};
pub use price::{
    DayVm, DrawdownVm, LargestVm, PeriodVm, PriceVm, ProfileCellVm, ProfileVm, RecordsVm, Regime,
    RegimeShareVm,
};

use super::{AlertVm, CheckVm, Dataset, Evidence, LandingVm, LayerVm, Verdict};

/// The whole analysis: what `/report` and `assay report` print.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisVm {
    /// The server's clock when it was made, milliseconds.
    pub generated_at: i64,
    /// Version of the program that made it.
    pub program_version: String,
    /// Grows with every change of stored candles or articles: two reports with the same number show the same data.
    pub data_version: i64,
    /// Whether the data can be trusted, and why.
    pub verdict: Verdict,
    /// Every price series, the one analysed first.
    pub sources: Vec<SourceVm>,
    /// State of the data: layers, alerts, checks, landings.
    pub health: HealthVm,
    /// Price analysis: the main series first, then others with at least one complete day, at most three in all.
    pub prices: Vec<PriceVm>,
    /// News; `None` if no article was ever taken in.
    pub news: Option<NewsVm>,
    /// How the numbers were made, one paragraph each.
    pub methods: Vec<MethodVm>,
}

/// One price series, as a source of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `bitfinex`
    pub venue: String,
    /// Never real prices: simulator or synthetic sample. A report that shows it carries a badge.
    pub simulated: bool,
    /// True if the live pipeline wrote to it.
    pub live: bool,
    /// Step of the finest candles in milliseconds.
    pub step_ms: i64,
    /// Start of the first candle.
    pub first_at: i64,
    /// Start of the last candle.
    pub last_at: i64,
    /// Candles of that step.
    pub rows: i64,
    /// Candles that are there over candles that should be, first day to last, 0 to 1; `None` where no day is complete.
    pub completeness: Option<f64>,
    /// True for the series that is compared with the news.
    pub main: bool,
}

/// State of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthVm {
    /// Bronze, silver, gold.
    pub layers: Vec<LayerVm>,
    /// Open alerts, worst first, at most 50.
    pub open_alerts: Vec<AlertVm>,
    /// Open alerts in all.
    pub open_alert_count: i64,
    /// Newest results, worst first, at most 200, with the rows that show a finding.
    pub checks: Vec<CheckEvidenceVm>,
    /// Results by state: `pass`, `warn`, … and how many, worst first.
    pub check_counts: Vec<CountVm>,
    /// Newest files, at most 50, with profile and verdict.
    pub landings: Vec<LandingProfileVm>,
    /// Quarantined rows in all.
    pub quarantined: i64,
    /// Quarantined rows by rule, most first, at most 20.
    pub quarantine_reasons: Vec<CountVm>,
}

/// A result and the rows that show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckEvidenceVm {
    /// The result.
    pub check: CheckVm,
    /// At most 10 rows; empty where there is nothing to show.
    pub evidence: Evidence,
}

/// A word and a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountVm {
    /// What is counted.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// A file with its profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LandingProfileVm {
    /// The file.
    pub landing: LandingVm,
    /// `trusted`, `trusted with caution`, `not trusted`; empty for a file of before profiles were kept.
    pub verdict_word: String,
    /// The sentence after the word.
    pub verdict_reason: String,
    /// What is in it; `None` for a file that was refused.
    pub profile: Option<ProfileOfFileVm>,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileOfFileVm {
    /// What it holds.
    pub dataset: Dataset,
    /// First time in it, milliseconds.
    pub first_at: Option<i64>,
    /// Last time in it, milliseconds.
    pub last_at: Option<i64>,
    /// Step of its candles in milliseconds; 0 for articles.
    pub step_ms: i64,
    /// Rows per month, and how many a full month holds (0: not known, articles), oldest first, at most 240.
    pub months: Vec<MonthVm>,
    /// `close`, `return`, `volume` of candles, `sentiment` and `words` of articles.
    pub distributions: Vec<DistributionVm>,
}

/// Rows of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthVm {
    /// `2018-01`
    pub month: String,
    /// Accepted rows in it.
    pub rows: i64,
    /// Rows of a full month (from the first to the last time of the file); 0 where that means nothing.
    pub expected: i64,
}

/// Quantiles of one column, from a histogram with buckets of 2 % width or finer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionVm {
    /// What is distributed.
    pub name: String,
    /// Values in it.
    pub count: i64,
    /// Smallest.
    pub min: f64,
    /// 1 % quantile.
    pub q01: f64,
    /// 25 % quantile.
    pub q25: f64,
    /// Median.
    pub q50: f64,
    /// 75 % quantile.
    pub q75: f64,
    /// 99 % quantile.
    pub q99: f64,
    /// Largest.
    pub max: f64,
}

/// One note on how numbers were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodVm {
    /// What it explains.
    pub title: String,
    /// The rule, its parameters and its source.
    pub text: String,
}
