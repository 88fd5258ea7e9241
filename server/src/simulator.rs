//! Five exchanges on loopback: each speaks its venue's protocol, REST and stream, over one synthetic market, with
//! faults that can be switched on while they run.
//!
//! | asked | answered |
//! |---|---|
//! | `/binance/…`, `/coinbase/…`, `/kraken/…`, `/bitstamp/…`, `/bitfinex/…` | as the venue: REST below it, its stream at `…/ws` |
//! | `/api/v3/…` | as Binance |
//! | `GET /truth/{venue}/{trades,book,candles}?from&to` | what really happened, sent or not |
//! | `GET /faults` | every [`Fault`], what it does, whether and where it is on |
//! | `POST /faults/{name}?venue=V&seconds=N` | switches one on, for N seconds or until it is cleared |
//! | `DELETE /faults/{name}?venue=V`, `DELETE /faults` | switches one or all off |
//!
//! Without sockets, [`World`] is the same: tests drive its exchanges by hand.

mod book;
mod candle;
mod connection;
mod day;
mod exchange;
mod fault;
mod faults;
mod hash;
pub(crate) mod market;
mod noise;
mod overlay;
mod params;
pub(crate) mod path;
mod protocol;
mod replay;
mod script;
mod served;
mod shell;
mod tape;
mod text;
mod time;
mod trade;
mod truth;
pub(crate) mod units;
mod venue;
mod volatility;
mod weight;
mod world;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::{
    book::{BOOK_TICK_MS, BookDiff, TrueBook},
    candle::TrueCandle,
    exchange::{Conn, Exchange, Out, Pace, RestAnswer},
    fault::{ActiveFault, Fault},
    faults::Faults,
    protocol::Protocol,
    replay::{RecordedAnswer, Recording, ReplayError},
    script::{Script, ScriptError, ScriptedFault},
    trade::{SATS_PER_UNIT, TrueTrade},
    truth::Truth,
    venue::SYMBOL,
    world::World,
};
use self::{
    replay::Replay,
    shell::{Shell, router},
};
use crate::clock::Clock;

/// How a simulator is made.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// The market's seed: the same seed gives the same prices.
    pub seed: u64,
    /// Simulated seconds in a second of the clock, above 0. Anything but 1 leads away from the clock's time.
    pub speed: f64,
    /// What tells the time.
    pub clock: Clock,
    /// Simulated time at the start, in milliseconds; `None`: the clock's.
    pub start_ms: Option<i64>,
    /// How far off a spike closes at least, as a share of the price.
    pub spike: f64,
    /// Seconds that a 429 asks the client to wait.
    pub retry_after_s: u32,
    /// Trades a second at the largest venue, on average; it never has less than one. Others have 15 to 80 % of it.
    pub rate: f64,
    /// Places for levels on each side of a book; most are taken.
    pub book_levels: usize,
    /// Messages of streams are sent in fragments of so many bytes; `None`: whole.
    pub fragment_bytes: Option<usize>,
    /// What goes wrong and when; its seed, if it has one, is the market's.
    pub script: Option<Script>,
    /// Recorded traffic: these venues repeat it instead of trading the market.
    pub replay: Vec<Recording>,
    /// Whose protocol is spoken where a path names no venue.
    pub root: Protocol,
}

impl Default for SimulatorConfig {
    /// Real speed, now, spikes of 2 %, 5 seconds after a 429, 4 trades a second, deep books.
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 1.0,
            clock: Clock::system(),
            start_ms: None,
            spike: 0.02,
            retry_after_s: 5,
            rate: 4.0,
            book_levels: 1_000,
            fragment_bytes: None,
            script: None,
            replay: Vec::new(),
            root: Protocol::Binance,
        }
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// Its prices are not real: nobody else may take them for real.
    #[error("the simulator only listens on loopback, not on {0}: use 127.0.0.1:PORT")]
    NotLoopback(SocketAddr),
    /// The configured speed makes no time.
    #[error("simulator speed {0} is out of range: use a number above 0, at most 100000")]
    Speed(f64),
    /// The configured number of trades cannot be made.
    #[error(
        "simulator rate {0} is out of range: use a number of trades a second above 0, at most 10000"
    )]
    Rate(f64),
    /// The address cannot be used.
    #[error("the simulator cannot listen on {addr}: {error}; is another one running?")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Starts an exchange on a loopback address; port 0 takes any free one.
    ///
    /// # Errors
    /// When the address is not loopback or taken, or the speed makes no sense.
    pub async fn start(
        addr: SocketAddr,
        config: SimulatorConfig,
    ) -> Result<RunningSimulator, SimulatorError> {
        if !addr.ip().is_loopback() {
            return Err(SimulatorError::NotLoopback(addr));
        }
        let world = World::new(&config)?;
        let listen = |error| SimulatorError::Listen { addr, error };
        let listener = TcpListener::bind(addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let stop = CancellationToken::new();
        let streams = TaskTracker::new();
        let instead = config.replay.into_iter().filter_map(|recording| {
            let protocol = recording.protocol?;
            let replay = Arc::new(Replay::new(recording)) as Arc<dyn Exchange>;
            Some((protocol, replay))
        });
        let shell = Shell {
            world: world.clone(),
            root: config.root,
            instead: instead.collect(),
            fragment_bytes: config.fragment_bytes,
            stop: stop.clone(),
            streams: streams.clone(),
        };
        let served = axum::serve(listener, router(Arc::new(shell)))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the simulator stopped");
            }
        });
        tracing::info!(%addr, seed = config.seed, speed = config.speed, "simulator listens");
        Ok(RunningSimulator {
            addr,
            world,
            stop,
            streams,
            task,
        })
    }
}

/// A running exchange; dropping it stops it.
#[derive(Debug)]
pub struct RunningSimulator {
    addr: SocketAddr,
    world: World,
    stop: CancellationToken,
    streams: TaskTracker,
    task: JoinHandle<()>,
}

impl RunningSimulator {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What clients put before `/api/v3/…`: `http://127.0.0.1:4000`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Base URL of a venue's REST interface: what clients put before `/0/public/…` or `/v2/…`.
    #[must_use]
    pub fn rest_url(&self, protocol: Protocol) -> String {
        format!("http://{}/{protocol}", self.addr)
    }

    /// Base URL of a venue's stream.
    #[must_use]
    pub fn stream_url(&self, protocol: Protocol) -> String {
        format!("ws://{}/{protocol}/ws", self.addr)
    }

    /// Its faults.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        self.world.faults()
    }

    /// What really happens at its venues.
    #[must_use]
    pub const fn truth(&self) -> &Truth {
        self.world.truth()
    }

    /// Its market and venues.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Waits until it has stopped.
    pub async fn stopped(&mut self) {
        // A panic in the task has been reported by the runtime.
        let _ = (&mut self.task).await;
        self.streams.close();
        self.streams.wait().await;
    }

    /// Stops it and waits until requests under way are answered.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        self.stopped().await;
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests;
