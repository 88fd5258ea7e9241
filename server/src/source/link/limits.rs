//! How patient a link is.

use crate::source::{
    backoff::BackoffConfig,
    session::Channel,
    venue::{Allowance, Facts},
};

/// Patience with one subscription, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From the opening to its first data.
    pub first_ms: i64,
    /// Between two data.
    pub silent_ms: i64,
}

/// Bounds of a link, in milliseconds of the engine's clock.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// What is subscribed.
    pub channels: Vec<Channel>,
    /// A connection that is not open by then is given up.
    pub open_ms: i64,
    /// A subscription that is neither confirmed nor brings data by then is given up with its connection.
    pub confirm_ms: i64,
    /// A connection over which nothing at all came for so long is dead, whatever the system says.
    pub dead_ms: i64,
    /// Data that come for so long without the venue's time moving on are no news.
    pub stuck_ms: i64,
    /// The venue cuts a connection at this age.
    pub lifetime_ms: Option<i64>,
    /// A second connection is opened so long before, at the latest.
    pub lead_ms: i64,
    /// Both connections are kept for so long when the second takes over.
    pub overlap_ms: i64,
    /// Data have to come for so long before a failure counts as the first again.
    pub proven_ms: i64,
    /// Shortest time between two replacements of a connection that is only suspected; doubles while that is no use.
    pub doubt_ms: i64,
    /// Longest.
    pub doubt_most_ms: i64,
    /// Pauses after failures.
    pub backoff: BackoffConfig,
    /// New connections the venue takes.
    pub connects: Allowance,
    /// Frames of ours the venue takes.
    pub sends: Allowance,
    /// Snapshots of the book and new subscriptions of it.
    pub book: BookConfig,
    /// Multiple of all patience with subscriptions: simulated time may run faster than answers can come.
    pub slower: i64,
}

/// How a book is brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookConfig {
    /// Times in a row that it is tried.
    pub tries: u32,
    /// Pause before the second try; doubles with each.
    pub pause_ms: i64,
    /// A question that is not answered by then is lost.
    pub answer_ms: i64,
    /// After all tries were in vain it is left alone for so long.
    pub give_up_ms: i64,
    /// A book that held for so long has the tries anew.
    pub proven_ms: i64,
}

impl LinkConfig {
    /// The usual patience with a venue of which these channels are subscribed.
    #[must_use]
    pub fn new(facts: &Facts, channels: &[Channel]) -> Self {
        let offered = |channel: &Channel| facts.channels.contains(channel);
        Self {
            channels: channels.iter().copied().filter(offered).collect(),
            open_ms: 15_000,
            confirm_ms: 10_000,
            dead_ms: 30_000,
            stuck_ms: 60_000,
            lifetime_ms: facts.lifetime_ms,
            lead_ms: 600_000,
            overlap_ms: 2_000,
            proven_ms: 10_000,
            doubt_ms: 60_000,
            doubt_most_ms: 1_800_000,
            backoff: BackoffConfig {
                cap_ms: 60_000,
                ..BackoffConfig::default()
            },
            connects: facts.connects,
            // Binance takes 5 a second, pongs included: one is left for them
            sends: Allowance {
                capacity: 4,
                per_ms: 1_000,
            },
            book: BookConfig {
                tries: 6,
                pause_ms: 1_000,
                answer_ms: 30_000,
                give_up_ms: 300_000,
                proven_ms: 30_000,
            },
            slower: 1,
        }
    }

    /// Patience for simulated time that runs so many times as fast as answers come.
    #[must_use]
    pub fn at_speed(mut self, speed: f64) -> Self {
        // ten seconds of patience stay one second of real time
        self.slower = ((speed / 10.0).ceil() as i64).max(1);
        for ms in [
            &mut self.open_ms,
            &mut self.confirm_ms,
            &mut self.dead_ms,
            &mut self.stuck_ms,
            &mut self.overlap_ms,
            &mut self.book.answer_ms,
        ] {
            *ms = ms.saturating_mul(self.slower);
        }
        self
    }

    /// Patience with one subscription. Best prices and books of a market that is open move all the time; minutes
    /// without a trade are nothing special, and some venues send candles only with trades.
    #[must_use]
    pub const fn patience(&self, channel: Channel) -> Patience {
        let (first_ms, silent_ms) = match channel {
            Channel::Trades => (60_000, 120_000),
            Channel::Quotes => (15_000, 60_000),
            Channel::Book => (10_000, 30_000),
            Channel::Candles => (90_000, 180_000),
        };
        Patience {
            first_ms: first_ms * self.slower,
            silent_ms: silent_ms * self.slower,
        }
    }
}
