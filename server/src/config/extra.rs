//! `[extra]`: sources beside the venues. They are asked where real venues are, never beside simulated prices.

use anyhow::Context;
use serde::Deserialize;

use crate::source::{coingecko, cryptocompare, feargreed, rss};

/// Asking faster is no use: answers come out of caches.
const MIN_SECONDS: f64 = 10.0;
/// Most news feeds.
const MAX_FEEDS: usize = 50;

/// `[extra]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtraConfig {
    /// The price of the whole market.
    pub coingecko: CoinGeckoConfig,
    /// The mood of the market.
    pub fear_greed: FearGreedConfig,
    /// Prices and news for those who have a key.
    pub cryptocompare: CryptoCompareConfig,
    /// News feeds.
    pub news: NewsConfig,
}

/// `[extra.coingecko]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoinGeckoConfig {
    /// Whether it is asked.
    pub enabled: bool,
    /// Base URL.
    pub url: String,
    /// Seconds between two questions.
    pub every_seconds: f64,
}

impl Default for CoinGeckoConfig {
    /// Each minute.
    fn default() -> Self {
        Self {
            enabled: true,
            url: coingecko::requests::BASE_URL.to_owned(),
            every_seconds: 60.0,
        }
    }
}

/// `[extra.fear_greed]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FearGreedConfig {
    /// Whether it is asked.
    pub enabled: bool,
    /// URL.
    pub url: String,
    /// Seconds between two questions.
    pub every_seconds: f64,
}

impl Default for FearGreedConfig {
    /// Each hour: it changes once a day.
    fn default() -> Self {
        Self {
            enabled: true,
            url: feargreed::requests::BASE_URL.to_owned(),
            every_seconds: 3_600.0,
        }
    }
}

/// `[extra.cryptocompare]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CryptoCompareConfig {
    /// Name of the environment variable with the key; none: it is not asked.
    pub key_env: Option<String>,
    /// Base URL.
    pub url: String,
    /// Seconds between two questions for the price.
    pub every_seconds: f64,
    /// Seconds between two questions for news.
    pub news_seconds: f64,
}

impl Default for CryptoCompareConfig {
    /// Not asked; with a key each minute, news each quarter of an hour.
    fn default() -> Self {
        Self {
            key_env: None,
            url: cryptocompare::requests::BASE_URL.to_owned(),
            every_seconds: 60.0,
            news_seconds: 900.0,
        }
    }
}

/// `[extra.news]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewsConfig {
    /// Whether they are asked.
    pub enabled: bool,
    /// Addresses of RSS and Atom feeds.
    pub feeds: Vec<String>,
    /// Seconds between two questions to one feed.
    pub every_seconds: f64,
}

impl Default for NewsConfig {
    /// The known feeds, each quarter of an hour.
    fn default() -> Self {
        Self {
            enabled: true,
            feeds: rss::facts::FEEDS.map(str::to_owned).into(),
            every_seconds: 900.0,
        }
    }
}

impl ExtraConfig {
    /// Refuses what cannot be done.
    ///
    /// # Errors
    /// When a value is out of range or an address is none.
    pub fn check(&self) -> anyhow::Result<()> {
        for (name, seconds) in [
            ("coingecko.every_seconds", self.coingecko.every_seconds),
            ("fear_greed.every_seconds", self.fear_greed.every_seconds),
            (
                "cryptocompare.every_seconds",
                self.cryptocompare.every_seconds,
            ),
            (
                "cryptocompare.news_seconds",
                self.cryptocompare.news_seconds,
            ),
            ("news.every_seconds", self.news.every_seconds),
        ] {
            anyhow::ensure!(
                (MIN_SECONDS..=86_400.0).contains(&seconds),
                "extra.{name} is {seconds}, expected {MIN_SECONDS} to 86400"
            );
        }
        let feeds = &self.news.feeds;
        anyhow::ensure!(
            feeds.len() <= MAX_FEEDS,
            "extra.news.feeds has {} addresses, at most {MAX_FEEDS} are taken",
            feeds.len()
        );
        let urls = [
            ("coingecko.url", &self.coingecko.url),
            ("fear_greed.url", &self.fear_greed.url),
            ("cryptocompare.url", &self.cryptocompare.url),
        ];
        for (name, url) in urls
            .into_iter()
            .chain(feeds.iter().map(|url| ("news.feeds", url)))
        {
            let parsed = reqwest::Url::parse(url)
                .with_context(|| format!("extra.{name}: {url:?} is no web address"))?;
            anyhow::ensure!(
                matches!(parsed.scheme(), "http" | "https") && parsed.has_host(),
                "extra.{name}: {url:?} is neither http nor https"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn check(text: &str) -> Result<(), String> {
        let config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        config.extra.check().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn extras_are_checked_when_they_are_read() {
        assert_eq!(check(""), Ok(()));
        assert_eq!(
            check(
                "[extra.news]\nfeeds = [\"http://127.0.0.1:1/rss\"]\nevery_seconds = 60\n[extra.cryptocompare]\nkey_env = \"KEY\""
            ),
            Ok(())
        );
        for (text, words) in [
            ("[extra.coingecko]\nevery_seconds = 1", "every_seconds is 1"),
            ("[extra.coingecko]\nevery = 1", "unknown field"),
            ("[extra.cryptocompare]\nkey = \"secret\"", "unknown field"),
            (
                "[extra.news]\nfeeds = [\"file:///etc/passwd\"]",
                "neither http nor https",
            ),
            ("[extra.news]\nfeeds = [\"coindesk\"]", "is no web address"),
        ] {
            let refused = check(text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }
}
