//! Silver articles.

use std::sync::LazyLock;

use app::model::Article;

use super::{StoreError, Tx, bulk::values};

const ROWS: usize = 100;

fn text(rows: usize) -> String {
    let mut columns = vec!["0"];
    columns.resize(15, "?");
    columns.push("$1");
    format!(
        "insert into silver_article (instrument_id, published_at, id, source, title, summary, url, subject,
            sentiment_given, sentiment_class, sentiment_computed, url_key, title_key, date_only, duplicate_of,
            landing_id)
         values {} on conflict (instrument_id, published_at, id) do nothing",
        values(rows, &columns)
    )
}

static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
static ONE: LazyLock<String> = LazyLock::new(|| text(1));

/// Writes articles; one that is there already stays as it is. Gives the number of new ones.
///
/// # Errors
/// When the database fails.
pub async fn insert_articles(
    tx: &mut Tx,
    landing_id: i64,
    articles: &[Article],
) -> Result<i64, StoreError> {
    let mut inserted = 0;
    let mut rest = articles;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(if rest.len() >= ROWS { ROWS } else { 1 });
        rest = later;
        let text: &'static str = if now.len() == ROWS { &MANY } else { &ONE };
        let mut query = sqlx::query(text);
        for article in now {
            query = query
                .bind(article.published_at)
                .bind(article.id)
                .bind(&article.source)
                .bind(&article.title)
                .bind(&article.summary)
                .bind(&article.url)
                .bind(&article.subject)
                .bind(article.sentiment_given)
                .bind(&article.sentiment_class)
                .bind(article.sentiment_computed)
                .bind(article.url_key)
                .bind(article.title_key)
                .bind(i64::from(article.date_only))
                .bind(None::<i64>);
        }
        inserted += query
            .bind(landing_id)
            .execute(&mut **tx)
            .await?
            .rows_affected() as i64;
    }
    Ok(inserted)
}

/// True if there is an article with that address or title.
///
/// # Errors
/// When the database fails.
pub async fn is_known(tx: &mut Tx, url_key: i64, title_key: i64) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "select id from silver_article where url_key = $1 and url_key <> 0
         union all select id from silver_article where title_key = $2 limit 1",
    )
    .bind(url_key)
    .bind(title_key)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Links every article that shares its URL or title with an article of this landing to the earliest of them.
/// Gives the number of linked articles of this landing.
///
/// # Errors
/// When the database fails.
pub async fn link_duplicates(tx: &mut Tx, landing_id: i64) -> Result<i64, StoreError> {
    // an earlier article may have arrived now: the links of its later twins, of whatever landing, move to it
    sqlx::query(
        "update silver_article set duplicate_of = (
            select e.id from silver_article e
            where ((e.url_key = silver_article.url_key and e.url_key <> 0) or e.title_key = silver_article.title_key)
                and (e.published_at < silver_article.published_at
                    or (e.published_at = silver_article.published_at and e.id < silver_article.id))
            order by e.published_at, e.id limit 1)
         where id in (
            select t.id from silver_article t join silver_article n
                on (n.url_key = t.url_key and n.url_key <> 0)
            where n.landing_id = $1
            union
            select t.id from silver_article t join silver_article n on n.title_key = t.title_key where n.landing_id = $1)",
    )
    .bind(landing_id)
    .execute(&mut **tx)
    .await?;
    let (linked,): (i64,) = sqlx::query_as(
        "select count(*) from silver_article where landing_id = $1 and duplicate_of is not null",
    )
    .bind(landing_id)
    .fetch_one(&mut **tx)
    .await?;
    Ok(linked)
}

/// Removes the articles of a landing that is refined anew; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn delete_articles(tx: &mut Tx, landing_id: i64) -> Result<i64, StoreError> {
    let done = sqlx::query("delete from silver_article where landing_id = $1")
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() as i64)
}
