//! The simulator over a real socket, asked by the real client and read by the real parsers.

mod drive;
mod faults;
mod network;
mod protocol;
mod rest;
mod rest_faults;
mod stream_faults;
mod streams;
mod truth;

use std::time::Duration;

use app::model::{Candle, MINUTE_MS};

use super::*;
use crate::source::{
    Answer, FetchError, HttpConfig, HttpSource,
    binance::{
        messages::{RawDepth, parse_depth, parse_klines},
        requests::Requests,
    },
};

/// 21 September 2026, 14:13:00 UTC: the start of a minute.
const NOW: i64 = 1_789_999_980_000;

/// A running simulator, a client of it, and the clock of both.
struct Bench {
    simulator: RunningSimulator,
    source: HttpSource,
    requests: Requests,
    clock: Clock,
}

impl Bench {
    async fn new() -> Self {
        Self::with(SimulatorConfig::default()).await
    }

    /// With a clock that stands at [`NOW`], whatever the configuration says.
    async fn with(config: SimulatorConfig) -> Self {
        let clock = Clock::fixed(NOW);
        let config = SimulatorConfig {
            clock: clock.clone(),
            ..config
        };
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let simulator = Simulator::start(any_port, config).await.unwrap();
        let http = HttpConfig {
            total_timeout: Duration::from_secs(20),
            ..HttpConfig::default()
        };
        Self {
            source: HttpSource::new(&http, clock.clone()).unwrap(),
            requests: Requests::new(&simulator.base_url(), SYMBOL),
            simulator,
            clock,
        }
    }

    fn faults(&self) -> &Faults {
        self.simulator.faults()
    }

    async fn get(&self, path: &str) -> Result<Answer, FetchError> {
        let url = format!("{}{path}", self.simulator.base_url());
        self.source.get(&url).await
    }

    async fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_slice(&self.get(path).await.unwrap().body).unwrap()
    }

    /// The newest minutes.
    async fn candles(&self, limit: u32) -> Vec<Candle> {
        let url = self.requests.klines("1m", limit, None);
        self.candles_of(&url).await
    }

    async fn candles_of(&self, url: &str) -> Vec<Candle> {
        let answer = self.source.get(url).await.unwrap();
        let parsed = parse_klines(&answer.body, self.clock.now_ms()).unwrap();
        assert!(parsed.rejects.is_empty(), "{:?}", parsed.rejects);
        parsed.candles.into_iter().map(|row| row.candle).collect()
    }

    async fn depth(&self, limit: u32) -> RawDepth {
        let answer = self.source.get(&self.requests.depth(limit)).await.unwrap();
        parse_depth(&answer.body).unwrap()
    }
}

/// A time in which a fault is on.
fn span(
    fault: Fault,
    venue: Option<Protocol>,
    from: i64,
    to: i64,
) -> crate::simulator::faults::Span {
    crate::simulator::faults::Span {
        fault,
        venue,
        from,
        to: Some(to),
        repeat: None,
    }
}

/// Minutes between a candle and [`NOW`].
fn minutes_after_now(candle: &Candle) -> i64 {
    (candle.opened_at - NOW) / MINUTE_MS
}
