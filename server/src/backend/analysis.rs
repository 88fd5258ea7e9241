//! The analysis: everything the report shows, from the store.

pub(super) mod health;
mod methods;
mod news;
mod price;
mod sources;

use app::model::analysis::AnalysisVm;

use super::facts::Facts;
use crate::{
    quality::rule::RuleBook,
    store::{Store, StoreError, view::SeriesRow},
};

/// Series whose prices are analysed.
const PRICES: usize = 3;
/// Open alerts listed.
const ALERTS: i64 = 50;

/// Which price series are looked at; health and news are always those of the whole store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only this instrument.
    pub instrument: Option<String>,
    /// Only this venue.
    pub venue: Option<String>,
}

impl Choice {
    fn holds(&self, row: &SeriesRow) -> bool {
        let is =
            |wanted: &Option<String>, name: &str| wanted.as_deref().is_none_or(|it| it == name);
        is(&self.instrument, &row.vm.instrument) && is(&self.venue, &row.vm.venue)
    }
}

/// Everything the report shows at `now_ms`. Sizes are bounded, whatever the store holds.
///
/// # Errors
/// When the store cannot be read.
pub async fn analysis(
    store: &Store,
    rules: &RuleBook,
    now_ms: i64,
) -> Result<AnalysisVm, StoreError> {
    analysis_of(store, rules, now_ms, &Choice::default()).await
}

/// The same for some of the price series.
///
/// # Errors
/// When the store cannot be read.
pub async fn analysis_of(
    store: &Store,
    rules: &RuleBook,
    now_ms: i64,
    choice: &Choice,
) -> Result<AnalysisVm, StoreError> {
    let facts = Facts::read(store, &[], now_ms, ALERTS).await?;
    let totals = store.news_totals().await?;
    let chosen: Vec<SeriesRow> = facts
        .series
        .iter()
        .filter(|row| choice.holds(row))
        .cloned()
        .collect();
    let sources = sources::sources(store, &chosen, totals.as_ref()).await?;
    let mut prices = Vec::new();
    for source in &sources {
        if prices.len() == PRICES {
            break;
        }
        prices.extend(price::price(store, source).await?);
    }
    let news = match &totals {
        Some(totals) => Some(news::news(store, totals, &sources).await?),
        None => None,
    };
    let versions: i64 = facts.series.iter().map(|row| row.vm.version).sum();
    Ok(AnalysisVm {
        generated_at: now_ms,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        data_version: versions + totals.map_or(0, |totals| totals.articles),
        verdict: facts.verdict(),
        health: health::health(store, rules, facts).await?,
        sources: sources.into_iter().map(|source| source.vm).collect(),
        prices,
        news,
        methods: methods::methods(),
    })
}
