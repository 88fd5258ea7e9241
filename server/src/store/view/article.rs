//! News articles.

use app::model::Article;

use super::{Window, cut};
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct ArticleRow {
    id: i64,
    published_at: i64,
    source: String,
    title: String,
    summary: String,
    url: String,
    subject: String,
    sentiment_given: Option<f64>,
    sentiment_class: Option<String>,
    sentiment_computed: Option<f64>,
    url_key: i64,
    title_key: i64,
    date_only: i64,
}

/// Instrument 0 is the whole market, under which articles are kept.
pub(super) const WINDOW: &str = "
select id, published_at, source, title, summary, url, subject, sentiment_given, sentiment_class, sentiment_computed,
    url_key, title_key, date_only
from silver_article
where instrument_id = 0 and published_at >= $1 and published_at < $2
order by published_at desc, id desc
limit $3";

impl Store {
    /// The newest articles of a window, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn articles(&self, window: Window) -> Result<Vec<Article>, StoreError> {
        let rows: Vec<ArticleRow> = sqlx::query_as(WINDOW)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().map(ArticleRow::into_article).collect())
    }

    /// Times of the newest articles that a publisher's feed brought, from `from` on, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn published(
        &self,
        venue: &str,
        from: i64,
        limit: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64,)> = sqlx::query_as(
            "select a.published_at from silver_article a join bronze_landing l on l.id = a.landing_id
             where a.instrument_id = 0 and a.published_at >= $1 and l.pipeline = 'live' and l.venue = $2
             order by a.published_at desc, a.id desc limit $3",
        )
        .bind(from)
        .bind(venue)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|(at,)| at).collect())
    }
}

impl ArticleRow {
    fn into_article(self) -> Article {
        Article {
            id: self.id,
            published_at: self.published_at,
            source: self.source,
            title: self.title,
            summary: cut(self.summary),
            url: self.url,
            subject: self.subject,
            sentiment_given: self.sentiment_given,
            sentiment_class: self.sentiment_class,
            sentiment_computed: self.sentiment_computed,
            url_key: self.url_key,
            title_key: self.title_key,
            date_only: self.date_only != 0,
        }
    }
}
