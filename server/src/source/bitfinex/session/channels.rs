//! Subscriptions of a connection by the numbers they were given, and the numbers of its messages.

use serde::{Deserialize, Serialize};

use crate::source::session::Channel;

/// A number this far back is not a repetition: the venue counts anew.
const COUNTS_ANEW: i64 = 1_000;

/// What is subscribed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    open: Vec<Open>,
    /// Number of the newest message.
    seq: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    chan_id: i64,
    channel: Word,
    renewal: Renewal,
}

/// Whether a subscription is about to be replaced by a new one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Renewal {
    /// It stands.
    #[default]
    None,
    /// It has to be.
    Wanted,
    /// The new one has been asked for.
    Sent,
}

/// A channel as the word of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Word(Channel);

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0.as_str().to_owned()
    }
}

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Channel::parse(&word)
            .map(Self)
            .ok_or_else(|| format!("{word:?} is no channel"))
    }
}

/// How a message follows the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// It is the next, as far as numbers say.
    Next,
    /// It came before.
    Again,
    /// Messages before it are missing; in words.
    Leap(String),
}

impl Channels {
    /// A subscription was confirmed; it replaces an older one of the same channel.
    pub fn opened(&mut self, chan_id: i64, channel: Channel) {
        self.open
            .retain(|open| open.chan_id != chan_id && open.channel.0 != channel);
        self.open.push(Open {
            chan_id,
            channel: Word(channel),
            renewal: Renewal::None,
        });
    }

    /// A subscription has ended.
    pub fn closed(&mut self, chan_id: Option<i64>) {
        self.open
            .retain(|open| open.renewal != Renewal::Sent || Some(open.chan_id) != chan_id);
    }

    /// The channel of that number. Levels of a book that is about to be replaced are of no use any more; trades are.
    pub fn of(&self, chan_id: i64) -> Option<Channel> {
        let open = self.open.iter().find(|open| open.chan_id == chan_id)?;
        let Word(channel) = open.channel;
        (open.renewal == Renewal::None || channel == Channel::Trades).then_some(channel)
    }

    /// Marks a subscription as one to be replaced; false where there is none, or where that is under way already.
    pub fn want_anew(&mut self, channel: Channel) -> bool {
        let stands = |open: &&mut Open| open.channel.0 == channel && open.renewal == Renewal::None;
        let found = self.open.iter_mut().find(stands);
        found.is_some_and(|open| {
            open.renewal = Renewal::Wanted;
            true
        })
    }

    /// The subscriptions that have to be replaced now.
    pub fn renew(&mut self) -> Vec<(i64, Channel)> {
        let wanted = self
            .open
            .iter_mut()
            .filter(|open| open.renewal == Renewal::Wanted);
        wanted
            .map(|open| {
                open.renewal = Renewal::Sent;
                (open.chan_id, open.channel.0)
            })
            .collect()
    }

    /// Takes the number of a message.
    pub fn order(&mut self, seq: Option<i64>) -> Order {
        let Some(seq) = seq else {
            return Order::Next;
        };
        match self.seq {
            Some(last) if seq <= last && last - seq < COUNTS_ANEW => return Order::Again,
            Some(last) if seq != last + 1 => {
                self.seq = Some(seq);
                return Order::Leap(format!("message {seq} came after message {last}"));
            }
            _ => self.seq = Some(seq),
        }
        Order::Next
    }
}
