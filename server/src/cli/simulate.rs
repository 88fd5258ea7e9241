//! `assay simulate`

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Args;

use crate::{
    clock::Clock,
    config::Config,
    simulator::{Fault, Protocol, Recording, Script, Simulator, SimulatorConfig},
};

/// Options of `simulate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Switch a fault on with POST /faults/NAME?venue=V&seconds=N, off with DELETE /faults/NAME; GET /faults lists them.\nGET /truth/VENUE/trades?from=MS&to=MS (also candles, book) tells what really happened."
)]
pub struct SimulateArgs {
    /// Loopback address to listen on.
    #[arg(long, default_value = "127.0.0.1:3100")]
    addr: SocketAddr,
    /// Venue whose protocol is spoken where a path names none; the others are at /NAME/….
    #[arg(long, default_value = "binance", value_parser = ["binance", "coinbase", "kraken", "bitstamp", "bitfinex"])]
    venue: String,
    /// Seed of the market: the same seed gives the same prices.
    #[arg(long)]
    seed: Option<u64>,
    /// Simulated seconds per second.
    #[arg(long)]
    speed: Option<f64>,
    /// Trades a second at the largest venue.
    #[arg(long, value_name = "NUMBER")]
    rate: Option<f64>,
    /// Faults on a time line, in TOML.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Recorded traffic, or runs as the engine lands them: served again instead of the market of its venue, which is
    /// --venue where a file does not say.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    replay: Vec<PathBuf>,
    /// Messages of streams are sent in fragments of so many bytes.
    #[arg(long, value_name = "BYTES")]
    fragments: Option<std::num::NonZeroUsize>,
}

/// Runs until interrupted.
pub(super) async fn run(args: &SimulateArgs, config: &Config) -> anyhow::Result<bool> {
    let usual = SimulatorConfig::default();
    let root = Protocol::parse(&args.venue).context("no such venue")?;
    let script = args.script.as_ref().or(config.simulator.script.as_ref());
    let simulator = SimulatorConfig {
        seed: args.seed.unwrap_or(config.simulator.seed),
        speed: args.speed.unwrap_or(config.simulator.speed),
        rate: args.rate.unwrap_or(usual.rate),
        clock: Clock::system(),
        script: script.map(|path| Script::read(path)).transpose()?,
        replay: Recording::read(&args.replay, Some(root))?,
        fragment_bytes: args.fragments.map(std::num::NonZeroUsize::get),
        root,
        ..usual
    };
    let repeated: Vec<Protocol> = simulator
        .replay
        .iter()
        .filter_map(|recording| recording.protocol)
        .collect();
    let mut running = Simulator::start(args.addr, simulator).await?;
    println!(
        "{} speaks the {} protocol; prices are synthetic",
        running.base_url(),
        args.venue
    );
    for protocol in Protocol::ALL {
        let recorded = if repeated.contains(&protocol) {
            "  recorded"
        } else {
            ""
        };
        println!(
            "  {:9} {}  {}{recorded}",
            protocol.as_str(),
            running.rest_url(protocol),
            running.stream_url(protocol)
        );
    }
    for fault in Fault::ALL {
        println!("  {:16} {}", fault.as_str(), fault.description());
    }
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = running.stopped() => {}
    }
    running.shutdown().await;
    Ok(true)
}
