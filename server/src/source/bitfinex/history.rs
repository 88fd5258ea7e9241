//! `/v2/candles/trade:…/hist` page by page.

use app::model::Step;

use super::{messages::parse_candles, requests::Requests};
use crate::source::{
    history::History,
    message::{MessageError, ParsedCandles},
};

/// The format's name is this and the step.
const FORMAT: &str = "bitfinex-candles-";
/// A candle that closed less than this before its receipt may still be settled.
const SETTLES_MS: i64 = 2_000;
/// Our names of the steps and the venue's. It has no four hours, and its weeks begin on another day.
const STEPS: [(&str, &str); 5] = [
    ("1m", "1m"),
    ("5m", "5m"),
    ("15m", "15m"),
    ("1h", "1h"),
    ("1d", "1D"),
];

/// Candles of one symbol and step.
#[derive(Debug, Clone)]
pub struct Candles {
    requests: Requests,
    step: Step,
    name: &'static str,
}

impl Candles {
    /// Of a symbol; `None` for a step that the venue does not have.
    #[must_use]
    pub fn new(requests: &Requests, step: Step) -> Option<Self> {
        let (_, name) = STEPS.into_iter().find(|(ours, _)| *ours == step.name)?;
        Some(Self {
            requests: requests.clone(),
            step,
            name,
        })
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
        self.requests.candles(self.name, from, to - 1)
    }

    fn read(&self, body: &[u8], received_at: i64) -> Result<ParsedCandles, MessageError> {
        parse_candles(body, self.step.step_ms, received_at - SETTLES_MS)
    }

    fn next(&self, from: i64, to: i64, newest: Option<i64>) -> i64 {
        // an empty answer: nothing opens at or after `from`
        newest.map_or(to, |newest| {
            newest.saturating_add(self.step.step_ms).clamp(from, to)
        })
    }

    /// Minutes without trades are absent.
    fn lists_all(&self) -> bool {
        false
    }

    fn used_share(&self, _used_weight: u32) -> f64 {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_a_hole() {
        let candles = Candles::new(&Requests::new("http://h", "tBTCUSD"), Step::ALL[0]).unwrap();
        assert!(
            candles
                .url(60_000, 180_000)
                .ends_with("&start=60000&end=179999&sort=1")
        );
        assert_eq!(candles.next(60_000, 180_000, Some(60_000)), 120_000);
        assert_eq!(candles.next(60_000, 180_000, Some(120_000)), 180_000);
        assert_eq!(
            candles.next(60_000, 180_000, None),
            180_000,
            "nothing is left"
        );
        assert_eq!(candles.next(60_000, 180_000, Some(i64::MAX)), 180_000);
    }

    #[test]
    fn steps_the_venue_does_not_have_are_none() {
        let has = |step| Candles::new(&Requests::new("", ""), step).is_some();
        let missing: Vec<&str> = (Step::ALL.into_iter())
            .filter(|step| !has(*step))
            .map(|step| step.name)
            .collect();
        assert_eq!(missing, ["4h", "1w"]);
    }
}
