//! Kinds of faults.

use app::model::Dataset;
use serde::{Serialize, Serializer};

/// How a fault changes the rows it concerns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// The last price jumps by this share, up or down, for one row.
    Spike(f64),
    /// Prices stay what they were; volume goes on.
    Stick,
    /// The row before is repeated under later times, without volume.
    Fill,
    /// Rows are missing.
    Drop,
    /// Rows come twice.
    Repeat,
    /// Rows come twice, the second time with another price.
    Conflict,
    /// Two numbers of a row change places.
    Swap,
    /// Times are so many times what they should be.
    TimeUnit(f64),
    /// Every price is multiplied.
    Price(f64),
    /// Times are off by so many milliseconds.
    Skew(i64),
    /// Rows come so many rows later.
    Delay(usize),
    /// The best bid is above the best ask.
    Cross,
    /// Volume is multiplied.
    Volume(f64),
    /// A later landing says something else.
    Restate,
}

macro_rules! faults {
    ($($(#[$meta:meta])* $name:ident = $word:literal, $rows:literal, $way:expr, [$($dataset:ident),*];)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$meta])* $name,)* }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its word in rule files, records and on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Rows that one fault concerns.
            #[must_use]
            pub const fn rows(self) -> usize {
                match self { $(Self::$name => $rows,)* }
            }

            /// What it does to them.
            #[must_use]
            pub const fn way(self) -> Way {
                match self { $(Self::$name => $way,)* }
            }

            /// True if rows of that dataset can have it.
            #[must_use]
            pub const fn applies_to(self, dataset: Dataset) -> bool {
                match self { $(Self::$name => matches!(dataset, $(Dataset::$dataset)|*),)* }
            }
        }
    };
}

faults! {
    /// One price 1 % off.
    Spike1 = "spike_1pct", 1, Way::Spike(0.01), [Candle, Trade, Quote];
    /// One price 2 % off.
    Spike2 = "spike_2pct", 1, Way::Spike(0.02), [Candle, Trade, Quote];
    /// One price 5 % off.
    Spike5 = "spike_5pct", 1, Way::Spike(0.05), [Candle, Trade, Quote];
    /// A price that no longer moves while volume goes on.
    StuckPrice = "stuck_price", 30, Way::Stick, [Candle, Trade, Quote, Book];
    /// Missing rows.
    Gap = "gap", 20, Way::Drop, [Candle, Quote];
    /// A row that comes twice.
    Duplicate = "duplicate", 1, Way::Repeat, [Candle, Trade, Quote, Book];
    /// A row that comes twice with different values.
    ConflictingDuplicate = "conflicting_duplicate", 1, Way::Conflict, [Candle, Trade, Quote];
    /// Two columns exchanged.
    SwappedColumns = "swapped_columns", 1, Way::Swap, [Candle, Trade, Quote, Book];
    /// Microseconds where milliseconds are meant.
    TimeUnit = "time_unit", 5, Way::TimeUnit(1000.0), [Candle, Trade, Quote];
    /// Seconds where milliseconds are meant.
    TimeUnitSeconds = "time_unit_s", 5, Way::TimeUnit(0.001), [Candle, Trade, Quote];
    /// Prices in hundreds: 0.01 of what they should be.
    PriceUnit = "price_unit", 5, Way::Price(0.01), [Candle, Trade, Quote];
    /// A clock that is 7 seconds ahead.
    ClockSkew = "clock_skew", 30, Way::Skew(7_000), [Candle, Trade, Quote, Book];
    /// Rows that come behind 30 later ones.
    LateRows = "late_rows", 3, Way::Delay(30), [Candle, Trade, Quote];
    /// A bid above the ask.
    CrossedBook = "crossed_book", 5, Way::Cross, [Quote, Book];
    /// Numbered messages that are lost.
    SequenceLoss = "sequence_loss", 3, Way::Drop, [Trade, Book];
    /// Half of the volume for an hour.
    PartialVolume = "partial_volume", 60, Way::Volume(0.5), [Candle, Trade];
    /// No volume for three hours, two whole ones at least, while prices move.
    ZeroVolume = "zero_volume", 180, Way::Volume(0.0), [Candle];
    /// A bar that a later landing gives with other values.
    RestatedBar = "restated_bar", 1, Way::Restate, [Candle];
    /// Half an hour filled with the last price before it.
    ForwardFill = "forward_fill", 30, Way::Fill, [Candle, Quote];
    /// Two days of candles that are dated a minute late.
    LaggingVenue = "lagging_venue", 2_880, Way::Skew(app::model::MINUTE_MS), [Candle];
    /// An hour of another market, 60 basis points away.
    WrongVenue = "wrong_venue", 60, Way::Price(1.006), [Candle, Trade, Quote, Book];
}

impl Fault {
    /// The fault of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.as_str() == word)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
