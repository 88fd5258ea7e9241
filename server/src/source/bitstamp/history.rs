//! `/api/v2/ohlc/` page by page.

use app::model::Step;

use super::{facts::MAX_CANDLES, messages::parse_ohlc, requests::Requests};
use crate::source::{
    history::History,
    message::{MessageError, ParsedCandles},
};

/// The format's name is this and the step.
const FORMAT: &str = "bitstamp-ohlc-";
/// A candle that closed less than this before its receipt may still be settled.
const SETTLES_MS: i64 = 2_000;
/// Steps of the venue among ours, in seconds; it has no weeks.
const STEPS_S: [i64; 6] = [60, 300, 900, 3_600, 14_400, 86_400];

/// Candles of one symbol and step.
#[derive(Debug, Clone)]
pub struct Ohlc {
    requests: Requests,
    step: Step,
}

impl Ohlc {
    /// Of a symbol; `None` for a step that the venue does not have.
    #[must_use]
    pub fn new(requests: &Requests, step: Step) -> Option<Self> {
        STEPS_S.contains(&(step.step_ms / 1_000)).then(|| Self {
            requests: requests.clone(),
            step,
        })
    }

    /// End of the page that begins at `from`, in milliseconds.
    const fn page_end(&self, from: i64, to: i64) -> i64 {
        let full = from.saturating_add(MAX_CANDLES * self.step.step_ms);
        if full < to { full } else { to }
    }
}

impl History for Ohlc {
    fn format(&self) -> String {
        format!("{FORMAT}{}", self.step.name)
    }

    fn step_ms(&self) -> i64 {
        self.step.step_ms
    }

    /// Where both ends are given, the venue takes the newest rows before the end: a page must not be wider than what
    /// one answer holds.
    fn url(&self, from: i64, to: i64) -> String {
        let end = self.page_end(from, to);
        let rows = (end - from + self.step.step_ms - 1).div_euclid(self.step.step_ms);
        self.requests.ohlc(
            self.step.step_ms / 1_000,
            rows.clamp(1, MAX_CANDLES),
            from.div_euclid(1_000),
            (end - 1).div_euclid(1_000),
        )
    }

    fn read(&self, body: &[u8], received_at: i64) -> Result<ParsedCandles, MessageError> {
        parse_ohlc(body, self.step.step_ms, received_at - SETTLES_MS)
    }

    /// An empty page says nothing about the next one: the pair may have been listed later.
    fn next(&self, from: i64, to: i64, newest: Option<i64>) -> i64 {
        match newest {
            Some(newest) if newest >= from => (newest + self.step.step_ms).clamp(from, to),
            _ => self.page_end(from, to),
        }
    }

    fn lists_all(&self) -> bool {
        true
    }

    fn used_share(&self, _used_weight: u32) -> f64 {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes() -> Ohlc {
        Ohlc::new(&Requests::new("http://h", "btcusd"), Step::ALL[0]).unwrap()
    }

    #[test]
    fn pages_follow_each_other_without_a_hole() {
        let ohlc = minutes();
        assert_eq!(
            ohlc.url(60_000, 180_000),
            "http://h/api/v2/ohlc/btcusd/?step=60&limit=2&start=60&end=179"
        );
        let far = 60_000 * 5_000;
        assert!(
            ohlc.url(0, far).ends_with("limit=1000&start=0&end=59999"),
            "a full page, no more"
        );
        assert_eq!(ohlc.next(0, far, Some(999 * 60_000)), 60_000_000);
        assert_eq!(ohlc.next(0, far, None), 60_000_000, "nothing here, go on");
        assert_eq!(ohlc.next(0, far, Some(-60_000)), 60_000_000);
        assert_eq!(ohlc.next(0, 120_000, Some(60_000)), 120_000);
        assert_eq!(ohlc.next(0, 120_000, Some(i64::MAX / 2)), 120_000);
    }

    #[test]
    fn steps_the_venue_does_not_have_are_none() {
        let has = |step| Ohlc::new(&Requests::new("", ""), step).is_some();
        let missing: Vec<&str> = (Step::ALL.into_iter())
            .filter(|step| !has(*step))
            .map(|step| step.name)
            .collect();
        assert_eq!(missing, ["1w"]);
    }
}
