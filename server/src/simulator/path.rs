//! What happens within a minute, second by second, and the candle it adds up to.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{
    day::MinutePlan,
    noise::{Purpose, rng},
};

/// Points of a minute: one a second.
pub const POINTS: usize = 60;

/// The trades of one second, all at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Price in ticks.
    pub ticks: i64,
    /// Amount traded, in lots.
    pub lots: i64,
    /// Part of it that was bought by the taker, in lots.
    pub taker_lots: i64,
    /// Number of trades.
    pub trades: i64,
}

/// A candle in whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Start of its interval, in milliseconds.
    pub opened_at: i64,
    /// First price in ticks.
    pub open: i64,
    /// Highest price in ticks.
    pub high: i64,
    /// Lowest price in ticks.
    pub low: i64,
    /// Last price in ticks.
    pub close: i64,
    /// Amount traded, in lots.
    pub lots: i64,
    /// Amount traded, in ticks × lots.
    pub quote: i64,
    /// Number of trades.
    pub trades: i64,
    /// Part of the amount that was bought by takers, in lots.
    pub taker_lots: i64,
    /// The same in ticks × lots.
    pub taker_quote: i64,
}

impl Bar {
    /// The candle of some points, or `None` of no point.
    pub fn of_points(opened_at: i64, points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points
            .into_iter()
            .map(|point| Self {
                opened_at,
                open: point.ticks,
                high: point.ticks,
                low: point.ticks,
                close: point.ticks,
                lots: point.lots,
                quote: point.ticks * point.lots,
                trades: point.trades,
                taker_lots: point.taker_lots,
                taker_quote: point.ticks * point.taker_lots,
            })
            .reduce(Self::followed_by)
    }

    /// The candle over this one and a later one.
    #[must_use]
    pub fn followed_by(self, later: Self) -> Self {
        Self {
            opened_at: self.opened_at,
            open: self.open,
            high: self.high.max(later.high),
            low: self.low.min(later.low),
            close: later.close,
            lots: self.lots + later.lots,
            quote: self.quote + later.quote,
            trades: self.trades + later.trades,
            taker_lots: self.taker_lots + later.taker_lots,
            taker_quote: self.taker_quote + later.taker_quote,
        }
    }
}

/// The seconds of a minute (minutes since the epoch): a random bridge from its open to its close.
pub(super) fn points(seed: u64, minute: i64, plan: &MinutePlan) -> [Point; POINTS] {
    let mut rng = rng(seed, Purpose::Path, minute);
    let mut walk = [0.0; POINTS];
    let mut weights = [0.0; POINTS];
    let (mut place, mut weight) = (0.0, 0.0);
    for index in 0..POINTS {
        place += rng.sample::<f64, _>(StandardNormal);
        walk[index] = place;
        weight += 0.25 + rng.random::<f64>().powi(2) * 2.0;
        weights[index] = weight;
    }
    let takers = rng.random_range(0.35..0.65);
    let swing = 0.8 * plan.sigma * plan.close as f64 / (POINTS as f64).sqrt();

    let (mut lots, mut trades) = (0, 0);
    std::array::from_fn(|index| {
        let share = (index + 1) as f64 / POINTS as f64;
        let straight = plan.open as f64 + (plan.close - plan.open) as f64 * share;
        let bridge = swing * (walk[index] - share * place);
        let done = weights[index] / weight;
        let lots_done = (plan.lots as f64 * done).round() as i64;
        let trades_done = (plan.trades as f64 * done).ceil() as i64;
        let point = Point {
            ticks: ((straight + bridge).round() as i64).max(1),
            lots: lots_done - lots,
            taker_lots: ((lots_done - lots) as f64 * takers).round() as i64,
            trades: trades_done - trades,
        };
        (lots, trades) = (lots_done, trades_done);
        point
    })
}
