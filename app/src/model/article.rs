//! News articles.

use serde::{Deserialize, Serialize};

/// A clean article (a row of `silver_article` without its landing).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Hash of the canonical URL, title, source and time: the same article has the same id in every file.
    pub id: i64,
    /// When it was published.
    pub published_at: i64,
    /// Who published it.
    pub source: String,
    /// Headline.
    pub title: String,
    /// Text or summary as given.
    pub summary: String,
    /// URL without tracking parameters, doubled prefixes and trailing slash.
    pub url: String,
    /// What it is about, as the file says: `bitcoin`, `altcoin`, …
    pub subject: String,
    /// Sentiment the file gives, −1 to 1.
    pub sentiment_given: Option<f64>,
    /// Class the file gives: `positive`, `neutral`, `negative`.
    pub sentiment_class: Option<String>,
    /// Sentiment computed from title and summary, −1 to 1.
    #[serde(default)]
    pub sentiment_computed: Option<f64>,
    /// Hash of the canonical URL: articles that share it are duplicates.
    pub url_key: i64,
    /// Hash of the normalised title: articles that share it are duplicates.
    pub title_key: i64,
    /// The date had no time of day.
    pub date_only: bool,
}
