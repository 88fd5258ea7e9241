//! What trades add up to.

use app::model::MINUTE_MS;

use super::trade::{Minute, Second};

/// A candle of what was really traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrueCandle {
    /// Start of its interval, in milliseconds.
    pub opened_at: i64,
    /// First price in hundredths of the quote currency.
    pub open: i64,
    /// Highest price.
    pub high: i64,
    /// Lowest price.
    pub low: i64,
    /// Last price.
    pub close: i64,
    /// Amount traded, in units of 10⁻⁸ of the base currency.
    pub sats: i64,
    /// Sum of price × size, in those units (10⁻¹⁰ of the quote currency).
    pub quote: i128,
    /// Number of trades.
    pub trades: i64,
    /// Part of the amount that takers bought.
    pub buy_sats: i64,
    /// Part of the sum of price × size that takers bought.
    pub buy_quote: i128,
    /// Trades of the venue before it.
    pub(super) before: i64,
}

impl TrueCandle {
    /// The candle of some trades of one second.
    pub(super) fn of(opened_at: i64, second: &Second, sats: i64, count: i64) -> Self {
        let quote = i128::from(second.ticks) * i128::from(sats);
        let bought = |amount: i64| if second.buy { amount } else { 0 };
        Self {
            opened_at,
            open: second.ticks,
            high: second.ticks,
            low: second.ticks,
            close: second.ticks,
            sats,
            quote,
            trades: count,
            buy_sats: bought(sats),
            buy_quote: if second.buy { quote } else { 0 },
            before: second.before,
        }
    }

    /// The candle of a complete minute (minutes since the epoch); `None` if nothing was traded in it.
    pub(super) fn of_minute(minute: i64, seconds: &Minute) -> Option<Self> {
        seconds
            .iter()
            .filter(|second| second.count > 0)
            .map(|second| Self::of(minute * MINUTE_MS, second, second.sats, second.count))
            .reduce(Self::followed_by)
    }

    /// A candle without trades at a price.
    pub(super) const fn empty(opened_at: i64, ticks: i64) -> Self {
        Self {
            opened_at,
            open: ticks,
            high: ticks,
            low: ticks,
            close: ticks,
            sats: 0,
            quote: 0,
            trades: 0,
            buy_sats: 0,
            buy_quote: 0,
            before: 0,
        }
    }

    /// The candle over this one and a later one.
    #[must_use]
    pub fn followed_by(self, later: Self) -> Self {
        if later.trades == 0 {
            return self;
        }
        if self.trades == 0 {
            return Self {
                opened_at: self.opened_at,
                ..later
            };
        }
        Self {
            opened_at: self.opened_at,
            open: self.open,
            high: self.high.max(later.high),
            low: self.low.min(later.low),
            close: later.close,
            sats: self.sats + later.sats,
            quote: self.quote + later.quote,
            trades: self.trades + later.trades,
            buy_sats: self.buy_sats + later.buy_sats,
            buy_quote: self.buy_quote + later.buy_quote,
            before: self.before,
        }
    }

    /// Volume-weighted average price in hundredths of the quote currency.
    #[must_use]
    pub fn vwap(&self) -> f64 {
        if self.sats == 0 {
            0.0
        } else {
            self.quote as f64 / self.sats as f64
        }
    }
}
