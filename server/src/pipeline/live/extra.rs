//! Sources beside the venues: a second opinion on the price, the mood of the market, news.
//!
//! They are asked slowly, each for itself, while real venues run; nobody trades on them, so that trouble with them is
//! never more than a warning. What they answer is landed and refined as every answer is.

mod articles;
mod poll;
mod rows;
mod take;

use app::model::{Dataset, Pipeline};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::{poll::ExtraPoller, take::replay};
use crate::{
    config::ExtraConfig,
    pipeline::Engine,
    secret::Secret,
    source::{coingecko, cryptocompare},
    store::{Landing, WHOLE_MARKET},
};

/// The instrument that prices here are of.
const PRICED: &str = "BTC-USD";

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A price of `CoinGecko`.
    CoinGecko,
    /// The Fear & Greed index.
    FearGreed,
    /// A price of `CryptoCompare`.
    CryptoComparePrice,
    /// News of `CryptoCompare`.
    CryptoCompareNews,
    /// A news feed.
    Feed,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::CoinGecko,
        Self::FearGreed,
        Self::CryptoComparePrice,
        Self::CryptoCompareNews,
        Self::Feed,
    ];

    /// Format of its landings; a replay reads them by it.
    #[must_use]
    pub const fn format(self) -> &'static str {
        match self {
            Self::CoinGecko => "coingecko-price",
            Self::FearGreed => "fear-greed",
            Self::CryptoComparePrice => "cryptocompare-price",
            Self::CryptoCompareNews => "cryptocompare-articles",
            Self::Feed => "rss",
        }
    }

    fn of(landing: &Landing) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.format() == landing.format)
            .filter(|_| landing.pipeline == Pipeline::Live)
    }

    const fn dataset(self) -> Dataset {
        match self {
            Self::CoinGecko | Self::CryptoComparePrice => Dataset::Quote,
            Self::FearGreed => Dataset::Sentiment,
            Self::CryptoCompareNews | Self::Feed => Dataset::Article,
        }
    }
}

/// A source and how it is asked.
#[derive(Debug, Clone)]
pub struct Extra {
    /// What it answers.
    pub kind: Kind,
    /// Who publishes it: `coingecko`, `alternative.me`, the host of a feed.
    pub venue: String,
    /// `BTC-USD`, or `*` for the whole market.
    pub instrument: &'static str,
    /// What is asked.
    pub url: String,
    /// Time between two questions.
    pub every_ms: i64,
    /// Value of the header `authorization`.
    pub authorization: Option<Secret>,
}

impl Extra {
    fn new(kind: Kind, venue: &str, url: String, every_seconds: f64) -> Self {
        Self {
            kind,
            venue: venue.to_owned(),
            instrument: match kind.dataset() {
                Dataset::Quote => PRICED,
                _ => WHOLE_MARKET,
            },
            url,
            every_ms: (every_seconds * 1_000.0) as i64,
            authorization: None,
        }
    }

    /// What its checks judge: `BTC-USD/coingecko/live`.
    #[must_use]
    pub fn entity(&self) -> String {
        format!("{}/{}/live", self.instrument, self.venue)
    }
}

/// The sources of a configuration; `env` reads environment variables.
pub fn sources(config: &ExtraConfig, env: impl Fn(&str) -> Option<String>) -> Vec<Extra> {
    let mut sources = Vec::new();
    let price = &config.coingecko;
    if price.enabled {
        let url = coingecko::requests::price(&price.url);
        sources.push(Extra::new(
            Kind::CoinGecko,
            "coingecko",
            url,
            price.every_seconds,
        ));
    }
    let mood = &config.fear_greed;
    if mood.enabled {
        // how many days are asked for is told from what is there already
        let url = mood.url.clone();
        sources.push(Extra::new(
            Kind::FearGreed,
            "alternative.me",
            url,
            mood.every_seconds,
        ));
    }
    let keyed = &config.cryptocompare;
    let key = keyed.key_env.as_deref().map(|name| (name, env(name)));
    match key {
        Some((_, Some(key))) if !key.trim().is_empty() => {
            let key = cryptocompare::requests::authorization(key.trim());
            for (kind, url, seconds) in [
                (
                    Kind::CryptoComparePrice,
                    cryptocompare::requests::price(&keyed.url),
                    keyed.every_seconds,
                ),
                (
                    Kind::CryptoCompareNews,
                    cryptocompare::requests::news(&keyed.url),
                    keyed.news_seconds,
                ),
            ] {
                sources.push(Extra {
                    authorization: Some(key.clone()),
                    ..Extra::new(kind, "cryptocompare", url, seconds)
                });
            }
        }
        Some((name, _)) => {
            tracing::warn!(
                variable = name,
                "the environment has no key for cryptocompare: it is not asked"
            );
        }
        None => {}
    }
    if config.news.enabled {
        for url in &config.news.feeds {
            let mut name = publisher(url);
            // feeds of one host: its address tells them apart
            if sources.iter().any(|source| source.venue == name) {
                name = url.split("://").last().unwrap_or(url).to_owned();
            }
            let every_seconds = config.news.every_seconds;
            sources.push(Extra::new(Kind::Feed, &name, url.clone(), every_seconds));
        }
    }
    sources
}

/// The host of a feed: `www.coindesk.com` is `coindesk.com`.
fn publisher(url: &str) -> String {
    let parsed = reqwest::Url::parse(url).ok();
    let host = parsed.as_ref().and_then(reqwest::Url::host_str);
    let host = host.unwrap_or(url);
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// Asks every source of the configuration until told to stop.
///
/// # Errors
/// When an HTTP client cannot be made.
pub async fn run(
    engine: Engine,
    config: ExtraConfig,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut pollers = JoinSet::new();
    for source in sources(&config, |name| std::env::var(name).ok()) {
        pollers.spawn(ExtraPoller::new(engine.clone(), source)?.run(stop.clone()));
    }
    while let Some(ended) = pollers.join_next().await {
        ended?;
    }
    Ok(())
}

/// True if a landing is an answer of such a source.
#[must_use]
pub fn is_extra(landing: &Landing) -> bool {
    Kind::of(landing).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_key_makes_a_keyed_source() {
        let mut config = ExtraConfig::default();
        let key = |name: &str| (name == "KEY").then(|| "abc".to_owned());
        let keyed = |config: &ExtraConfig| {
            let sources = sources(config, key);
            sources
                .iter()
                .filter(|source| source.venue == "cryptocompare")
                .count()
        };
        assert_eq!(keyed(&config), 0);
        config.cryptocompare.key_env = Some("OTHER".to_owned());
        assert_eq!(keyed(&config), 0);
        config.cryptocompare.key_env = Some("KEY".to_owned());
        assert_eq!(keyed(&config), 2);
        let sources = sources(&config, key);
        assert!(sources.iter().all(|source| !source.url.contains("abc")));
        assert!(!format!("{sources:?}").contains("abc"));
    }

    #[test]
    fn sources_can_be_switched_off() {
        let mut config = ExtraConfig::default();
        assert_eq!(sources(&config, |_| None).len(), 9);
        config.coingecko.enabled = false;
        config.fear_greed.enabled = false;
        config.news.enabled = false;
        assert!(sources(&config, |_| None).is_empty());
    }

    #[test]
    fn a_feed_is_called_by_its_host() {
        assert_eq!(
            publisher("https://www.coindesk.com/arc/rss/?x=1"),
            "coindesk.com"
        );
        assert_eq!(publisher("http://127.0.0.1:8080/rss"), "127.0.0.1");
    }
}
