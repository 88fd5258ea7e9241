//! `assay serve`

use std::net::SocketAddr;

use clap::Args;

use super::Common;
use crate::config::Config;

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on; other than loopback only with an operator token in the configuration.
    #[arg(long, default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Live source: `auto` (real venues, the simulator while none answers), `off`, `simulator`, or venues by name.
    #[arg(
        long,
        default_value = "auto",
        value_name = "auto|off|simulator|VENUE,…"
    )]
    live: String,
}

pub(super) async fn run(
    _args: ServeArgs,
    _common: &Common,
    _config: Config,
) -> anyhow::Result<bool> {
    Ok(true)
}
