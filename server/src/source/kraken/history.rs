//! `/0/public/OHLC`: the newest 720 candles of a step, and no others.

use app::model::{MINUTE_MS, Step};

use super::{messages::parse_ohlc, requests::Requests};
use crate::source::{
    history::History,
    message::{MessageError, ParsedCandles},
};

/// The format's name is this and the step.
const FORMAT: &str = "kraken-ohlc-";

/// Candles of one symbol and step.
#[derive(Debug, Clone)]
pub struct Ohlc {
    requests: Requests,
    step: Step,
}

impl Ohlc {
    /// Asks so.
    #[must_use]
    pub const fn new(requests: Requests, step: Step) -> Self {
        Self { requests, step }
    }
}

impl History for Ohlc {
    fn format(&self) -> String {
        format!("{FORMAT}{}", self.step.name)
    }

    fn step_ms(&self) -> i64 {
        self.step.step_ms
    }

    fn url(&self, from: i64, _to: i64) -> String {
        // those after a time are asked for: the one at `from` among them
        let since_s = from.div_euclid(1_000) - 1;
        self.requests.ohlc(self.step.step_ms / MINUTE_MS, since_s)
    }

    fn read(&self, body: &[u8], _received_at: i64) -> Result<ParsedCandles, MessageError> {
        parse_ohlc(body)
    }

    fn next(&self, _from: i64, to: i64, _newest: Option<i64>) -> i64 {
        // one answer has everything the venue gives
        to
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn used_share(&self, _used_weight: u32) -> f64 {
        // its answers do not say
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_has_everything_there_is() {
        let requests = Requests::new("http://127.0.0.1:1/", "BTC/USD");
        let ohlc = Ohlc::new(requests, Step::ALL[0]);
        assert_eq!(
            ohlc.url(60_000, 180_000),
            "http://127.0.0.1:1/0/public/OHLC?pair=XBTUSD&interval=1&since=59"
        );
        assert_eq!(ohlc.next(60_000, 180_000, Some(120_000)), 180_000);
        assert_eq!(ohlc.next(60_000, 180_000, None), 180_000);
    }
}
