//! What a stream of a venue says, whoever the venue is.
//!
//! A session reads the frames of one connection; pure: no socket, no clock. The same session reads recorded frames and
//! those that are refined again.

use app::model::{Candle, GapCause, Quote, Trade};

use super::message::MessageError;
use crate::refine::ladder::Ladder;

/// What is subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Single trades.
    Trades,
    /// Best bid and ask, last price, figures of 24 hours.
    Quotes,
    /// The order book and its changes.
    Book,
    /// One-minute candles, where the venue streams them.
    Candles,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Trades, Self::Quotes, Self::Book, Self::Candles];

    /// The word in the configuration and the logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trades => "trades",
            Self::Quotes => "quotes",
            Self::Book => "book",
            Self::Candles => "candles",
        }
    }

    /// The channel of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == word)
    }
}

/// What a frame says, in the order it says it.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The venue confirms a subscription. That data follows is another matter.
    Subscribed(Channel),
    /// The venue refuses a subscription, or the whole connection (`None`).
    Refused {
        /// Which.
        channel: Option<Channel>,
        /// The venue's words, shortened.
        reason: String,
        /// True if asking again is no use: a key is wanted, the symbol is unknown.
        for_good: bool,
    },
    /// A trade.
    Trade {
        /// What was traded.
        trade: Trade,
        /// True if it happened before the subscription: venues repeat the newest trades at the beginning.
        history: bool,
    },
    /// A one-minute candle; final once the venue says so or the next one begins.
    Candle(Candle),
    /// Best bid and ask, last price. `observed_at` is the receipt where the venue gives no time.
    Quote(Quote),
    /// The book moved; [`Session::book`] has it.
    Book(BookChange),
    /// A row of the frame that breaks its contract: the rest of the frame was read.
    Reject {
        /// The rule: `trade.contract`, `quote.contract`, `candle.contract`.
        rule: &'static str,
        /// The part of the frame.
        raw: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A book snapshot has to be asked for over REST, as soon as the budget allows; the answer goes to
    /// [`Session::snapshot`]. Said again when another one is needed.
    WantSnapshot,
    /// A frame to send: an answer, or a new subscription of a book that was lost.
    Send(String),
    /// The venue wants a new connection: it is about to close this one.
    Reconnect(String),
    /// The venue is open for trading or not (maintenance, cancel-only), in its words.
    Status {
        /// True if it trades.
        open: bool,
        /// Its words, shortened.
        words: String,
    },
}

/// What happened to the book.
#[derive(Debug, Clone, PartialEq)]
pub enum BookChange {
    /// It is complete and can be trusted.
    Synced {
        /// The venue's time in milliseconds, where given.
        observed_at: Option<i64>,
    },
    /// Levels changed; it can still be trusted.
    Updated {
        /// The venue's time in milliseconds, where given.
        observed_at: Option<i64>,
    },
    /// It cannot be trusted any more; the session asks for a new one by itself.
    Lost {
        /// Why: a leap in the numbering, or a wrong checksum.
        cause: GapCause,
        /// In words, with numbers.
        reason: String,
    },
}

/// What a frame was about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameFacts {
    /// Subscription it carries data of; `None` for acknowledgements, heartbeats, status.
    pub channel: Option<Channel>,
    /// Newest time of the venue in it, in milliseconds.
    pub exchange_at: Option<i64>,
}

/// Reads one connection of a venue.
pub trait Session: Send + std::fmt::Debug {
    /// Frames to send once the connection stands. Called once.
    fn hello(&mut self) -> Vec<String>;

    /// Reads a frame that came at `received_at` (milliseconds) and adds what it says to `out`.
    ///
    /// # Errors
    /// When the frame is out of shape: it is set apart, and the session goes on. A change of the book in it is lost
    /// then: the session says [`BookChange::Lost`] first, where the frame may have held one.
    fn frame(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError>;

    /// What has to be asked over REST for [`StreamEvent::WantSnapshot`]; `None` where snapshots come by stream.
    fn snapshot_url(&self) -> Option<String> {
        None
    }

    /// What that question takes from the venue's budget of requests.
    fn snapshot_weight(&self) -> u32 {
        1
    }

    /// Takes the answer to that question, which came at `received_at`.
    ///
    /// # Errors
    /// When it is not an order book. Ask again.
    fn snapshot(
        &mut self,
        _body: &[u8],
        _received_at: i64,
        _out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        Ok(())
    }

    /// Frames to send so that the venue keeps the connection, every so many milliseconds; `None` if it needs none.
    fn keep_alive(&self) -> Option<(i64, String)> {
        None
    }

    /// The order book while it can be trusted.
    fn book(&self) -> Option<&Ladder>;

    /// The state that the next frames build upon, as lines that [`Session::restore`] reads: a run of frames begins with
    /// it, so that it can be refined again on its own.
    fn save(&self) -> String;

    /// Takes over what another session of the same venue has saved.
    ///
    /// # Errors
    /// When it is not such a state.
    fn restore(&mut self, saved: &str) -> Result<(), MessageError>;
}
