//! What can be made to go wrong.

use super::protocol::Protocol;

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
    /// Of the minutes since two before it was switched on, candles serve only every third.
    MissingMinutes = "missing_minutes",
    /// One minute closes at least 2 % off and the next returns.
    Spike = "spike",
    /// Every price is ten times too high.
    AbsurdPrice = "absurd_price",
    /// Hundreds of trades a second more than usual.
    Flood = "flood",
    /// Every answer is 429 with Retry-After; who asks again too early is banned with 418.
    RateLimit = "rate_limit",
    /// Every answer is 451: not available from here.
    Blocked = "blocked",
    /// Every answer is 401: a key is wanted.
    KeyRequired = "key_required",
    /// Every answer is 403 with a page of HTML.
    Forbidden = "forbidden",
    /// Every answer is 500.
    ServerError = "server_error",
    /// Every answer is an error with status 200.
    Error200 = "error_200",
    /// Every answer is a page of HTML with status 200.
    Html = "html",
    /// Every answer, and every tenth message of a stream, ends half-way through its JSON.
    TruncatedJson = "truncated_json",
    /// Every answer trickles in, a piece each second for half a minute.
    SlowBody = "slow_body",
    /// Every list of an answer is empty.
    EmptyArrays = "empty_arrays",
    /// The order book over REST is fifteen seconds old.
    StaleSnapshot = "stale_snapshot",
    /// Requests are accepted and never answered; streams fall silent and stay so.
    Silence = "silence",
    /// Streams stay open, but nothing is sent on them any more.
    HalfOpen = "half_open",
    /// Subscriptions are confirmed, but no data follows.
    AckWithoutData = "ack_without_data",
    /// Every checksum of an order book is wrong.
    WrongChecksum = "wrong_checksum",
    /// One change of the order book is left out where changes are numbered or checked, and one trade.
    SequenceGap = "sequence_gap",
    /// Every trade comes twice, and changes of the order book too where that changes nothing.
    Duplicates = "duplicates",
    /// Neighbouring trades come in the wrong order.
    Reordering = "reordering",
    /// The venue's clock is ninety seconds ahead; times of trades and candles are right.
    ClockSkew = "clock_skew",
    /// Now and then a time of the year 1 and a size that is no number.
    Dirt = "dirt",
    /// Streams are torn down without a word.
    Disconnect = "disconnect",
    /// Streams are closed as after their 24 hours.
    Cut = "cut",
    /// The venue asks for new connections and closes the old ones ten seconds later.
    ServerShutdown = "server_shutdown",
    /// Streams are torn down and nobody is let in until it is over.
    Restart = "restart",
    /// Answers to pings do not count: a stream is dropped a minute after a ping.
    NoPongDrop = "no_pong_drop",
    /// Whoever sends a message over a stream is dropped for sending too many.
    RateKick = "rate_kick",
}

impl Fault {
    /// True if it changes what is traded or the book itself, so that the venue's own history has it too.
    pub(super) const fn changes_market(self) -> bool {
        matches!(
            self,
            Self::FrozenPrice | Self::CrossedBook | Self::Spike | Self::AbsurdPrice | Self::Flood
        )
    }
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
    /// Where; `None`: at every venue.
    pub venue: Option<Protocol>,
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
