//! The configured sources: which instruments of which venues, and where.

use std::time::Duration;

use crate::{
    config::{Config, VenueConfig},
    pipeline::{Engine, live::feed::Source},
    simulator::{Protocol, RunningSimulator},
    source::venue::{ALL, Facts, Place, SIMULATED, facts_of, open},
};

/// Simulated time may run fast, but a feed is asked at most once a real second.
const FASTEST_ROUND: Duration = Duration::from_secs(1);

/// What the simulator trades at its venues; at the one that speaks Binance's protocol it is the main instrument.
const SIMULATED_PAIR: &str = "BTC-USD";

/// Sources of these venues.
pub(super) fn real(config: &Config, names: &[String]) -> Vec<Source> {
    let mut sources = Vec::new();
    for name in names {
        let Some(facts) = facts_of(name) else {
            continue;
        };
        let own = config.venue.get(name).cloned().unwrap_or_default();
        let rest = own.rest.as_deref().unwrap_or(facts.rest);
        let stream = own.stream_url(facts.stream);
        for (instrument, symbol) in own.pairs_of(facts, &config.live) {
            let place = Place {
                rest: rest.trim_end_matches('/').to_owned(),
                stream: stream.clone().unwrap_or_default(),
                symbol,
            };
            let streamed = stream.is_some();
            sources.extend(source(config, name, &instrument, place, &own, streamed));
        }
    }
    sources
}

/// Sources of the venues that the running simulator speaks the protocols of, as far as they are configured.
pub(super) fn simulated(
    engine: &Engine,
    config: &Config,
    simulator: &RunningSimulator,
) -> Vec<Source> {
    let mut sources = Vec::new();
    let wanted = config.live.venue_names();
    for facts in ALL {
        if !wanted.iter().any(|name| name == facts.name) {
            continue;
        }
        let Some(place) = place(config, simulator, facts) else {
            continue;
        };
        let (name, instrument) = match facts.name {
            "binance" => (SIMULATED.to_owned(), config.live.instrument.clone()),
            protocol => (format!("{SIMULATED}-{protocol}"), SIMULATED_PAIR.to_owned()),
        };
        let own = config.venue.get(&name).cloned().unwrap_or_default();
        let streamed = own.stream_url("").is_some();
        let found = source(config, &name, &instrument, place, &own, streamed);
        sources.extend(found.map(|mut source| {
            source.simulated = true;
            if engine.clock.speed() > 1.0 {
                let fastest_ms = engine.clock.ms_of(FASTEST_ROUND);
                source.interval_ms = source.interval_ms.max(fastest_ms);
                source.slow_ms = source.slow_ms.max(fastest_ms);
            }
            source
        }));
    }
    sources
}

/// Where the simulator speaks a protocol; `None` if it does not.
fn place(config: &Config, simulator: &RunningSimulator, facts: &Facts) -> Option<Place> {
    let protocol = Protocol::parse(facts.name)?;
    let symbol = match protocol {
        Protocol::Binance => config.live.symbol.clone(),
        _ => {
            let pair = facts.pairs.iter().find(|(name, _)| *name == SIMULATED_PAIR);
            pair.map(|(_, symbol)| (*symbol).to_owned())?
        }
    };
    Some(Place {
        rest: simulator.rest_url(protocol),
        stream: simulator.stream_url(protocol),
        symbol,
    })
}

fn source(
    config: &Config,
    name: &str,
    instrument: &str,
    place: Place,
    own: &VenueConfig,
    streamed: bool,
) -> Option<Source> {
    let client = open(name, &place)?;
    let channels = if streamed {
        own.channels_of(client.facts().channels)
    } else {
        Vec::new()
    };
    Some(Source {
        name: name.to_owned(),
        instrument: instrument.to_owned(),
        symbol: place.symbol,
        client,
        channels,
        interval_ms: config.live.poll_ms(),
        slow_ms: config.live.slow_poll_ms(),
        simulated: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn venues_instruments_and_channels_come_from_the_configuration() {
        let mut config = Config::default();
        let names = ["binance".to_owned(), "mtgox".to_owned()];
        let sources = real(&config, &names);
        assert_eq!(sources.len(), 1);
        let binance = &sources[0];
        assert_eq!(binance.entity(), "BTC-USDT/binance/live");
        assert_eq!((binance.interval_ms, binance.slow_ms), (10_000, 30_000));
        assert_eq!(binance.channels, binance.client.facts().channels);

        let own = VenueConfig {
            rest: Some("http://127.0.0.1:1/".to_owned()),
            stream: Some("off".to_owned()),
            pairs: [("ETH-USDT".to_owned(), "ETHUSDT".to_owned())].into(),
            channels: vec!["book".to_owned()],
        };
        config.venue.insert("binance".to_owned(), own.clone());
        let sources = real(&config, &names);
        assert_eq!(sources[0].entity(), "ETH-USDT/binance/live");
        assert_eq!(sources[0].channels, []);
        assert!(
            sources[0]
                .client
                .ticker()
                .url
                .starts_with("http://127.0.0.1:1/api")
        );

        let stream = Some("ws://127.0.0.1:2".to_owned());
        let own = VenueConfig { stream, ..own };
        config.venue.insert("binance".to_owned(), own);
        let channels = &real(&config, &names)[0].channels;
        assert_eq!(
            channels.iter().map(|c| c.as_str()).collect::<Vec<_>>(),
            ["book"]
        );
    }
}
