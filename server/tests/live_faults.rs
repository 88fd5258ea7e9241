//! Each fault of the simulator leads to the right state: the check that names it, one alert with history and evidence,
//! nothing lost or doubled, and the end of the alert once the fault is over.
//!
//! The real poller asks the real simulator over loopback and writes a real database; only the clock is set by hand.

#[path = "live_faults/bench.rs"]
pub mod bench;
#[path = "live_faults/prices.rs"]
mod prices;
#[path = "live_faults/recovery.rs"]
mod recovery;
#[path = "live_faults/transport.rs"]
mod transport;
