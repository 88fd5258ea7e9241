//! Findings of the watch, one tally for each of its checks.

use std::ops::{Index, IndexMut};

use crate::quality::tally::Tally;

macro_rules! watched {
    ($($(#[$meta:meta])* $name:ident = $id:literal,)*) => {
        /// A check of the watch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Watched {
            $($(#[$meta])* $name,)*
        }

        const IDS: &[&str] = &[$($id,)*];
    };
}

watched! {
    /// A large return of one step.
    ExtremeMove = "candle.extreme_move",
    /// Missing candles.
    Gap = "candle.gap",
    /// An open far from the close before.
    OpenJump = "candle.open_jump",
    /// A price far from the level of the last hour.
    PriceSanity = "candle.price_sanity",
    /// High far above low.
    Range = "candle.range",
    /// A jump that the next candle takes back.
    SpikeReversal = "candle.spike_reversal",
    /// Equal closes in a row.
    StaleClose = "candle.stale_close",
    /// A price that moved without volume.
    ZeroVolumeFlat = "candle.zero_volume_flat",
}

/// One tally a check. An array: a map's look-up by name would cost more than the checks themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tallies([Tally; IDS.len()]);

impl Tallies {
    /// The tally of a check, if the watch has that check.
    #[must_use]
    pub fn get(&self, check_id: &str) -> Option<&Tally> {
        IDS.iter()
            .position(|id| *id == check_id)
            .map(|at| &self.0[at])
    }
}

impl Index<Watched> for Tallies {
    type Output = Tally;

    fn index(&self, check: Watched) -> &Tally {
        &self.0[check as usize]
    }
}

impl IndexMut<Watched> for Tallies {
    fn index_mut(&mut self, check: Watched) -> &mut Tally {
        &mut self.0[check as usize]
    }
}
