//! A venue: what is asked over REST, how its stream is read, and what is known about it.
//!
//! A venue is one implementation of [`Venue`] in a folder of its own, with the same files as its siblings: `facts`
//! (limits and addresses), `requests` (questions), `messages` (answers, with their raw JSON), `session` (the stream),
//! `history` (candles page by page).

use std::sync::Arc;

use app::model::{Quote, Step};

use super::{
    binance::{self, Binance},
    bitfinex::{self, Bitfinex},
    bitstamp::{self, Bitstamp},
    coinbase::{self, Coinbase},
    history::History,
    kraken::{self, Kraken},
    message::{MessageError, ParsedTrades, RawBook, TradeCursor},
    session::{Channel, Session},
};

/// A question over REST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub url: String,
    /// What it takes from the venue's budget of requests.
    pub weight: u32,
}

/// Requests a venue takes from one host: `capacity` weight in `per_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Weight.
    pub capacity: u32,
    /// In so many milliseconds.
    pub per_ms: i64,
}

/// What is known about a venue, from its documentation.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Name of the protocol, and of the venue itself: `kraken`.
    pub name: &'static str,
    /// Base URL of its REST interface.
    pub rest: &'static str,
    /// Base URL of its streams.
    pub stream: &'static str,
    /// Instruments it can be asked for unless the configuration says otherwise, and its own names of them.
    pub pairs: &'static [(&'static str, &'static str)],
    /// Requests it takes.
    pub requests: Allowance,
    /// New connections it takes.
    pub connects: Allowance,
    /// It cuts a connection after so many milliseconds.
    pub lifetime_ms: Option<i64>,
    /// What its stream offers.
    pub channels: &'static [Channel],
    /// True if its trades are numbered without a hole: a missing number is a missing trade.
    pub counts_trades: bool,
    /// True if it tells a checksum of its book.
    pub tells_checksums: bool,
    /// True if it lists every minute, traded or not: an absent one is a gap. Elsewhere it may only mean that nothing
    /// was traded.
    pub lists_all_minutes: bool,
    /// Newest trades it can be asked for reach back so many milliseconds; `None`: to the beginning.
    pub trades_reach_ms: Option<i64>,
    /// Newest minutes it can be asked for reach back so many milliseconds; `None`: to the beginning.
    pub candles_reach_ms: Option<i64>,
}

/// A stretch of trades that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradeGap {
    /// From this time on, in milliseconds.
    pub from_at: i64,
    /// To before this time.
    pub to_at: i64,
    /// Number of the last trade before it, where known.
    pub from_id: Option<i64>,
    /// Number of the first trade behind it, where known.
    pub to_id: Option<i64>,
}

/// One symbol of a venue, at its base URLs; pure.
pub trait Venue: Send + Sync + std::fmt::Debug {
    /// What is known about it.
    fn facts(&self) -> &'static Facts;

    /// Asks for the newest prices.
    fn ticker(&self) -> Question;

    /// Reads the answer, which came at `received_at`; that is its time where the venue gives none.
    ///
    /// # Errors
    /// When it is not what was asked for.
    fn read_ticker(&self, body: &[u8], received_at: i64) -> Result<Quote, MessageError>;

    /// Asks for an order book deep enough for 50 basis points and 100,000 in quote currency.
    fn depth(&self) -> Question;

    /// Reads the answer.
    ///
    /// # Errors
    /// When it is not what was asked for.
    fn read_depth(&self, body: &[u8]) -> Result<RawBook, MessageError>;

    /// Candles of the past, page by page; also the newest. `None` for a step the venue does not have.
    fn history(&self, step: Step) -> Option<Box<dyn History>>;

    /// What one page of [`Venue::history`] weighs.
    fn candles_weight(&self) -> u32;

    /// Asks for the trades of a gap: the first page, or the one at the cursor.
    fn trades(&self, gap: &TradeGap, cursor: Option<&TradeCursor>) -> Question;

    /// Reads a page of it; rows outside the gap may be in it.
    ///
    /// # Errors
    /// When it is not what was asked for.
    fn read_trades(
        &self,
        gap: &TradeGap,
        body: &[u8],
        received_at: i64,
    ) -> Result<ParsedTrades, MessageError>;

    /// Asks for the venue's clock; `None` if it cannot be asked.
    fn time(&self) -> Option<Question>;

    /// Reads the answer: milliseconds.
    ///
    /// # Errors
    /// When it is not what was asked for.
    fn read_time(&self, body: &[u8]) -> Result<i64, MessageError>;

    /// Where the stream of these channels is.
    fn stream_url(&self, channels: &[Channel]) -> String;

    /// What reads a connection to it.
    fn session(&self, channels: &[Channel]) -> Box<dyn Session>;
}

/// Where a venue is asked and for what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Base URL of REST.
    pub rest: String,
    /// Base URL of streams.
    pub stream: String,
    /// The venue's name of the instrument.
    pub symbol: String,
}

/// Names of simulated venues: this and the protocol they speak. The simulator's Binance is just `simulator`.
pub const SIMULATED: &str = "simulator";

/// The protocol a venue speaks: `simulator-kraken` speaks `kraken`, `simulator` speaks `binance`.
#[must_use]
pub fn protocol(venue: &str) -> &str {
    match venue.strip_prefix(SIMULATED) {
        Some("") => "binance",
        Some(rest) => rest.strip_prefix('-').unwrap_or(venue),
        None => venue,
    }
}

/// Facts of every protocol that is spoken, in the order they are shown.
pub const ALL: &[&Facts] = &[
    &binance::facts::FACTS,
    &coinbase::facts::FACTS,
    &kraken::facts::FACTS,
    &bitstamp::facts::FACTS,
    &bitfinex::facts::FACTS,
];

/// The venue of that name at a place; `None` if nothing speaks its protocol.
#[must_use]
pub fn open(venue: &str, place: &Place) -> Option<Arc<dyn Venue>> {
    Some(match protocol(venue) {
        "binance" => Arc::new(Binance::new(place)),
        "coinbase" => Arc::new(Coinbase::new(place)),
        "kraken" => Arc::new(Kraken::new(place)),
        "bitstamp" => Arc::new(Bitstamp::new(place)),
        "bitfinex" => Arc::new(Bitfinex::new(place)),
        _ => return None,
    })
}

/// Facts of the protocol that the venue of that name speaks.
#[must_use]
pub fn facts_of(venue: &str) -> Option<&'static Facts> {
    let protocol = protocol(venue);
    ALL.iter().copied().find(|facts| facts.name == protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_opens_under_its_name_and_its_simulated_one() {
        for facts in ALL {
            for venue in [facts.name.to_owned(), format!("{SIMULATED}-{}", facts.name)] {
                let opened = open(&venue, &Place::default()).unwrap();
                assert_eq!(opened.facts().name, facts.name);
                assert_eq!(facts_of(&venue).unwrap().name, facts.name);
            }
        }
        assert_eq!(
            open(SIMULATED, &Place::default()).unwrap().facts().name,
            "binance"
        );
        assert!(open("mtgox", &Place::default()).is_none() && facts_of("simulators").is_none());
    }
}
