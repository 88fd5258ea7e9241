//! `assay simulate`

use std::net::SocketAddr;

use clap::Args;

use crate::{
    clock::Clock,
    config::Config,
    simulator::{Fault, Simulator, SimulatorConfig},
};

/// Options of `simulate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Switch a fault on with POST /faults/NAME?seconds=N, off with DELETE /faults/NAME; GET /faults lists them."
)]
pub struct SimulateArgs {
    /// Loopback address to listen on.
    #[arg(long, default_value = "127.0.0.1:3100")]
    addr: SocketAddr,
    /// Venue whose protocol is spoken.
    #[arg(long, default_value = "binance", value_parser = ["binance"])]
    venue: String,
    /// Seed of the market: the same seed gives the same prices.
    #[arg(long)]
    seed: Option<u64>,
    /// Simulated seconds per second.
    #[arg(long)]
    speed: Option<f64>,
}

/// Runs until interrupted.
pub(super) async fn run(args: &SimulateArgs, config: &Config) -> anyhow::Result<bool> {
    let simulator = SimulatorConfig {
        seed: args.seed.unwrap_or(config.simulator.seed),
        speed: args.speed.unwrap_or(config.simulator.speed),
        clock: Clock::system(),
        ..SimulatorConfig::default()
    };
    let mut running = Simulator::start(args.addr, simulator).await?;
    println!(
        "{} speaks the {} protocol; prices are synthetic",
        running.base_url(),
        args.venue
    );
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
