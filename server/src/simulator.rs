//! An exchange on loopback: speaks the Binance spot REST protocol over a synthetic market, with faults that can be
//! switched on while it runs.
//!
//! | asked | answered |
//! |---|---|
//! | `GET /api/v3/{ping,time,exchangeInfo,ticker/24hr,ticker/bookTicker,klines,depth}` | as the venue, for `BTCUSDT` |
//! | `GET /faults` | every [`Fault`], what it does, whether it is on |
//! | `POST /faults/{name}?seconds=N` | switches one on, for N seconds or until it is cleared |
//! | `DELETE /faults/{name}`, `DELETE /faults` | switches one or all off |

mod day;
mod depth;
mod exchange;
mod fault;
mod faults;
pub(crate) mod market;
mod noise;
mod overlay;
pub(crate) mod path;
mod routes;
mod time;
pub(crate) mod units;
mod volatility;
mod weight;
mod wire;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use self::{
    exchange::Exchange,
    market::Market,
    routes::{Venue, router},
    time::SimTime,
    weight::WeightMeter,
};
pub use self::{
    fault::{ActiveFault, Fault},
    faults::Faults,
    wire::SYMBOL,
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
}

impl Default for SimulatorConfig {
    /// Real speed, now, spikes of 2 %, 5 seconds after a 429.
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 1.0,
            clock: Clock::system(),
            start_ms: None,
            spike: 0.02,
            retry_after_s: 5,
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
        if !(config.speed > 0.0 && config.speed <= 100_000.0) {
            return Err(SimulatorError::Speed(config.speed));
        }
        let listen = |error| SimulatorError::Listen { addr, error };
        let listener = TcpListener::bind(addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;

        let market = Arc::new(Market::new(config.seed));
        let time = SimTime::new(config.clock, config.start_ms, config.speed);
        let faults = Faults::new(time.clone(), Arc::clone(&market), config.spike);
        let stop = CancellationToken::new();
        let venue = Venue {
            exchange: Exchange {
                market,
                faults: faults.clone(),
                time,
            },
            weight: WeightMeter::default(),
            retry_after_s: config.retry_after_s,
            stop: stop.clone(),
        };
        let served = axum::serve(listener, router(Arc::new(venue)))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the simulator stopped");
            }
        });
        tracing::info!(%addr, seed = config.seed, speed = config.speed, "simulator listens");
        Ok(RunningSimulator {
            addr,
            faults,
            stop,
            task,
        })
    }
}

/// A running exchange; dropping it stops it.
#[derive(Debug)]
pub struct RunningSimulator {
    addr: SocketAddr,
    faults: Faults,
    stop: CancellationToken,
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

    /// Its faults.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Waits until it has stopped.
    pub async fn stopped(&mut self) {
        // A panic in the task has been reported by the runtime.
        let _ = (&mut self.task).await;
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
