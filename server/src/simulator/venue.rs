//! The venues: what each answers over REST and says on its streams. All have the same files: `rest` (questions),
//! `stream` (connections), `wire` (their JSON).

mod binance;
mod bitfinex;
mod bitstamp;
mod candles;
mod coinbase;
mod kraken;

pub use self::binance::SYMBOL;
use super::{
    exchange::{Ask, RestAnswer},
    params::Params,
    protocol::Protocol,
    trade::TrueTrade,
    world::Place,
};

/// Why a question is refused, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too many questions.
    TooMany,
    /// Too many for too long.
    Banned {
        /// End of the ban, in milliseconds.
        until_ms: i64,
    },
    /// The client is in a place that is not served.
    Blocked,
    /// Only with a key.
    KeyRequired,
    /// Something broke.
    Broken,
    /// Something is wrong, but the status says 200.
    WithStatus200,
    /// The query is no text.
    BadParameters,
}

/// A venue without the faults that all have in common.
pub(super) trait House: Send + Sync + std::fmt::Debug {
    /// Answers a question.
    fn rest(&self, ask: &Ask<'_>) -> RestAnswer;

    /// Refuses one in the venue's own words.
    fn refuse(&self, refusal: Refusal) -> RestAnswer;

    /// What a question weighs.
    fn weight(&self, _path: &str, _params: &Params) -> u32 {
        1
    }

    /// Weight it takes in a minute.
    fn limit(&self) -> u32;

    /// Tells the client what it has used, where the venue does.
    fn metered(&self, answer: RestAnswer, _used: u32) -> RestAnswer {
        answer
    }

    /// True if it bans clients that do not wait.
    fn bans(&self) -> bool {
        false
    }

    /// True if connections need no key, but subscriptions may.
    fn asks_for_keys_later(&self) -> bool {
        false
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// When there is none at the path.
    fn open(&self, path: &str, query: &str, now: i64) -> Result<Box<dyn Dialect>, RestAnswer>;
}

/// What a message is, for the faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Greetings, acknowledgements, heartbeats, status.
    Control,
    /// One trade.
    Trade,
    /// A change of the book.
    Book {
        /// A client notices when one is left out.
        checked: bool,
        /// It can be sent twice without harm.
        repeatable: bool,
    },
    /// Everything else with data in it.
    Data,
}

/// What a dialect does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Sends a message.
    Say(Kind, String),
    /// Sends a ping.
    Ping(Vec<u8>),
    /// Closes.
    Close(u16, &'static str),
    /// Is gone.
    Drop,
}

/// The venue's way of talking on one connection.
pub(super) trait Dialect: Send + std::fmt::Debug {
    /// Says what is said first.
    fn greet(&mut self, _at: i64, _acts: &mut Vec<Act>) {}

    /// Takes a message of the client.
    fn receive(&mut self, text: &str, at: i64, acts: &mut Vec<Act>);

    /// Takes a pong of the client.
    fn pong(&mut self, _payload: &[u8], _at: i64) {}

    /// True if [`Dialect::trade`] wants to be called.
    fn wants_trades(&self) -> bool;

    /// Tells a trade that has just taken place.
    fn trade(&mut self, trade: &TrueTrade, acts: &mut Vec<Act>);

    /// Tells everything that happens at a tick of the book.
    fn tick(&mut self, at: i64, acts: &mut Vec<Act>);

    /// Announces that the connection will end.
    fn goodbye(&mut self, _at: i64, _acts: &mut Vec<Act>) {}

    /// Numbers a message that is about to be sent.
    fn seal(&mut self, text: String, _at: i64) -> String {
        text
    }

    /// Messages, pings and pongs it takes in a second.
    fn messages_per_second(&self) -> Option<usize> {
        None
    }
}

/// The venue of a place.
pub(super) fn house(place: Place) -> Box<dyn House> {
    match place.protocol {
        Protocol::Binance => Box::new(binance::Binance::new(place)),
        Protocol::Coinbase => Box::new(coinbase::Coinbase::new(place)),
        Protocol::Kraken => Box::new(kraken::Kraken::new(place)),
        Protocol::Bitstamp => Box::new(bitstamp::Bitstamp::new(place)),
        Protocol::Bitfinex => Box::new(bitfinex::Bitfinex::new(place)),
    }
}
