//! What is visible: a span of time and a range of prices, and how they move.
//!
//! All arithmetic is `f64` milliseconds and prices; nothing that is not finite ever leaves these types, because
//! plotters asserts on NaN and maps an empty range wrongly.

use crate::model::Bar;

/// Fewest candles that can be zoomed to.
const MIN_CANDLES: f64 = 10.0;
/// Candles of the series that stay visible however far one pans.
const KEPT_CANDLES: f64 = 3.0;
/// Share of the price pane left free above and below the candles.
const MARGIN_TOP: f64 = 0.2;
const MARGIN_BOTTOM: f64 = 0.1;

/// The time a series covers, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Start of the first candle.
    pub first: f64,
    /// End of the last candle.
    pub last: f64,
    /// Length of a candle.
    pub step: f64,
}

impl Bounds {
    /// Shortest and longest span that may be visible.
    #[must_use]
    pub fn spans(&self) -> (f64, f64) {
        let least = self.step * MIN_CANDLES;
        (least, ((self.last - self.first) * 1.2).max(least * 6.0))
    }
}

/// Visible span of time in milliseconds; always finite, `from < to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    from: f64,
    to: f64,
}

impl View {
    /// A view, unless the numbers make none.
    #[must_use]
    pub fn new(from: f64, to: f64) -> Option<Self> {
        (from.is_finite() && to.is_finite() && to - from >= 1.0).then_some(Self { from, to })
    }

    /// The newest `candles` candles; `room` is the share of the view left free at the right.
    #[must_use]
    pub fn newest(bounds: &Bounds, candles: f64, room: f64) -> Self {
        let span = (candles.max(MIN_CANDLES) * bounds.step).max(1.0);
        let to = bounds.last + span * room.clamp(0.0, 0.5);
        Self::new(to - span, to).unwrap_or(Self { from: 0.0, to: 1.0 })
    }

    /// Left edge.
    #[must_use]
    pub const fn from(&self) -> f64 {
        self.from
    }

    /// Right edge.
    #[must_use]
    pub const fn to(&self) -> f64 {
        self.to
    }

    /// Visible milliseconds.
    #[must_use]
    pub fn span(&self) -> f64 {
        self.to - self.from
    }

    /// Pixel of a time in a plot of that width.
    #[must_use]
    pub fn x_of(&self, at: f64, width: f64) -> f64 {
        (at - self.from) / self.span() * width
    }

    /// Time at a pixel of a plot of that width.
    #[must_use]
    pub fn time_at(&self, x: f64, width: f64) -> f64 {
        self.from + x / width.max(1.0) * self.span()
    }

    /// Moved by a time; a move that is not finite moves nothing.
    #[must_use]
    pub fn pan(self, by_ms: f64) -> Self {
        Self::new(self.from + by_ms, self.to + by_ms).unwrap_or(self)
    }

    /// The span times `factor`, within the bounds' limits; what is at `share` (0 left edge, 1 right edge) stays there.
    #[must_use]
    pub fn zoom(self, factor: f64, share: f64, bounds: &Bounds) -> Self {
        let (least, most) = bounds.spans();
        let span = (self.span() * factor).clamp(least.max(1.0), most.max(least.max(1.0)));
        let anchor = self.from + share * self.span();
        let from = anchor - share * span;
        Self::new(from, from + span).unwrap_or(self)
    }

    /// Moved back so far that some candles are visible.
    #[must_use]
    pub fn clamp(self, bounds: &Bounds) -> Self {
        let kept = bounds.step * KEPT_CANDLES;
        let earliest_to = bounds.first + kept;
        let latest_from = bounds.last - kept;
        if self.to < earliest_to {
            self.pan(earliest_to - self.to)
        } else if self.from > latest_from {
            self.pan(latest_from - self.from)
        } else {
            self
        }
    }

    /// True when the newest candle is in sight: new ones are then followed.
    #[must_use]
    pub fn follows(&self, bounds: &Bounds) -> bool {
        self.to >= bounds.last && self.from < bounds.last
    }
}

/// Visible range of prices; always finite, `lo < hi`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceRange {
    lo: f64,
    hi: f64,
}

