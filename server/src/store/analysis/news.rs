//! News by day.

use std::sync::LazyLock;

use app::model::{
    DAY_MS,
    analysis::{ArticleFact, GoldNewsDay, Mood},
};

use crate::store::{Store, StoreError, Tx, bulk::values};

const ROWS: usize = 50;
const COLUMNS: &str =
    "opened_at, source, articles, duplicates, given_sum, given_count, computed_sum, computed_count,
    positive, neutral, negative";

fn text(rows: usize) -> String {
    let mut columns = vec!["0"];
    columns.resize(12, "?");
    format!(
        "insert into gold_news_day (instrument_id, {COLUMNS}) values {}",
        values(rows, &columns)
    )
}

static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
static ONE: LazyLock<String> = LazyLock::new(|| text(1));

/// Which sentiment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentimentColumn {
    /// What the files give.
    Given,
    /// What was computed.
    Computed,
}

/// Starts of the days whose numbers a landing of articles may have changed: its own, and those of the articles that
/// repeat one of them or are repeated by it. Ascending.
///
/// # Errors
/// When the database fails.
pub async fn touched_days(tx: &mut Tx, landing_id: i64) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "select distinct at from (
            select n.published_at / $2 * $2 as at from silver_article n where n.landing_id = $1
            union
            select t.published_at / $2 * $2 from silver_article n join silver_article t
                on t.url_key = n.url_key and n.url_key <> 0 where n.landing_id = $1
            union
            select t.published_at / $2 * $2 from silver_article n join silver_article t
                on t.title_key = n.title_key where n.landing_id = $1
         ) days order by at",
    )
    .bind(landing_id)
    .bind(DAY_MS)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

#[derive(sqlx::FromRow)]
struct FactRow {
    published_at: i64,
    source: String,
    sentiment_given: Option<f64>,
    sentiment_class: Option<String>,
    sentiment_computed: Option<f64>,
    duplicate_of: Option<i64>,
}

/// Articles published from `from` to before `to`, in the order of their keys.
///
/// # Errors
/// When the database fails.
pub async fn facts(tx: &mut Tx, from: i64, to: i64) -> Result<Vec<ArticleFact>, StoreError> {
    let rows: Vec<FactRow> = sqlx::query_as(
        "select published_at, source, sentiment_given, sentiment_class, sentiment_computed, duplicate_of
         from silver_article where instrument_id = 0 and published_at >= $1 and published_at < $2
         order by published_at, id",
    )
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ArticleFact {
            published_at: row.published_at,
            source: row.source,
            given: row.sentiment_given,
            class: row.sentiment_class,
            computed: row.sentiment_computed,
            is_duplicate: row.duplicate_of.is_some(),
        })
        .collect())
}

/// Replaces the rows of the days from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn replace_news_days(
    tx: &mut Tx,
    (from, to): (i64, i64),
    cells: &[GoldNewsDay],
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from gold_news_day where instrument_id = 0 and opened_at >= $1 and opened_at < $2",
    )
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    let mut rest = cells;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(if rest.len() >= ROWS { ROWS } else { 1 });
        rest = later;
        let text: &'static str = if now.len() == ROWS { &MANY } else { &ONE };
        let mut query = sqlx::query(text);
        for cell in now {
            query = query
                .bind(cell.opened_at)
                .bind(&cell.source)
                .bind(cell.articles)
                .bind(cell.duplicates)
                .bind(cell.given_sum)
                .bind(cell.given_count)
                .bind(cell.computed_sum)
                .bind(cell.computed_count)
                .bind(cell.positive)
                .bind(cell.neutral)
                .bind(cell.negative);
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct CellRow {
    opened_at: i64,
    source: String,
    articles: i64,
    duplicates: i64,
    given_sum: f64,
    given_count: i64,
    computed_sum: f64,
    computed_count: i64,
    positive: i64,
    neutral: i64,
    negative: i64,
}

/// The newest `limit` rows by day and source, in the order of days, then sources.
///
/// # Errors
/// When the database fails.
pub async fn news_days(store: &Store, limit: i64) -> Result<Vec<GoldNewsDay>, StoreError> {
    static NEWEST: LazyLock<String> = LazyLock::new(|| {
        format!(
            "select {COLUMNS} from gold_news_day where instrument_id = 0 order by opened_at desc, source desc limit $1"
        )
    });
    let text: &'static str = &NEWEST;
    let rows: Vec<CellRow> = sqlx::query_as(text)
        .bind(limit)
        .fetch_all(&store.read)
        .await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| GoldNewsDay {
            opened_at: row.opened_at,
            source: row.source,
            articles: row.articles,
            duplicates: row.duplicates,
            given_sum: row.given_sum,
            given_count: row.given_count,
            computed_sum: row.computed_sum,
            computed_count: row.computed_count,
            positive: row.positive,
            neutral: row.neutral,
            negative: row.negative,
        })
        .collect())
}

/// Mean sentiment by steps of `step_ms`, ascending, the newest `limit`; duplicates are left out, and articles without a
/// time of day where steps are shorter than a day.
///
/// # Errors
/// When the database fails.
pub async fn moods(
    store: &Store,
    step_ms: i64,
    column: SentimentColumn,
    limit: i64,
) -> Result<Vec<Mood>, StoreError> {
    let rows: Vec<(i64, i64, f64)> = sqlx::query_as(
        "select published_at / $1 * $1, count(*), avg(sentiment) from (
            select published_at, case when $2 = 1 then sentiment_given else sentiment_computed end as sentiment
            from silver_article
            where instrument_id = 0 and duplicate_of is null and (date_only = 0 or $1 >= 86400000)
         ) articles
         where sentiment is not null group by published_at / $1 order by published_at / $1 desc limit $3",
    )
    .bind(step_ms)
    .bind(i64::from(column == SentimentColumn::Given))
    .bind(limit)
    .fetch_all(&store.read)
    .await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|(opened_at, articles, mean)| Mood {
            opened_at,
            articles,
            mean,
        })
        .collect())
}

/// All articles at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct NewsTotals {
    /// Articles, duplicates included.
    pub articles: i64,
    /// Articles that repeat an earlier one.
    pub duplicates: i64,
    /// Articles without a time of day.
    pub date_only: i64,
    /// Articles with a given sentiment.
    pub given: i64,
    /// First publication.
    pub first_at: i64,
    /// Last publication.
    pub last_at: i64,
}

impl Store {
    /// All articles at a glance; `None` without any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn news_totals(&self) -> Result<Option<NewsTotals>, StoreError> {
        Ok(sqlx::query_as(
            "select count(*) as articles, count(duplicate_of) as duplicates,
                cast(sum(date_only) as bigint) as date_only, count(sentiment_given) as given,
                min(published_at) as first_at, max(published_at) as last_at
             from silver_article where instrument_id = 0 having count(*) > 0",
        )
        .fetch_optional(&self.read)
        .await?)
    }

    /// Given and computed sentiment of the newest `limit` articles that have both and repeat none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sentiment_pairs(&self, limit: i64) -> Result<Vec<(f64, f64)>, StoreError> {
        Ok(sqlx::query_as(
            "select sentiment_given, sentiment_computed from silver_article
             where instrument_id = 0 and duplicate_of is null and sentiment_given is not null
                and sentiment_computed is not null
             order by published_at desc, id desc limit $1",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await?)
    }
}
