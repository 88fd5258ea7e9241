//! One connection as the link sees it: what was confirmed, what came, and whether it can be relied on.

use std::collections::BTreeMap;

use super::{
    book::{BookPace, BookState},
    limits::LinkConfig,
    outbox::Outbox,
};
use crate::source::session::{Channel, FrameFacts};

/// Number of a connection; each attempt of a link has its own, and later ones have larger ones.
pub type Conn = u64;

/// A time of the venue further ahead of ours is a mistake, and would be the newest for ever.
const MOST_AHEAD_MS: i64 = 60_000;

/// What is known of one subscription.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription {
    confirmed: bool,
    /// The venue will never give it.
    refused: bool,
    first_at: Option<i64>,
    last_at: Option<i64>,
}

/// Whether a connection can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Fine,
    /// Something is missing: better have another one, but keep this one until then.
    Doubtful(String),
    /// It is of no use.
    Dead(String),
}

/// A connection that is open or being opened.
#[derive(Debug)]
pub struct Slot {
    pub conn: Conn,
    began_at: i64,
    pub opened_at: Option<i64>,
    /// Any frame, heartbeats included.
    frame_at: i64,
    subscriptions: BTreeMap<Channel, Subscription>,
    /// Newest time of the venue, and when it moved on last.
    pub exchange: Option<(i64, i64)>,
    /// Data since then, without failure.
    pub proven_since: Option<i64>,
    pub proven: bool,
    pub book: Option<BookPace>,
    pub outbox: Outbox,
    pub keep_alive: Option<(i64, String)>,
    pub keep_alive_at: i64,
    /// It is replaced at this time, the venue's limit of age near.
    pub roll_at: Option<i64>,
    /// It was replaced and is closed then.
    pub retire_at: Option<i64>,
}

impl Slot {
    pub fn new(conn: Conn, config: &LinkConfig, exchange: Option<(i64, i64)>, now_ms: i64) -> Self {
        let subscription = |channel: &Channel| (*channel, Subscription::default());
        Self {
            conn,
            began_at: now_ms,
            opened_at: None,
            frame_at: now_ms,
            subscriptions: config.channels.iter().map(subscription).collect(),
            exchange,
            proven_since: None,
            proven: false,
            book: config
                .channels
                .contains(&Channel::Book)
                .then(|| BookPace::new(config.book)),
            outbox: Outbox::new(config.sends, now_ms),
            keep_alive: None,
            keep_alive_at: i64::MAX,
            roll_at: None,
            retire_at: None,
        }
    }

    pub fn opened(&mut self, now_ms: i64) {
        self.opened_at = Some(now_ms);
        self.frame_at = now_ms;
    }

    pub fn frame(&mut self, facts: FrameFacts, now_ms: i64) {
        self.frame_at = now_ms;
        if let Some(at) = facts.exchange_at
            && at <= now_ms.saturating_add(MOST_AHEAD_MS)
            && self.exchange.is_none_or(|(newest, _)| at > newest)
        {
            self.exchange = Some((at, now_ms));
        }
        if let Some(channel) = facts.channel {
            self.data(channel, now_ms);
        }
    }

    /// Data of a subscription came.
    pub fn data(&mut self, channel: Channel, now_ms: i64) {
        self.proven_since.get_or_insert(now_ms);
        if let Some(subscription) = self.subscriptions.get_mut(&channel) {
            subscription.confirmed = true;
            subscription.first_at.get_or_insert(now_ms);
            subscription.last_at = Some(now_ms);
        }
    }

    pub fn confirmed(&mut self, channel: Channel) {
        if let Some(subscription) = self.subscriptions.get_mut(&channel) {
            subscription.confirmed = true;
        }
    }

    /// The venue will never give this channel; false if that was the last one.
    pub fn refused(&mut self, channel: Channel) -> bool {
        if let Some(subscription) = self.subscriptions.get_mut(&channel) {
            subscription.refused = true;
        }
        if channel == Channel::Book {
            self.book = None;
        }
        self.wanted().next().is_some()
    }

    /// Subscriptions that are not refused for good.
    fn wanted(&self) -> impl Iterator<Item = (Channel, Subscription)> {
        self.subscriptions
            .iter()
            .filter(|(_, subscription)| !subscription.refused)
            .map(|(channel, subscription)| (*channel, *subscription))
    }

    pub const fn has_data(&self) -> bool {
        self.proven_since.is_some()
    }

    /// Receipt of the newest data.
    pub fn last_at(&self) -> Option<i64> {
        self.wanted()
            .filter_map(|(_, subscription)| subscription.last_at)
            .max()
    }

    /// True if it can take over: everything is confirmed, the market is seen to move, and the book is there.
    pub fn is_ready(&self, config: &LinkConfig, now_ms: i64) -> bool {
        let Some(opened_at) = self.opened_at else {
            return false;
        };
        let confirmed = self
            .wanted()
            .all(|(_, subscription)| subscription.confirmed);
        let book = self
            .book
            .as_ref()
            .is_none_or(|book| book.state() == BookState::Synced);
        let settled = now_ms - opened_at >= config.patience(Channel::Quotes).first_ms;
        let fed = self.wanted().all(|(channel, subscription)| {
            // minutes without a trade are no reason to wait
            let is_quiet = matches!(channel, Channel::Trades | Channel::Candles);
            subscription.first_at.is_some() || (is_quiet && settled)
        });
        confirmed && book && fed && self.has_data()
    }

    /// Judges it; `is_open`: the venue says that it trades.
    pub fn verdict(&self, config: &LinkConfig, is_open: bool, now_ms: i64) -> Verdict {
        let Some(opened_at) = self.opened_at else {
            return if now_ms - self.began_at >= config.open_ms {
                Verdict::Dead("it did not open".to_owned())
            } else {
                Verdict::Fine
            };
        };
        let seconds = |ms: i64| (ms + 999) / 1_000;
        let age = now_ms - opened_at;
        let mute = now_ms - self.frame_at;
        if mute >= config.dead_ms {
            return Verdict::Dead(format!("nothing came for {} s", seconds(mute)));
        }
        if age >= config.confirm_ms
            && let Some((channel, _)) = self.wanted().find(|(_, s)| !s.confirmed)
        {
            let word = channel.as_str();
            return Verdict::Dead(format!("the subscription of {word} was not confirmed"));
        }
        if !is_open {
            return Verdict::Fine;
        }
        if !self.has_data() {
            let patience = self
                .wanted()
                .map(|(channel, _)| config.patience(channel).first_ms);
            if patience.min().is_some_and(|patience| age >= patience) {
                return Verdict::Dead(format!(
                    "subscribed, but no data came for {} s",
                    seconds(age)
                ));
            }
        }
        for (channel, subscription) in self.wanted() {
            let patience = config.patience(channel);
            let (since, most_ms) = subscription
                .last_at
                .map_or((opened_at, patience.first_ms), |at| {
                    (at, patience.silent_ms)
                });
            if now_ms - since >= most_ms {
                let (word, silent) = (channel.as_str(), seconds(now_ms - since));
                return Verdict::Doubtful(format!("no {word} for {silent} s"));
            }
        }
        if let Some((_, moved_at)) = self.exchange
            && now_ms - moved_at >= config.stuck_ms
        {
            let stuck = seconds(now_ms - moved_at);
            return Verdict::Doubtful(format!("the venue's time stands still for {stuck} s"));
        }
        Verdict::Fine
    }
}
