//! Candles of the past over a venue's REST interface.
//!
//! A venue is one implementation of [`History`], and one line each in [`history`] and [`reader`].

use super::{
    binance::history::Klines,
    message::{MessageError, ParsedCandles},
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

/// Venues whose history can be asked.
pub const VENUES: [&str; 2] = ["binance", "simulator"];

/// The history of a symbol at a venue; `None` for a venue that is not among [`VENUES`].
#[must_use]
pub fn history(
    venue: &str,
    base_url: &str,
    symbol: &str,
    step: app::model::Step,
) -> Option<Box<dyn History>> {
    match venue {
        // the simulator speaks the protocol of binance
        "binance" | "simulator" => Some(Box::new(Klines::new(base_url, symbol, step))),
        _ => None,
    }
}

/// What reads the answers of that format; `None` if no history has it.
#[must_use]
pub fn reader(format: &str) -> Option<Box<dyn History>> {
    Klines::of_format(format).map(|klines| Box::new(klines) as Box<dyn History>)
}

#[cfg(test)]
mod tests {
    use app::model::Step;

    use super::*;

    #[test]
    fn every_venue_has_a_history_that_reads_its_own_format() {
        for venue in VENUES {
            for step in Step::ALL {
                let history = history(venue, "http://127.0.0.1:1", "BTCUSDT", step).unwrap();
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
