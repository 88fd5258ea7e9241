//! What is known of a venue's prices between messages that each tell a part of them.

use app::model::Quote;
use serde::{Deserialize, Serialize};

/// The newest prices, put together of trades, tickers and best bid and ask.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub struct Known(Option<Quote>);

impl Known {
    /// A trade was the newest.
    pub fn traded(&mut self, at_ms: i64, price: f64) {
        match &mut self.0 {
            Some(quote) => quote.last = price,
            None => {
                self.0 = Some(Quote {
                    observed_at: at_ms,
                    last: price,
                    bid: None,
                    ask: None,
                    open_24h: None,
                    high_24h: None,
                    low_24h: None,
                    volume_24h: None,
                    quote_volume_24h: None,
                });
            }
        }
    }

    /// The venue told everything.
    pub fn told(&mut self, quote: Quote) {
        self.0 = Some(quote);
    }

    /// The quote with a new best bid and ask; `None` before any last price is known.
    pub fn best(&mut self, at_ms: i64, bid: Option<f64>, ask: Option<f64>) -> Option<Quote> {
        let quote = self.0.as_mut()?;
        (quote.observed_at, quote.bid, quote.ask) = (at_ms, bid, ask);
        Some(*quote)
    }

    /// True once a last price is known.
    #[must_use]
    pub const fn has_last(&self) -> bool {
        self.0.is_some()
    }
}

/// Numbers as text: reading a float back from JSON may miss its last bit.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Saved(Option<(i64, Vec<Option<String>>)>);

impl From<Known> for Saved {
    fn from(known: Known) -> Self {
        Self(known.0.map(|quote| {
            let numbers = [
                Some(quote.last),
                quote.bid,
                quote.ask,
                quote.open_24h,
                quote.high_24h,
                quote.low_24h,
                quote.volume_24h,
                quote.quote_volume_24h,
            ];
            let text = |number: Option<f64>| number.map(|number| number.to_string());
            (quote.observed_at, numbers.map(text).to_vec())
        }))
    }
}

impl TryFrom<Saved> for Known {
    type Error = String;

    fn try_from(saved: Saved) -> Result<Self, String> {
        let Some((observed_at, numbers)) = saved.0 else {
            return Ok(Self(None));
        };
        let number = |place: usize| -> Result<Option<f64>, String> {
            let text = numbers.get(place).and_then(Option::as_deref);
            text.map(read).transpose()
        };
        Ok(Self(Some(Quote {
            observed_at,
            last: number(0)?.ok_or("the last price is missing")?,
            bid: number(1)?,
            ask: number(2)?,
            open_24h: number(3)?,
            high_24h: number(4)?,
            low_24h: number(5)?,
            volume_24h: number(6)?,
            quote_volume_24h: number(7)?,
        })))
    }
}

fn read(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("{text:?} is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_quote_before_a_last_price() {
        let mut known = Known::default();
        assert_eq!(known.best(1, Some(99.0), Some(101.0)), None);
        known.traded(2, 100.0);
        let quote = known.best(3, Some(99.0), Some(101.0)).unwrap();
        assert_eq!((quote.observed_at, quote.last), (3, 100.0));
        known.traded(4, 100.5);
        assert_eq!(known.best(5, None, None).unwrap().last, 100.5);
    }

    #[test]
    fn what_is_saved_is_the_same_to_the_last_bit() {
        for last in [0.1 + 0.2, 1e-9, 67_123.45, f64::MAX / 3.0] {
            let mut known = Known::default();
            known.traded(1, last);
            let _ = known.best(2, Some(last * 0.999), None);
            let text = serde_json::to_string(&known).unwrap();
            assert_eq!(
                serde_json::from_str::<Known>(&text).unwrap(),
                known,
                "{text}"
            );
        }
        let nothing = serde_json::to_string(&Known::default()).unwrap();
        assert_eq!(
            serde_json::from_str::<Known>(&nothing).unwrap(),
            Known(None)
        );
        assert!(serde_json::from_str::<Known>(r#"[1,[null]]"#).is_err());
        assert!(serde_json::from_str::<Known>(r#"[1,["NaN"]]"#).is_err());
    }
}
