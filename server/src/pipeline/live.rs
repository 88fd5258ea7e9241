//! The live pipeline: scheduled polls of venues, each answer landed raw and refined by the code that refines files.
//!
//! `plan` reads `--live`, `poll` asks one venue in rounds, `heal` decides how far back, `answer` takes one answer from
//! bronze to gold, `watchdog` notices silence, `auto` falls back to the simulator while no real venue answers.

mod answer;
mod auto;
pub mod board;
mod candles;
mod close;
pub mod consensus;
mod desk;
pub mod extra;
mod feed;
pub mod gaps;
mod heal;
mod plan;
mod poll;
mod publish;
pub mod retention;
pub mod stream;
mod watchdog;

pub use answer::{chunk_of, replay_answer};
pub use auto::{AutoTimes, run, run_with, simulated_clock};
pub use desk::Desk;
pub use feed::{EqualPrices, Feed, FeedStatus, Source};
pub use plan::{LivePlan, PlanError};
pub use poll::Poller;
pub use watchdog::Watchdog;