impl PriceRange {
    /// Fits the candles, with 20 % free above and 10 % below; 0 to 1 without any.
    #[must_use]
    pub fn fit<'a>(bars: impl IntoIterator<Item = &'a Bar>) -> Self {
        let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
        for bar in bars {
            if bar.low.is_finite() && bar.high.is_finite() {
                lo = lo.min(bar.low);
                hi = hi.max(bar.high);
            }
        }
        if lo > hi {
            return Self { lo: 0.0, hi: 1.0 };
        }
        let flat = (lo.abs().max(hi.abs()) * 1e-6).max(1e-9);
        let span = if hi - lo < flat {
            (hi.abs() * 0.01).max(1e-6)
        } else {
            hi - lo
        };
        let share = span / (1.0 - MARGIN_TOP - MARGIN_BOTTOM);
        let middle = (lo / 2.0) + (hi / 2.0);
        let (lo, hi) = (
            middle - span / 2.0 - share * MARGIN_BOTTOM,
            middle + span / 2.0 + share * MARGIN_TOP,
        );
        Self::new(lo, hi).unwrap_or(Self { lo: 0.0, hi: 1.0 })
    }

    /// A range, unless the numbers make none.
    #[must_use]
    pub fn new(lo: f64, hi: f64) -> Option<Self> {
        (lo.is_finite() && hi.is_finite() && (hi - lo).is_finite() && hi > lo)
            .then_some(Self { lo, hi })
    }

    /// Lower edge.
    #[must_use]
    pub const fn lo(&self) -> f64 {
        self.lo
    }

    /// Upper edge.
    #[must_use]
    pub const fn hi(&self) -> f64 {
        self.hi
    }

    /// Pixel of a price, 0 at the top.
    #[must_use]
    pub fn y_of(&self, price: f64, height: f64) -> f64 {
        (self.hi - price) / (self.hi - self.lo) * height
    }

    /// Price at a pixel, 0 at the top.
    #[must_use]
    pub fn price_at(&self, y: f64, height: f64) -> f64 {
        self.hi - y / height.max(1.0) * (self.hi - self.lo)
    }

    /// The price, kept within so many heights of the pane that its pixel fits an `i32`.
    #[must_use]
    pub fn near(&self, price: f64) -> f64 {
        let reach = (self.hi - self.lo) * 1000.0;
        if price.is_nan() {
            return self.lo;
        }
        price.clamp(self.lo - reach, self.hi + reach)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chart::testing::bar;

    const HOUR: f64 = 3_600_000.0;

    fn bounds() -> Bounds {
        Bounds {
            first: 0.0,
            last: 1000.0 * HOUR,
            step: HOUR,
        }
    }

    prop_compose! {
        fn views()(from in -1e12..1e12f64, span in 1e6..1e11f64) -> View {
            View::new(from, from + span).expect("a span")
        }
    }

    proptest! {
        #[test]
        fn zoom_keeps_the_time_under_the_pointer(view in views(), factor in 0.01..100.0f64, share in 0.0..1.0f64) {
            let width = 1000.0;
            let before = view.time_at(share * width, width);
            let zoomed = view.zoom(factor, share, &bounds());
            let tolerance = view.span().max(zoomed.span()) / width * 0.5;
            prop_assert!((zoomed.time_at(share * width, width) - before).abs() <= tolerance);
        }

        #[test]
        fn zoom_stays_within_the_limits(view in views(), factor in prop::num::f64::ANY, share in 0.0..1.0f64) {
            let zoomed = view.zoom(factor, share, &bounds());
            let (least, most) = bounds().spans();
            prop_assert!(zoomed == view || (zoomed.span() > least * 0.999 && zoomed.span() < most * 1.001));
        }

        #[test]
        fn panning_back_undoes_panning(view in views(), by in -1e11..1e11f64) {
            let there_and_back = view.pan(by).pan(-by);
            prop_assert!((there_and_back.from() - view.from()).abs() < 1.0);
            prop_assert!((there_and_back.to() - view.to()).abs() < 1.0);
        }

        #[test]
        fn pixel_and_time_are_inverse(view in views(), x in 0.0..2000.0f64) {
            let at = view.time_at(x, 2000.0);
            prop_assert!((view.x_of(at, 2000.0) - x).abs() <= 0.5);
        }

        #[test]
        fn nothing_that_is_not_finite_gets_in(from in prop::num::f64::ANY, to in prop::num::f64::ANY, by in prop::num::f64::ANY) {
            if let Some(view) = View::new(from, to) {
                for view in [view, view.pan(by), view.zoom(by, 0.5, &bounds()), view.clamp(&bounds())] {
                    prop_assert!(view.from().is_finite() && view.to().is_finite() && view.from() < view.to());
                }
            }
        }

        #[test]
        fn some_candles_stay_visible(view in views()) {
            let clamped = view.clamp(&bounds());
            prop_assert!(clamped.to() >= bounds().first + HOUR);
            prop_assert!(clamped.from() <= bounds().last - HOUR);
        }

        #[test]
        fn prices_fit_with_their_margins(values in prop::collection::vec(1.0..200_000.0f64, 1..50)) {
            let bars: Vec<_> = values.iter().map(|v| bar(0, [*v, *v * 1.01, *v * 0.99, *v])).collect();
            let range = PriceRange::fit(&bars);
            for bar in &bars {
                let (top, bottom) = (range.y_of(bar.high, 100.0), range.y_of(bar.low, 100.0));
                prop_assert!(top >= 19.9 && bottom <= 90.1, "{top} {bottom}");
            }
        }

        #[test]
        fn hostile_prices_still_make_a_range(values in prop::collection::vec(prop::num::f64::ANY, 0..20)) {
            let bars: Vec<_> = values.iter().map(|v| bar(0, [*v, *v, *v, *v])).collect();
            let range = PriceRange::fit(&bars);
            prop_assert!(range.lo().is_finite() && range.hi().is_finite() && range.lo() < range.hi());
        }
    }

    #[test]
    fn the_newest_candles_are_followed_and_older_ones_are_not() {
        let newest = View::newest(&bounds(), 100.0, 0.1);
        assert!(newest.follows(&bounds()));
        assert!(!newest.pan(-200.0 * HOUR).follows(&bounds()));
    }

    #[test]
    fn a_flat_market_has_a_range_around_its_price() {
        let range = PriceRange::fit(&[bar(0, [50.0; 4])]);
        assert!(range.lo() < 50.0 && range.hi() > 50.0);
    }
}
