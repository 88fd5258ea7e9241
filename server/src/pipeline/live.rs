//! The live pipeline: scheduled polls of venues, each answer landed raw and refined by the code that refines files.
//!
//! `plan` reads `--live`, `poll` asks one venue in rounds, `answer` takes one answer from bronze to gold, `watchdog`
//! notices silence, `auto` falls back to the simulator while no real venue answers.

mod answer;
mod auto;
mod desk;
mod heal;
mod plan;
mod poll;
mod publish;
mod watchdog;

pub use answer::replay_answer;
pub use auto::run;
pub use desk::Desk;
pub use plan::{LivePlan, PlanError};
pub use poll::{Feed, Venue};
