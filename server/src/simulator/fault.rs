//! What can be made to go wrong.

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal),+ $(,)?) => {
        /// A fault of the exchange that can be switched on while it runs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault { $($(#[doc = $doc])+ $variant),+ }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in URLs and lists.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What it does, in one sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim()),+ }
            }

            /// The fault of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

faults! {
    /// The price stands still while trades go on.
    FrozenPrice = "frozen_price",
    /// The best bid of the order book is above its best ask.
    CrossedBook = "crossed_book",
    /// Of the minutes since two before it was switched on, klines serve only every third.
    MissingMinutes = "missing_minutes",
    /// One minute closes at least 2 % off and the next returns.
    Spike = "spike",
    /// Every price is ten times too high.
    AbsurdPrice = "absurd_price",
    /// Every answer is 429 with Retry-After.
    RateLimit = "rate_limit",
    /// Every answer is 451: not available from here.
    Blocked = "blocked",
    /// Every answer is 500.
    ServerError = "server_error",
    /// Every answer ends half-way through its JSON.
    TruncatedJson = "truncated_json",
    /// Requests are accepted and never answered.
    Silence = "silence",
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A fault that is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveFault {
    /// Which.
    pub fault: Fault,
    /// Since when, by the simulator's clock, in milliseconds.
    pub since_ms: i64,
    /// When it ends by itself, by the simulator's clock, in milliseconds.
    pub until_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn names_lead_back_to_their_faults() {
        for fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.as_str()), Some(*fault));
            assert!(fault.description().ends_with('.'), "{fault}");
        }
        assert_eq!(Fault::parse("earthquake"), None);
    }
}
