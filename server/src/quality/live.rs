//! Checks of what streams: each follows the events of one source with bounded memory and says at any moment how it
//! stands. Pure; limits come from the rules, which may change between two events.
//!
//! `event` is what they are told, `window` counts over the last stretch of time, `findings` adds samples to it; then one
//! file a check or family of checks, and `source` for all of them over one source.

mod clock;
mod contract;
mod crossed;
pub mod event;
mod findings;
mod late;
mod numbers;
mod outside;
pub mod pressure;
mod ratio;
mod repeated;
mod resync;
pub mod rows;
pub mod source;
mod stale_book;
#[cfg(test)]
mod testing;
mod window;
