//! `/products/…/candles` page by page.

use app::model::Step;

use super::{facts::MAX_CANDLES, messages::parse_candles, requests::Requests};
use crate::source::{
    history::History,
    message::{MessageError, ParsedCandles},
};

/// The format's name is this and the step.
const FORMAT: &str = "coinbase-candles-";
/// Steps of the venue that are ours as well.
const STEPS: [&str; 5] = ["1m", "5m", "15m", "1h", "1d"];
/// A candle that closed less than this before its receipt may still be settled.
const SETTLES_MS: i64 = 2_000;

/// Candles of one product and step.
#[derive(Debug, Clone)]
pub struct Candles {
    requests: Requests,
    step: Step,
}

impl Candles {
    /// Asks so; `None` for a step the venue does not have.
    #[must_use]
    pub fn new(requests: Requests, step: Step) -> Option<Self> {
        STEPS
            .contains(&step.name)
            .then_some(Self { requests, step })
    }

    /// Where the page that begins at `from` ends.
    fn end(&self, from: i64, to: i64) -> i64 {
        to.min(from.saturating_add(MAX_CANDLES * self.step.step_ms))
    }
}

impl History for Candles {
    fn format(&self) -> String {
        format!("{FORMAT}{}", self.step.name)
    }

    fn step_ms(&self) -> i64 {
        self.step.step_ms
    }

    fn url(&self, from: i64, to: i64) -> String {
        // both ends are included
        let last = self.end(from, to) - 1;
        self.requests
            .candles(self.step.step_ms / 1_000, from, last.max(from))
    }

    fn read(&self, body: &[u8], received_at: i64) -> Result<ParsedCandles, MessageError> {
        parse_candles(body, self.step.step_ms, received_at - SETTLES_MS)
    }

    fn next(&self, from: i64, to: i64, _newest: Option<i64>) -> i64 {
        // a page has all there is of its time: where it is empty, the next one need not be
        self.end(from, to)
    }

    fn lists_all(&self) -> bool {
        false
    }

    fn used_share(&self, _used_weight: u32) -> f64 {
        // its answers do not say
        0.0
    }
}

#[cfg(test)]
mod tests {
    use app::model::MINUTE_MS;

    use super::*;

    #[test]
    fn pages_follow_each_other_without_a_hole() {
        let requests = Requests::new("http://127.0.0.1:1/", "BTC-USD");
        let candles = Candles::new(requests.clone(), Step::ALL[0]).unwrap();
        let (from, to) = (1_514_764_800_000, 1_514_764_800_000 + 301 * MINUTE_MS);
        assert_eq!(
            candles.url(from, to),
            "http://127.0.0.1:1/products/BTC-USD/candles?granularity=60&start=2018-01-01T00:00:00Z&end=2018-01-01T04:59:59Z"
        );
        let next = candles.next(from, to, None);
        assert_eq!(
            next,
            from + 300 * MINUTE_MS,
            "an empty page is not the last"
        );
        assert_eq!(candles.next(next, to, Some(next)), to);
        let week = Step::ALL.into_iter().last().unwrap();
        assert!(Candles::new(requests, week).is_none());
    }
}
