//! Rows of the analysis tables in gold.

use super::Regime;
use crate::model::{Bar, landing::words};

words! {
    /// Length of a summary.
    Period {
        /// Monday to Sunday, UTC.
        Week = "week",
        /// Calendar month, UTC.
        Month = "month",
    }
}

/// A daily bar with what the statistics of the day need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayBar {
    /// The bar.
    pub bar: Bar,
    /// Step of the candles it is made of, milliseconds.
    pub source_step_ms: i64,
    /// Σ of the squared log returns of those candles.
    pub realised_variance: f64,
}

/// First and last candle of the source step of a series, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Step of the candles.
    pub step_ms: i64,
    /// Start of the first candle.
    pub first_at: i64,
    /// Start of the last candle.
    pub last_at: i64,
}

/// A row of `gold_day` without its keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldDay {
    /// Start of the day.
    pub opened_at: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Close over the close of the previous existing day, minus 1.
    pub return_1: Option<f64>,
    /// Natural logarithm of the same ratio.
    pub log_return: Option<f64>,
    /// √ of the day's realised variance; `None` where only one candle is known of the day.
    pub realised_volatility: Option<f64>,
    /// The same × √365.
    pub volatility_annualised: Option<f64>,
    /// Highest close up to and with this day.
    pub peak: f64,
    /// Close over peak, minus 1.
    pub drawdown: f64,
    /// Base volume.
    pub volume: f64,
    /// Volume-weighted average price.
    pub vwap: Option<f64>,
    /// Candles that should be there, between the ends of the series.
    pub expected: i64,
    /// Candles that are there.
    pub observed: i64,
    /// Observed over expected, at most 1.
    pub completeness: f64,
    /// Step of the candles it is made of, milliseconds.
    pub source_step_ms: i64,
    /// Mean of the last 50 daily closes.
    pub sma_50: Option<f64>,
    /// Mean of the last 200 daily closes.
    pub sma_200: Option<f64>,
    /// Sample standard deviation of the last 20 daily log returns.
    pub volatility_20: Option<f64>,
    /// Trend.
    pub regime: Regime,
}

/// A row of `gold_period` without its instrument and venue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldPeriod {
    /// Week or month.
    pub period: Period,
    /// Its first day.
    pub opened_at: i64,
    /// Days with prices.
    pub days: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// To the close before the period; of the first one to its own open.
    pub return_1: f64,
    /// Σ of the days' variances.
    pub variance: f64,
    /// √(mean variance of a day × 365).
    pub volatility_annualised: Option<f64>,
    /// Deepest close under the highest close of the period or the one before it, minus 1.
    pub max_drawdown: f64,
    /// Base volume.
    pub volume: f64,
    /// Volume-weighted average price.
    pub vwap: Option<f64>,
    /// Candles that should be there, days without any included.
    pub expected: i64,
    /// Candles that are there.
    pub observed: i64,
    /// Observed over expected, at most 1.
    pub completeness: f64,
}

/// What the news statistics need of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleFact {
    /// When it was published.
    pub published_at: i64,
    /// Who published it.
    pub source: String,
    /// Sentiment the file gives.
    pub given: Option<f64>,
    /// Class the file gives.
    pub class: Option<String>,
    /// Computed sentiment.
    pub computed: Option<f64>,
    /// It repeats an earlier article.
    pub is_duplicate: bool,
}

/// A row of `gold_news_day` without its instrument. Sums and counts leave duplicates out.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldNewsDay {
    /// Start of the day.
    pub opened_at: i64,
    /// Publisher.
    pub source: String,
    /// Articles, duplicates included.
    pub articles: i64,
    /// Of these, repeats of an earlier article.
    pub duplicates: i64,
    /// Σ of the given sentiment.
    pub given_sum: f64,
    /// Articles with one.
    pub given_count: i64,
    /// Σ of the computed sentiment.
    pub computed_sum: f64,
    /// Articles with one.
    pub computed_count: i64,
    /// Positive articles.
    pub positive: i64,
    /// Neutral articles.
    pub neutral: i64,
    /// Negative articles.
    pub negative: i64,
}

/// Sentiment of the articles of one hour or day, duplicates left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mood {
    /// Start of the hour or day.
    pub opened_at: i64,
    /// Articles with a sentiment.
    pub articles: i64,
    /// Their mean sentiment, −1 to 1.
    pub mean: f64,
}
