//! News, and prices around them.

use app::model::{
    DAY_MS, HOUR_MS,
    analysis::{EventStudyVm, GoldDay, LaggedVm, NewsVm},
};

use super::{price::DAYS, sources::Source};
use crate::{
    analysis::{
        event::{Closes, MIN_ARTICLES, STRONG_SHARE, Window, study},
        lag::lagged,
        news::{days, sources},
        statistics::{ALPHA, pearson},
        words::{of_events, of_lags},
    },
    store::{
        Store, StoreError,
        analysis::{NewsTotals, SentimentColumn, hour_closes, moods, newest_days, news_days},
    },
};

/// Rows by day and source that are read, days that are shown.
const CELLS: i64 = 50_000;
const SHOWN_DAYS: usize = 2_000;
/// Hours and days with news that are looked at.
const HOURS: i64 = 100_000;
/// Hours of prices that are read: 30 years.
const PRICE_HOURS: i64 = 262_800;
/// Articles whose two sentiments are compared.
const PAIRS: i64 = 20_000;
/// Less time in common than this is no overlap.
const MIN_OVERLAP_MS: i64 = 7 * DAY_MS;

const BY_HOUR: Window = Window {
    step_ms: HOUR_MS,
    reach: 24,
};
const BY_DAY: Window = Window {
    step_ms: DAY_MS,
    reach: 3,
};

pub(super) async fn news(
    store: &Store,
    totals: &NewsTotals,
    series: &[Source],
) -> Result<NewsVm, StoreError> {
    let cells = news_days(store, CELLS).await?;
    let mut by_day = days(&cells);
    by_day.drain(..by_day.len().saturating_sub(SHOWN_DAYS));
    let column = if totals.given * 2 >= totals.articles {
        SentimentColumn::Given
    } else {
        SentimentColumn::Computed
    };
    let events = event_study(store, totals, series, column).await?;
    let lagged = correlations(store, totals, series, column).await?;
    Ok(NewsVm {
        verdict: format!("{} {}", events.verdict, lagged.verdict),
        articles: totals.articles,
        duplicates: totals.duplicates,
        first_at: totals.first_at,
        last_at: totals.last_at,
        date_only: totals.date_only,
        sentiment_used: match column {
            SentimentColumn::Given => "the sentiment that the files give",
            SentimentColumn::Computed => "the sentiment computed with VADER from title and summary",
        }
        .to_owned(),
        given_computed_correlation: pearson(&store.sentiment_pairs(PAIRS).await?),
        days: by_day,
        sources: sources(&cells),
        event_study: events,
        lagged,
    })
}

/// Hour by hour where a series with hours shares enough time with the news, else day by day on the main series.
async fn event_study(
    store: &Store,
    totals: &NewsTotals,
    series: &[Source],
    column: SentimentColumn,
) -> Result<EventStudyVm, StoreError> {
    let overlaps = |source: &&Source| source.overlap_ms(totals) >= MIN_OVERLAP_MS;
    let hourly = series
        .iter()
        .filter(overlaps)
        .filter(|source| source.vm.step_ms <= HOUR_MS)
        .max_by_key(|source| source.overlap_ms(totals));
    let window = if hourly.is_some() { BY_HOUR } else { BY_DAY };
    let chosen = hourly.or_else(|| series.first().filter(overlaps));
    let reach_ms = (window.reach + 1) * window.step_ms;
    let (from, to) = (totals.first_at - reach_ms, totals.last_at + reach_ms);
    let closes = match chosen {
        None => Vec::new(),
        Some(source) if window == BY_HOUR => {
            hour_closes(store, source.names, (from, to), PRICE_HOURS).await?
        }
        Some(source) => newest_days(store, source.names, DAYS)
            .await?
            .iter()
            .filter(|day| (from..to).contains(&day.opened_at))
            .map(|day| (day.opened_at, day.close))
            .collect(),
    };
    let moods = moods(store, window.step_ms, column, HOURS).await?;
    let groups = if closes.is_empty() {
        Vec::new()
    } else {
        study(&moods, &Closes::new(window.step_ms, &closes), window)
    };
    Ok(EventStudyVm {
        series: chosen
            .filter(|_| !closes.is_empty())
            .map_or_else(String::new, name),
        rule: rule(window),
        verdict: of_events(&groups, window.step_ms, !closes.is_empty()),
        step_ms: window.step_ms,
        groups,
    })
}

fn rule(window: Window) -> String {
    let (unit, units) = if window == BY_HOUR {
        ("hour", "24 hours")
    } else {
        ("day", "3 days")
    };
    format!(
        "An event is a {unit} with at least {MIN_ARTICLES} articles whose mean sentiment is among the highest (lowest) \
         {:.0} % of such {unit}s and above (below) zero; repeated articles do not count. Of events of one kind within \
         {units} only the first is used, because the same price moves would count twice; an event without prices all \
         around is left out.",
        STRONG_SHARE * 100.0
    )
}

async fn correlations(
    store: &Store,
    totals: &NewsTotals,
    series: &[Source],
    column: SentimentColumn,
) -> Result<LaggedVm, StoreError> {
    let chosen = series
        .first()
        .filter(|source| source.overlap_ms(totals) > 0);
    let days: Vec<GoldDay> = match chosen {
        Some(source) => newest_days(store, source.names, DAYS).await?,
        None => Vec::new(),
    };
    let lags = lagged(&moods(store, DAY_MS, column, DAYS).await?, &days);
    Ok(LaggedVm {
        series: chosen.map_or_else(String::new, name),
        verdict: of_lags(&lags, chosen.is_some()),
        lags,
        correction: "Holm".to_owned(),
        alpha: ALPHA,
    })
}

fn name(source: &Source) -> String {
    format!("{} at {}", source.vm.instrument, source.vm.venue)
}
