//! `[live]` and `[venue.NAME]`: what is polled and streamed, and where.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::source::{
    session::Channel,
    venue::{ALL, Facts, facts_of},
};

/// Polling faster than this is no use and gets one banned.
const MIN_POLL_SECONDS: f64 = 0.2;
/// Instruments of one venue: more are a mistake.
const MAX_PAIRS: usize = 20;

/// `[live]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveConfig {
    /// Seconds between two polls of a venue while its stream does not stand.
    pub poll_seconds: f64,
    /// The same beside a stream that is well; three times as many unless given.
    pub slow_poll_seconds: Option<f64>,
    /// Frames are landed at least this often, in milliseconds: what a crash may lose of them.
    pub flush_ms: u64,
    /// Venues of `--live auto`, and those that `--live simulator` plays; empty: all that are known.
    pub venues: Vec<String>,
    /// The main instrument's symbol at Binance, and at the simulator that speaks its protocol.
    pub symbol: String,
    /// Instrument it is.
    pub instrument: String,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            poll_seconds: 10.0,
            slow_poll_seconds: None,
            flush_ms: 100,
            venues: Vec::new(),
            symbol: "BTCUSDT".to_owned(),
            instrument: "BTC-USDT".to_owned(),
        }
    }
}

impl LiveConfig {
    /// Milliseconds between two polls while no stream stands.
    #[must_use]
    pub fn poll_ms(&self) -> i64 {
        (self.poll_seconds * 1000.0) as i64
    }

    /// Milliseconds between two polls beside a stream that is well.
    #[must_use]
    pub fn slow_poll_ms(&self) -> i64 {
        let seconds = self.slow_poll_seconds.unwrap_or(self.poll_seconds * 3.0);
        (seconds * 1000.0) as i64
    }

    /// Names of the venues of `--live auto` and `--live simulator`.
    #[must_use]
    pub fn venue_names(&self) -> Vec<String> {
        if self.venues.is_empty() {
            return ALL.iter().map(|facts| facts.name.to_owned()).collect();
        }
        self.venues.clone()
    }
}

/// `[venue.NAME]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VenueConfig {
    /// Base URL of its REST interface.
    pub rest: Option<String>,
    /// Base URL of its streams, or `off`: it is only polled.
    pub stream: Option<String>,
    /// Instruments and the venue's names of them: `{"BTC-USD" = "XBTUSD"}`.
    pub pairs: BTreeMap<String, String>,
    /// What is streamed, among `trades`, `quotes`, `book`, `candles`; empty: all that the venue offers.
    pub channels: Vec<String>,
}

impl VenueConfig {
    /// Where its streams are, `base` unless configured; `None`: it is only polled.
    #[must_use]
    pub fn stream_url(&self, base: &str) -> Option<String> {
        match self.stream.as_deref() {
            Some("off") => None,
            Some(url) => Some(url.to_owned()),
            None => Some(base.to_owned()),
        }
    }

    /// What is streamed of what the venue offers.
    #[must_use]
    pub fn channels_of(&self, offered: &[Channel]) -> Vec<Channel> {
        let wanted = |channel: &Channel| {
            self.channels.is_empty() || self.channels.iter().any(|word| word == channel.as_str())
        };
        offered.iter().copied().filter(wanted).collect()
    }

    /// Its instruments and its names of them: configured, or those it is known by.
    #[must_use]
    pub fn pairs_of(&self, facts: &Facts, live: &LiveConfig) -> Vec<(String, String)> {
        if !self.pairs.is_empty() {
            return self.pairs.clone().into_iter().collect();
        }
        if facts.name == "binance" {
            return vec![(live.instrument.clone(), live.symbol.clone())];
        }
        let owned =
            |(instrument, symbol): &(&str, &str)| ((*instrument).to_owned(), (*symbol).to_owned());
        facts.pairs.iter().map(owned).collect()
    }
}

/// Refuses values out of range, and words that are not known.
pub(super) fn check(
    live: &LiveConfig,
    venues: &BTreeMap<String, VenueConfig>,
) -> anyhow::Result<()> {
    let in_range = |seconds: f64| (MIN_POLL_SECONDS..=86_400.0).contains(&seconds);
    anyhow::ensure!(
        in_range(live.poll_seconds),
        "live.poll_seconds is {}, expected {MIN_POLL_SECONDS} to 86400",
        live.poll_seconds
    );
    if let Some(seconds) = live.slow_poll_seconds {
        anyhow::ensure!(
            in_range(seconds),
            "live.slow_poll_seconds is {seconds}, expected {MIN_POLL_SECONDS} to 86400"
        );
    }
    anyhow::ensure!(
        (10..=10_000).contains(&live.flush_ms),
        "live.flush_ms is {}, expected 10 to 10000",
        live.flush_ms
    );
    let known = || {
        let names: Vec<&str> = ALL.iter().map(|facts| facts.name).collect();
        names.join(", ")
    };
    for name in &live.venues {
        anyhow::ensure!(
            ALL.iter().any(|facts| facts.name == name),
            "live.venues names {name:?}, expected venues among {}",
            known()
        );
    }
    for (name, venue) in venues {
        anyhow::ensure!(
            facts_of(name).is_some(),
            "there is a section venue.{name}, expected venues among {}",
            known()
        );
        anyhow::ensure!(
            venue.pairs.len() <= MAX_PAIRS,
            "venue.{name}.pairs has {} instruments, expected at most {MAX_PAIRS}",
            venue.pairs.len()
        );
        for instrument in venue.pairs.keys() {
            let parts = instrument.split_once('-');
            let is_word = |word: &str| {
                !word.is_empty()
                    && word
                        .chars()
                        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            };
            anyhow::ensure!(
                parts.is_some_and(|(base, quote)| is_word(base) && is_word(quote)),
                "venue.{name}.pairs names {instrument:?}, expected an instrument such as BTC-USD"
            );
        }
        for word in &venue.channels {
            anyhow::ensure!(
                Channel::parse(word).is_some(),
                "venue.{name}.channels names {word:?}, expected trades, quotes, book or candles"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("assay.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file)).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn sources_are_configured() {
        let config = load(
            r#"
            [live]
            poll_seconds = 5
            venues = ["binance"]
            [venue.binance]
            stream = "off"
            pairs = { "BTC-USDT" = "BTCUSDT", "ETH-USDT" = "ETHUSDT" }
            channels = ["trades", "book"]
            [venue.simulator]
            rest = "http://127.0.0.1:4000"
            "#,
        )
        .unwrap();
        assert_eq!(
            (config.live.poll_ms(), config.live.slow_poll_ms()),
            (5_000, 15_000)
        );
        assert_eq!(config.live.venue_names(), ["binance"]);
        let binance = &config.venue["binance"];
        assert_eq!(binance.stream_url("wss://x"), None);
        assert_eq!(binance.pairs.len(), 2);
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        for (text, words) in [
            ("[live]\npoll_seconds = 0", "live.poll_seconds is 0"),
            ("[live]\nslow_poll_seconds = 1e9", "live.slow_poll_seconds"),
            ("[live]\nflush_ms = 0", "live.flush_ms is 0"),
            ("[live]\nvenues = [\"mtgox\"]", "mtgox"),
            ("[venue.mtgox]\nrest = \"x\"", "venue.mtgox"),
            ("[venue.binance]\nchannels = [\"gossip\"]", "gossip"),
            (
                "[venue.binance]\npairs = { \"BTCUSD\" = \"x\" }",
                "such as BTC-USD",
            ),
            ("[venue.binance]\nports = 1", "unknown field"),
        ] {
            let error = load(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
