//! `/api/v3/klines` page by page.

use app::model::Step;

use super::{
    facts::{MAX_KLINES, WEIGHT_PER_MINUTE},
    messages::parse_klines,
    requests::Requests,
};
use crate::source::{
    history::History,
    message::{MessageError, ParsedCandles},
};

/// The format's name is this and the step.
const FORMAT: &str = "binance-klines-";
/// A candle that closed less than this before its receipt may still be settled.
const SETTLES_MS: i64 = 2_000;

/// Klines of one symbol and step.
#[derive(Debug, Clone)]
pub struct Klines {
    requests: Requests,
    step: Step,
}

impl Klines {
    /// For a base URL and the venue's symbol.
    #[must_use]
    pub fn new(base_url: &str, symbol: &str, step: Step) -> Self {
        Self {
            requests: Requests::new(base_url, symbol),
            step,
        }
    }
}

impl History for Klines {
    fn format(&self) -> String {
        format!("{FORMAT}{}", self.step.name)
    }

    fn step_ms(&self) -> i64 {
        self.step.step_ms
    }

    fn url(&self, from: i64, to: i64) -> String {
        self.requests
            .klines_between(self.step.name, MAX_KLINES, from, to - 1)
    }

    fn read(&self, body: &[u8], received_at: i64) -> Result<ParsedCandles, MessageError> {
        parse_klines(body, received_at - SETTLES_MS)
    }

    fn next(&self, from: i64, to: i64, newest: Option<i64>) -> i64 {
        // an empty answer: nothing opens at or after `from`
        newest.map_or(to, |newest| (newest + self.step.step_ms).clamp(from, to))
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn used_share(&self, used_weight: u32) -> f64 {
        f64::from(used_weight) / f64::from(WEIGHT_PER_MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_a_hole() {
        let klines = Klines::new("http://127.0.0.1:1/", "BTCUSDT", Step::ALL[0]);
        assert_eq!(
            klines.url(60_000, 180_000),
            "http://127.0.0.1:1/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000&startTime=60000&endTime=179999"
        );
        assert_eq!(klines.next(60_000, 180_000, Some(60_000)), 120_000);
        assert_eq!(klines.next(60_000, 180_000, Some(120_000)), 180_000);
        assert_eq!(
            klines.next(60_000, 180_000, None),
            180_000,
            "nothing is left"
        );
    }
}
