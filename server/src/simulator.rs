//! Sim.
mod day;
pub mod market;
mod noise;
pub mod path;
pub mod units;
pub mod volatility;
