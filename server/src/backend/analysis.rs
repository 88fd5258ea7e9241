//! The analysis: everything the report shows, from the store.

pub(super) mod health;
mod methods;
mod news;
mod price;
mod sources;

use app::model::analysis::AnalysisVm;

use super::facts::Facts;
use crate::store::{Store, StoreError};

/// Series whose prices are analysed.
const PRICES: usize = 3;
/// Open alerts listed.
const ALERTS: i64 = 50;

/// Everything the report shows at `now_ms`. Sizes are bounded, whatever the store holds.
///
/// # Errors
/// When the store cannot be read.
pub async fn analysis(store: &Store, now_ms: i64) -> Result<AnalysisVm, StoreError> {
    let facts = Facts::read(store, &[], now_ms, ALERTS).await?;
    let totals = store.news_totals().await?;
    let sources = sources::sources(store, &facts.series, totals.as_ref()).await?;
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
        health: health::health(store, facts).await?,
        sources: sources.into_iter().map(|source| source.vm).collect(),
        prices,
        news,
        methods: methods::methods(),
    })
}
