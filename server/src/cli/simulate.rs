//! `assay simulate`

use std::net::SocketAddr;

use clap::Args;

use crate::config::Config;

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3100")]
    addr: SocketAddr,
}

pub(super) async fn run(_args: &SimulateArgs, _config: &Config) -> anyhow::Result<bool> {
    Ok(true)
}
