//! News, and prices around them.

use leptos::prelude::*;

use super::{
    chart::{correlation, event, news},
    parts::{Cell, Section, columns, heading, nothing, paragraph, table},
    words::{count, date, p_value, plus, rounded, signed_or, whole},
};
use crate::{
    format::{UNKNOWN, integer},
    model::analysis::{AnalysisVm, EventStudyVm, LaggedVm, NewsVm},
};

pub(super) fn section(vm: &AnalysisVm) -> Section {
    let body = match &vm.news {
        None => nothing(
            "No article was ever taken in, so there is no news analysis. Take news in with: assay ingest NEWS.csv",
        ),
        Some(news) => full(news),
    };
    Section {
        id: "news".to_owned(),
        title: "News and prices".to_owned(),
        body,
    }
}

fn full(news: &NewsVm) -> AnyView {
    let agreement = match news.given_computed_correlation {
        Some(r) => format!(
            "The sentiment the files give and the computed one go together with r = {} per article.",
            plus(r, 2)
        ),
        None => "Too few articles have both a given and a computed sentiment to compare the two."
            .to_owned(),
    };
    let date_only = (news.date_only > 0).then(|| {
        paragraph(format!(
            "{} no time of day: they count for days, never for hours.",
            count(news.date_only, "article has", "articles have")
        ))
    });
    view! {
        {paragraph(format!(
            "{} from {} to {}, of which {} ({}) repeat an earlier one. The studies use {}. {agreement}",
            count(news.articles, "article", "articles"),
            date(news.first_at),
            date(news.last_at),
            integer(news.duplicates),
            rounded(news.duplicates as f64 / news.articles.max(1) as f64),
            news.sentiment_used
        ))}
        {date_only}
        {heading("News by day")}
        {news::view(news)}
        {sources(news)}
        {heading("Prices around strong news")}
        {events(&news.event_study)}
        {heading("Sentiment and returns of the days around")}
        {lags(&news.lagged)}
    }
    .into_any()
}

fn sources(news: &NewsVm) -> AnyView {
    let sentiment =
        |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), |value| plus(value, 3));
    let rows = news
        .sources
        .iter()
        .map(|source| -> Vec<Cell> {
            vec![
                source.source.clone().into(),
                integer(source.articles).into(),
                rounded(source.duplicate_share).into(),
                sentiment(source.sentiment_given).into(),
                sentiment(source.sentiment_computed).into(),
            ]
        })
        .collect();
    table(
        format!(
            "Publishers, most articles first ({}). Sentiment runs from −1 to 1.",
            whole(news.sources.len())
        ),
        columns([
            "Publisher",
            "#Articles",
            "#Repeats",
            "#Mean sentiment given",
            "#Mean sentiment computed",
        ]),
        rows,
    )
}

fn events(study: &EventStudyVm) -> AnyView {
    let series = (!study.series.is_empty())
        .then(|| paragraph(format!("Series: {}. {}", study.series, study.rule)));
    let rows: Vec<Vec<Cell>> = study
        .groups
        .iter()
        .map(|group| {
            let p = |p: Option<f64>| p.map_or_else(|| UNKNOWN.to_owned(), p_value);
            vec![
                group.name.clone().into(),
                integer(group.candidates).into(),
                integer(group.events).into(),
                integer(group.overlapping).into(),
                integer(group.without_prices).into(),
                signed_or(group.after.map(f64::exp_m1)).into(),
                signed_or(group.usual.map(f64::exp_m1)).into(),
                p(group.p).into(),
                p(group.p_corrected).into(),
            ]
        })
        .collect();
    let numbers = (!rows.is_empty()).then(|| {
        table(
            "The event study in numbers. “Usual” is the mean of all stretches of the same length.",
            columns([
                "News",
                "#Qualified",
                "#Events",
                "#Too close",
                "#No prices",
                "#Return after",
                "#Usual",
                "#p",
                "#p corrected",
            ]),
            rows,
        )
    });
    view! {
        <p class="finding-line">{study.verdict.clone()}</p>
        {series}
        {event::view(study)}
        {numbers}
    }
    .into_any()
}

fn lags(lagged: &LaggedVm) -> AnyView {
    let rows: Vec<Vec<Cell>> = lagged
        .lags
        .iter()
        .map(|lag| {
            let judgement = if lag.significant {
                "significant"
            } else {
                "not significant"
            };
            vec![
                plus(lag.lag_days as f64, 0).into(),
                integer(lag.n).into(),
                plus(lag.correlation, 3).into(),
                p_value(lag.p).into(),
                p_value(lag.p_corrected).into(),
                judgement.into(),
            ]
        })
        .collect();
    let numbers = (!rows.is_empty()).then(|| {
        table(
            format!(
                "The correlations in numbers; p-values corrected after {}.",
                lagged.correction
            ),
            columns([
                "Lag (days)",
                "#Pairs of days",
                "#Correlation",
                "#p",
                "#p corrected",
                "Judgement",
            ]),
            rows,
        )
    });
    let series =
        (!lagged.series.is_empty()).then(|| paragraph(format!("Series: {}.", lagged.series)));
    view! {
        <p class="finding-line">{lagged.verdict.clone()}</p>
        {series}
        {correlation::view(lagged)}
        {numbers}
    }
    .into_any()
}
