//! A simulated exchange under the clock of an engine, and a configuration that leads to it.

#![allow(dead_code, reason = "every test uses its own part of it")]

use app::model::{HOUR_MS, Step};
use server::{
    clock::Clock,
    config::{Config, VenueConfig},
    pipeline::backfill::Backfill,
    simulator::{RunningSimulator, Simulator, SimulatorConfig},
};

/// 15 seconds into a minute.
pub const NOW: i64 = 1_790_000_055_000;

pub async fn exchange(clock: &Clock) -> RunningSimulator {
    let config = SimulatorConfig {
        clock: clock.clone(),
        retry_after_s: 0,
        ..SimulatorConfig::default()
    };
    Simulator::start("127.0.0.1:0".parse().unwrap(), config)
        .await
        .unwrap()
}

pub fn config(exchange: &RunningSimulator) -> Config {
    let mut config = Config::default();
    let venue = VenueConfig {
        rest: Some(exchange.base_url()),
        ..VenueConfig::default()
    };
    config.venue.insert("simulator".to_owned(), venue);
    config
}

/// Minutes of so many hours before `to`.
pub fn hours_before(to: i64, hours: i64) -> Backfill {
    Backfill {
        venue: "simulator".to_owned(),
        instrument: None,
        step: Step::ALL[0],
        from: to - hours * HOUR_MS,
        to,
        duty: None,
    }
}
