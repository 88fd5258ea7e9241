//! Articles of a feed, through the refinery of news files.

use std::borrow::Cow;

use app::model::{Dataset, Pipeline};
use chrono::{DateTime, SecondsFormat};

use super::{
    Extra,
    rows::{Place, Refined},
};
use crate::{
    pipeline::{
        analyse::refresh_news,
        articles::{ArticleChunk, ArticleWork},
    },
    quality::{outcome::hard_rules, rows::RowRules},
    refine::news::NewsFormat,
    source::rss::messages::{Headline, ParsedNews},
    store::{
        StoreError, Tx,
        article::{is_known, link_duplicates},
    },
};

/// Columns as a news file has them.
const COLUMNS: [&str; 7] = [
    "date",
    "title",
    "text",
    "url",
    "source",
    "subject",
    "sentiment",
];

/// Takes the articles of an answer.
pub(super) async fn articles(
    tx: &mut Tx,
    source: &Extra,
    parsed: ParsedNews,
    place: Place<'_>,
) -> Result<Refined, StoreError> {
    let Some(mut format) = NewsFormat::recognise(&COLUMNS.map(str::to_owned)) else {
        return Err(StoreError::Value(
            "columns of a news file are not known".to_owned(),
        ));
    };
    let records: Vec<_> = parsed
        .headlines
        .iter()
        .map(|headline| fields(headline, &source.venue, place.received_at))
        .collect();
    records.iter().for_each(|fields| format.observe(fields));
    format.decide();
    let mut chunk = ArticleChunk {
        rejects: parsed.rejects,
        ..ArticleChunk::default()
    };
    let rules = RowRules::of(place.rules).of_dataset(Dataset::Article.as_str());
    let mut known = 0;
    for (record_no, (headline, fields)) in (0..).zip(parsed.headlines.iter().zip(&records)) {
        let line_no = headline.line_no;
        // quotation marks would count as those of a file's cells
        let raw = fields.join(" | ").replace('"', "'");
        match format.parse(record_no, line_no, &raw, fields, place.received_at) {
            Ok(parsed) => {
                let article = parsed.article;
                // its time is that of the receipt: the next answer would make another article of it
                if headline.published_at.is_none()
                    && is_known(tx, article.url_key, article.title_key).await?
                {
                    known += 1;
                } else {
                    let _ = chunk.keep(article, &rules, (line_no, &raw), place.received_at);
                }
            }
            Err(reject) => chunk.rejects.push(reject),
        }
    }
    let mut work = ArticleWork::begin(place.landing_id);
    work.apply(tx, chunk, place.now_ms).await?;
    work.counts.rows += known;
    work.counts.deduplicated += known;
    link_duplicates(tx, place.landing_id).await?;
    refresh_news(tx, place.landing_id).await?;
    // that most articles were there before is no finding: a feed repeats them until they fall out at its end
    let mut outcomes = hard_rules(
        &source.entity(),
        Pipeline::Live,
        true,
        place.rules,
        &work.counts,
        &work.rejects,
    );
    outcomes.extend(work.by_own_rules(place.rules, &source.entity(), Pipeline::Live));
    Ok(Refined {
        counts: work.counts,
        range: work.range,
        outcomes,
        ..Refined::default()
    })
}

fn fields(headline: &Headline, venue: &str, received_at: i64) -> Vec<Cow<'static, str>> {
    let at = headline.published_at.unwrap_or(received_at);
    let date = DateTime::from_timestamp_millis(at)
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default();
    let source = headline.source.as_deref().unwrap_or(venue);
    let sentiment = headline.sentiment.as_deref().unwrap_or_default();
    [
        date.as_str(),
        &headline.title,
        &headline.text,
        &headline.url,
        source,
        &headline.subject,
        sentiment,
    ]
    .map(|text| Cow::Owned(text.to_owned()))
    .into()
}
