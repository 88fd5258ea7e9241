//! What the report says of the news.

use serde::{Deserialize, Serialize};

/// News and how prices went around them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewsVm {
    /// One or two honest sentences: what the studies show, or why they show nothing.
    pub verdict: String,
    /// Articles, duplicates included.
    pub articles: i64,
    /// Articles that repeat an earlier one.
    pub duplicates: i64,
    /// First and last publication, milliseconds.
    pub first_at: i64,
    /// Last publication, milliseconds.
    pub last_at: i64,
    /// Articles whose date has no time of day: they count for days, never for hours.
    pub date_only: i64,
    /// Which sentiment the studies use, in words.
    pub sentiment_used: String,
    /// Pearson correlation of given and computed sentiment per article; `None` below 3 articles that have both.
    pub given_computed_correlation: Option<f64>,
    /// Days with articles, oldest first; the newest 2,000.
    pub days: Vec<NewsDayVm>,
    /// Sources, most articles first, at most 20; the rest is summed up as `others`.
    pub sources: Vec<NewsSourceVm>,
    /// Prices in the hours around strong news.
    pub event_study: EventStudyVm,
    /// Daily returns against sentiment of the days before and after.
    pub lagged: LaggedVm,
}

/// News of one day, all sources.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NewsDayVm {
    /// Start of the day (UTC).
    pub opened_at: i64,
    /// Articles, duplicates included.
    pub articles: i64,
    /// Of these, repeats of an earlier article.
    pub duplicates: i64,
    /// Mean sentiment the files give, −1 to 1, duplicates left out.
    pub sentiment_given: Option<f64>,
    /// Mean computed sentiment, −1 to 1, duplicates left out.
    pub sentiment_computed: Option<f64>,
    /// Articles that are positive, duplicates left out.
    pub positive: i64,
    /// Articles that are neutral, duplicates left out.
    pub neutral: i64,
    /// Articles that are negative, duplicates left out.
    pub negative: i64,
}

/// News of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewsSourceVm {
    /// Publisher; `others` for the rest.
    pub source: String,
    /// Articles, duplicates included.
    pub articles: i64,
    /// Of these, repeats of an earlier article, 0 to 1.
    pub duplicate_share: f64,
    /// Mean sentiment the files give.
    pub sentiment_given: Option<f64>,
    /// Mean computed sentiment.
    pub sentiment_computed: Option<f64>,
}

/// Prices around strong news, hour by hour, or day by day where only daily prices overlap the news.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventStudyVm {
    /// Series that was looked at: `BTC-USD at bitfinex`; empty if none overlaps.
    pub series: String,
    /// What counts as an event, and what was done with overlapping ones.
    pub rule: String,
    /// What came out, or why nothing did.
    pub verdict: String,
    /// Length of one step of the points in milliseconds: an hour (−24 to 24), or a day (−3 to 3).
    pub step_ms: i64,
    /// Strongly positive and strongly negative news, in this order; groups without events have no points.
    pub groups: Vec<EventGroupVm>,
}

/// One kind of event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventGroupVm {
    /// `strongly positive`, `strongly negative`.
    pub name: String,
    /// Hours (days) that qualified.
    pub candidates: i64,
    /// Events used: candidates with prices all around, none in the window after the one before.
    pub events: i64,
    /// Candidates dropped because they came in the window after an event of the same kind.
    pub overlapping: i64,
    /// Candidates dropped because prices around them are missing.
    pub without_prices: i64,
    /// Steps before and after the event, ascending: 49 hours, 7 days, or none.
    pub points: Vec<EventPointVm>,
    /// Mean log return of the 24 hours (3 days) that follow the event's own hour (day).
    pub after: Option<f64>,
    /// The same mean over all hours (days) of the overlap: what `after` is tested against.
    pub usual: Option<f64>,
    /// Two-sided p-value of `after` against `usual` (one-sample t test).
    pub p: Option<f64>,
    /// The same, Holm-corrected for the number of groups.
    pub p_corrected: Option<f64>,
}

/// One hour (day) around the events.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EventPointVm {
    /// Steps from the event: 0 is the hour (day) in which the news came.
    pub offset: i64,
    /// Events behind it.
    pub n: i64,
    /// Mean log return from the close before the event (offset −1, where it is 0) to the close of this step.
    pub mean: f64,
    /// Lower end of the 95 % confidence band of the mean (Student's t); `None` with fewer than 2 events.
    pub low: Option<f64>,
    /// Upper end of the band.
    pub high: Option<f64>,
    /// Mean absolute log return of this step.
    pub volatility: f64,
    /// Lower end of its 95 % confidence band.
    pub volatility_low: Option<f64>,
    /// Upper end of its 95 % confidence band.
    pub volatility_high: Option<f64>,
}

/// Correlation of daily log returns with daily sentiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaggedVm {
    /// Series that was looked at; empty if none overlaps.
    pub series: String,
    /// What came out, or why nothing did.
    pub verdict: String,
    /// Lags in ascending order; empty if there is nothing to correlate.
    pub lags: Vec<LagVm>,
    /// Name of the correction: `Holm`.
    pub correction: String,
    /// Level the corrected p-values are held against, 0.05.
    pub alpha: f64,
}

/// One lag.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LagVm {
    /// Days from the news to the return: 1 compares sentiment with the return of the next day, −1 with that of the day before.
    pub lag_days: i64,
    /// Pairs of days.
    pub n: i64,
    /// Pearson correlation, −1 to 1.
    pub correlation: f64,
    /// Two-sided p-value (t distribution, n − 2 degrees of freedom).
    pub p: f64,
    /// p-value corrected for the number of lags.
    pub p_corrected: f64,
    /// Corrected p-value below the level.
    pub significant: bool,
    /// Size of the correlation that is significant even at the strictest step of the correction (level over number of
    /// lags); `None` where the pairs are too few for any.
    pub threshold: Option<f64>,
}
