//! How a page of trades is read again: the protocol, the symbol and the gap, as the format of its landing.

use crate::source::venue::{Place, TradeGap, Venue, open};

const PREFIX: &str = "trades:";

/// A page of trades and what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradePage {
    /// The venue's name of the instrument.
    pub symbol: String,
    /// The gap.
    pub gap: TradeGap,
}

impl TradePage {
    /// `trades:kraken XBTUSD 1790000000000 1790000060000 77 99`; `-` for a number that is not known.
    #[must_use]
    pub fn format(&self, protocol: &str) -> String {
        let TradeGap {
            from_at,
            to_at,
            from_id,
            to_id,
        } = self.gap;
        let number = |id: Option<i64>| id.map_or("-".to_owned(), |id| id.to_string());
        format!(
            "{PREFIX}{protocol} {} {from_at} {to_at} {} {}",
            self.symbol,
            number(from_id),
            number(to_id)
        )
    }

    /// What a format says.
    #[must_use]
    pub fn parse(format: &str) -> Option<Self> {
        let mut words = format.strip_prefix(PREFIX)?.rsplitn(5, ' ');
        let number = |word: &str| match word {
            "-" => Some(None),
            word => word.parse().ok().map(Some),
        };
        let to_id = number(words.next()?)?;
        let from_id = number(words.next()?)?;
        let to_at = words.next()?.parse().ok()?;
        let from_at = words.next()?.parse().ok()?;
        let (_, symbol) = words.next()?.split_once(' ')?;
        Some(Self {
            symbol: symbol.to_owned(),
            gap: TradeGap {
                from_at,
                to_at,
                from_id,
                to_id,
            },
        })
    }

    /// The client that reads it.
    #[must_use]
    pub fn client(&self, venue: &str) -> Option<std::sync::Arc<dyn Venue>> {
        let place = Place {
            rest: String::new(),
            stream: String::new(),
            symbol: self.symbol.clone(),
        };
        open(venue, &place)
    }
}

/// True if a landing of that format is a page of trades.
#[must_use]
pub fn is_trade_page(format: &str) -> bool {
    format.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_again() {
        for (symbol, from_id, to_id) in [("BTCUSDT", Some(7), None), ("BTC/USD x", None, Some(9))] {
            let page = TradePage {
                symbol: symbol.to_owned(),
                gap: TradeGap {
                    from_at: 5,
                    to_at: 6,
                    from_id,
                    to_id,
                },
            };
            assert_eq!(TradePage::parse(&page.format("kraken")), Some(page));
        }
        for format in [
            "trades:kraken",
            "stream:kraken",
            "trades:kraken X 1 2 3",
            "trades:k X a 2 3 4",
        ] {
            assert_eq!(TradePage::parse(format), None, "{format}");
        }
    }
}
