//! News per day and source.

use std::collections::BTreeMap;

use app::model::{
    DAY_MS,
    analysis::{ArticleFact, GoldNewsDay, NewsDayVm, NewsSourceVm},
    bucket_start,
};

/// Sentiment between −0.05 and 0.05 is neutral: the limits the authors of VADER give for their compound score.
pub const NEUTRAL: f64 = 0.05;
/// Sources shown by name.
const SOURCES: usize = 20;

/// Articles by day and source. The articles must come in the order of their keys, so that sums have the same bits
/// however the files arrived.
#[must_use]
pub fn by_day<'a>(articles: impl IntoIterator<Item = &'a ArticleFact>) -> Vec<GoldNewsDay> {
    let mut cells: BTreeMap<(i64, &str), GoldNewsDay> = BTreeMap::new();
    for article in articles {
        let opened_at = bucket_start(article.published_at, DAY_MS);
        let cell = cells
            .entry((opened_at, &article.source))
            .or_insert_with(|| empty(opened_at, &article.source));
        cell.articles += 1;
        if article.is_duplicate {
            cell.duplicates += 1;
            continue;
        }
        if let Some(given) = article.given {
            cell.given_sum += given;
            cell.given_count += 1;
        }
        if let Some(computed) = article.computed {
            cell.computed_sum += computed;
            cell.computed_count += 1;
        }
        match class(article) {
            Some(true) => cell.positive += 1,
            Some(false) => cell.negative += 1,
            None => cell.neutral += 1,
        }
    }
    cells.into_values().collect()
}

/// Positive, negative or (`None`) neutral: the class the file gives, else its number, else the computed one.
fn class(article: &ArticleFact) -> Option<bool> {
    match article.class.as_deref() {
        Some("positive") => Some(true),
        Some("negative") => Some(false),
        Some("neutral") => None,
        _ => {
            let sentiment = article.given.or(article.computed)?;
            (sentiment.abs() >= NEUTRAL).then_some(sentiment > 0.0)
        }
    }
}

fn empty(opened_at: i64, source: &str) -> GoldNewsDay {
    GoldNewsDay {
        opened_at,
        source: source.to_owned(),
        articles: 0,
        duplicates: 0,
        given_sum: 0.0,
        given_count: 0,
        computed_sum: 0.0,
        computed_count: 0,
        positive: 0,
        neutral: 0,
        negative: 0,
    }
}

fn add(to: &mut GoldNewsDay, cell: &GoldNewsDay) {
    to.articles += cell.articles;
    to.duplicates += cell.duplicates;
    to.given_sum += cell.given_sum;
    to.given_count += cell.given_count;
    to.computed_sum += cell.computed_sum;
    to.computed_count += cell.computed_count;
    to.positive += cell.positive;
    to.neutral += cell.neutral;
    to.negative += cell.negative;
}

fn mean(sum: f64, count: i64) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

/// Days over all sources, oldest first. The cells must be in the order of their days.
#[must_use]
pub fn days(cells: &[GoldNewsDay]) -> Vec<NewsDayVm> {
    cells
        .chunk_by(|a, b| a.opened_at == b.opened_at)
        .map(|of_day| {
            let mut all = empty(of_day[0].opened_at, "");
            for cell in of_day {
                add(&mut all, cell);
            }
            NewsDayVm {
                opened_at: all.opened_at,
                articles: all.articles,
                duplicates: all.duplicates,
                sentiment_given: mean(all.given_sum, all.given_count),
                sentiment_computed: mean(all.computed_sum, all.computed_count),
                positive: all.positive,
                neutral: all.neutral,
                negative: all.negative,
            }
        })
        .collect()
}

/// Sources, most articles first; those beyond the twentieth together as `others`.
#[must_use]
pub fn sources(cells: &[GoldNewsDay]) -> Vec<NewsSourceVm> {
    let mut by_source: BTreeMap<&str, GoldNewsDay> = BTreeMap::new();
    for cell in cells {
        let all = by_source
            .entry(&cell.source)
            .or_insert_with(|| empty(0, &cell.source));
        add(all, cell);
    }
    let mut sources: Vec<GoldNewsDay> = by_source.into_values().collect();
    // stable: equal ones stay in the order of their names
    sources.sort_by_key(|source| std::cmp::Reverse(source.articles));
    if sources.len() > SOURCES {
        let mut others = empty(0, "others");
        for source in sources.drain(SOURCES..) {
            add(&mut others, &source);
        }
        sources.push(others);
    }
    sources
        .into_iter()
        .map(|source| NewsSourceVm {
            articles: source.articles,
            duplicate_share: source.duplicates as f64 / source.articles.max(1) as f64,
            sentiment_given: mean(source.given_sum, source.given_count),
            sentiment_computed: mean(source.computed_sum, source.computed_count),
            source: source.source,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(day: i64, source: &str, given: Option<f64>, is_duplicate: bool) -> ArticleFact {
        ArticleFact {
            published_at: day * DAY_MS + 1000,
            source: source.to_owned(),
            given,
            class: None,
            computed: Some(-0.5),
            is_duplicate,
        }
    }

    #[test]
    fn duplicates_count_but_do_not_colour() {
        let mut named = article(1, "A", None, false);
        named.class = Some("neutral".to_owned());
        let articles = [
            article(0, "A", Some(0.4), false),
            article(0, "A", Some(0.04), false),
            article(0, "A", Some(1.0), true),
            article(0, "B", None, false),
            named,
        ];
        let cells = by_day(&articles);
        assert_eq!(cells.len(), 3);
        let a = &cells[0];
        assert_eq!((a.articles, a.duplicates, a.given_count), (3, 1, 2));
        assert_eq!((a.positive, a.neutral, a.negative), (1, 1, 0));
        let days = days(&cells);
        assert_eq!(days.len(), 2);
        assert!((days[0].sentiment_given.unwrap() - 0.22).abs() < 1e-12);
        assert!((days[0].sentiment_computed.unwrap() - -0.5).abs() < 1e-12);
        assert_eq!((days[0].negative, days[1].neutral), (1, 1));
        let sources = sources(&cells);
        assert_eq!((sources[0].source.as_str(), sources[0].articles), ("A", 4));
        assert!((sources[0].duplicate_share - 0.25).abs() < 1e-12);
        assert_eq!(sources[1].sentiment_given, None);
    }

    #[test]
    fn many_sources_are_summed_up() {
        let articles: Vec<ArticleFact> = (0..25)
            .map(|index| article(0, &format!("s{index:02}"), None, false))
            .collect();
        let sources = sources(&by_day(&articles));
        assert_eq!(sources.len(), 21);
        assert_eq!(
            (sources[20].source.as_str(), sources[20].articles),
            ("others", 5)
        );
    }
}
