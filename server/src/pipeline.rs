//! The two pipelines: what wires sources, refining, checks and the store.
//!
//! `batch` lands files, `live` polls venues; both hand their landings to `candles` and the other datasets, which
//! write silver, quarantine and gold, and to `judge`, which stores results and moves alerts.

use crate::{clock::Clock, hub::Hub, store::Store};

pub mod alerting;
pub mod analyse;
pub mod articles;
pub mod backfill;
pub mod backtest;
pub mod batch;
pub mod candles;
pub mod checksum;
pub mod first;
pub mod gold;
pub mod goldchecks;
pub mod history;
pub mod inbox;
pub mod input;
pub mod inspect;
pub mod judge;
pub mod land;
pub mod live;
pub mod lock;
pub mod notifying;
pub mod progress;
pub mod quarantine;
pub mod ranges;
pub mod read;
pub mod recheck;
pub mod refine;
pub mod replay;
pub mod rules;
pub mod runs;
pub mod schedule;
pub mod score;
pub mod selfcheck;
pub mod upload;

/// What every duty of a pipeline needs.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The database.
    pub store: Store,
    /// Who listens.
    pub hub: Hub,
    /// What time it is.
    pub clock: Clock,
}
