//! Candles of the past over a venue's REST interface.
//!
//! A venue is one implementation of [`History`], which [`super::venue::Venue::history`] gives.

use app::model::Step;

use super::{
    message::{MessageError, ParsedCandles},
    venue::{ALL, Place, SIMULATED, open},
};

/// Asks one series of a venue page by page, oldest first; pure.
pub trait History: Send + Sync + std::fmt::Debug {
    /// Format of the answers, step included; a replay reads them by it.
    fn format(&self) -> String;

    /// Interval of one candle in milliseconds.
    fn step_ms(&self) -> i64;

    /// The question for the oldest candles from `from` to before `to` (milliseconds).
    fn url(&self, from: i64, to: i64) -> String;

    /// Reads an answer that came at `received_at`.
    ///
    /// # Errors
    /// When it is not what was asked for.
    fn read(&self, body: &[u8], received_at: i64) -> Result<ParsedCandles, MessageError>;

    /// Where to go on after an answer to the question for `from` to `to`: behind `newest`, its newest candle; at `to`
    /// where nothing is left.
    fn next(&self, from: i64, to: i64, newest: Option<i64>) -> i64;

    /// True if the venue lists every interval, traded or not: then an absent one is a gap. Elsewhere it may only mean
    /// that nothing was traded.
    fn lists_all(&self) -> bool;

    /// Share of the limit for requests that is used up, where the venue's answer says so.
    fn used_share(&self, used_weight: u32) -> f64;
}

/// Venues whose history can be asked: every one whose protocol is spoken, and the built-in simulator.
pub const VENUES: [&str; ALL.len() + 1] = {
    let mut names = [SIMULATED; ALL.len() + 1];
    let mut place = 0;
    while place < ALL.len() {
        names[place] = ALL[place].name;
        place += 1;
    }
    names
};

/// The history of a symbol at a venue; `None` for a venue that nobody speaks the protocol of, and for a step that it
/// does not have.
#[must_use]
pub fn history(venue: &str, base_url: &str, symbol: &str, step: Step) -> Option<Box<dyn History>> {
    let place = Place {
        rest: base_url.to_owned(),
        stream: String::new(),
        symbol: symbol.to_owned(),
    };
    open(venue, &place)?.history(step)
}

/// What reads the answers of that format; `None` if no history has it. It can ask nothing.
#[must_use]
pub fn reader(format: &str) -> Option<Box<dyn History>> {
    let steps = |name| Step::ALL.map(|step| history(name, "", "", step));
    ALL.iter()
        .flat_map(|facts| steps(facts.name))
        .flatten()
        .find(|history| history.format() == format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_venue_has_a_history_that_reads_its_own_format() {
        for venue in VENUES {
            assert!(history(venue, "", "", Step::ALL[0]).is_some(), "{venue}");
            for step in Step::ALL {
                let Some(history) = history(venue, "http://127.0.0.1:1", "BTCUSDT", step) else {
                    continue;
                };
                let again = reader(&history.format()).unwrap();
                assert_eq!(
                    (again.step_ms(), again.format()),
                    (step.step_ms, history.format())
                );
            }
        }
        assert!(history("mtgox", "", "BTCUSD", Step::ALL[0]).is_none());
        assert!(reader("bitfinex").is_none() && reader("binance").is_none());
    }
}
