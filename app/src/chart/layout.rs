//! Where the panes are, in device pixels.

use super::viewport::View;

/// Smallest plot that can be drawn, in CSS pixels.
const LEAST: f64 = 40.0;
/// Largest drawing in one direction, in CSS pixels: more would only be asked for by an attacker.
const MOST: f64 = 8192.0;

/// Rectangle of whole device pixels; right and bottom edges are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x0: i32,
    /// Top edge.
    pub y0: i32,
    /// Right edge.
    pub x1: i32,
    /// Bottom edge.
    pub y1: i32,
}

impl Rect {
    /// Width in device pixels.
    #[must_use]
    pub const fn width(&self) -> i32 {
        self.x1 - self.x0
    }

    /// Height in device pixels.
    #[must_use]
    pub const fn height(&self) -> i32 {
        self.y1 - self.y0
    }
}

/// Panes from top to bottom: price, volume, quality lane, time axis; the price axis is at the right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Device pixels in a CSS pixel.
    pub scale: f64,
    /// Everything.
    pub whole: Rect,
    /// Candles.
    pub price: Rect,
    /// Volume bars.
    pub volume: Rect,
    /// Quality marks.
    pub lane: Rect,
}

impl Layout {
    /// Divides a drawing of that size in CSS pixels.
    #[must_use]
    pub fn new(width: f64, height: f64, scale: f64) -> Self {
        let scale = if scale.is_finite() {
            scale.clamp(0.5, 3.0)
        } else {
            1.0
        };
        let bounded = |size: f64| {
            if size.is_finite() {
                size.clamp(120.0, MOST)
            } else {
                120.0
            }
        };
        let (width, height) = (bounded(width), bounded(height));
        let px = |css: f64| (css * scale).round() as i32;
        let axis = price_axis_width(width);
        let plot_right = px((width - axis).max(LEAST));
        let plot_bottom = px((height - TIME_AXIS_HEIGHT).max(LEAST * 2.0));
        let lane_top = plot_bottom - px(LANE_HEIGHT);
        let gap = px(PANE_GAP);
        let volume_top = lane_top - gap - (f64::from(lane_top) * VOLUME_SHARE).round() as i32;
        let pane = |y0: i32, y1: i32| Rect {
            x0: 0,
            y0,
            x1: plot_right,
            y1: y1.max(y0 + 1),
        };
        Self {
            scale,
            whole: Rect {
                x0: 0,
                y0: 0,
                x1: px(width),
                y1: px(height),
            },
            price: pane(0, volume_top - gap),
            volume: pane(volume_top, lane_top - gap),
            lane: pane(lane_top, plot_bottom),
        }
    }

    /// Device pixels of a length in CSS pixels, at least 1.
    #[must_use]
    pub fn px(&self, css: f64) -> i32 {
        ((css * self.scale).round() as i32).max(1)
    }

    /// Device pixels from one candle to the next.
    #[must_use]
    pub fn spacing(&self, view: &View, step_ms: i64) -> f64 {
        step_ms as f64 / view.span() * f64::from(self.price.width())
    }

    /// Widths of a candle's wick and body in device pixels: of equal parity, so that the wick is in the middle.
    #[must_use]
    pub fn candle(&self, spacing: f64) -> (i32, i32) {
        let wick = (self.scale.floor() as i32).clamp(1, (spacing / 3.0).floor().max(1.0) as i32);
        let share = if spacing < 4.0 * self.scale {
            0.75
        } else {
            0.8
        };
        let body = ((spacing * share).floor() as i32).max(wick);
        (wick, body - (body - wick) % 2)
    }
}

/// Height of the quality lane in CSS pixels.
const LANE_HEIGHT: f64 = 14.0;
/// Height of the time axis in CSS pixels.
const TIME_AXIS_HEIGHT: f64 = 22.0;
/// Space between panes in CSS pixels.
const PANE_GAP: f64 = 4.0;
/// Share of the plot that the volume takes.
const VOLUME_SHARE: f64 = 0.2;

/// Width of the price axis in CSS pixels.
#[must_use]
pub fn price_axis_width(width: f64) -> f64 {
    if width < 480.0 { 66.0 } else { 74.0 }
}

/// Width of the plot in CSS pixels, for a drawing of that width.
#[must_use]
pub fn plot_width(width: f64) -> f64 {
    (width - price_axis_width(width)).max(LEAST)
}

/// Share of a plot of that width (CSS pixels) that names of lines need at its right edge.
#[must_use]
pub fn name_room(plot_width: f64) -> f64 {
    let room = if has_short_names(plot_width) {
        28.0
    } else {
        62.0
    };
    room / plot_width.max(LEAST)
}

/// True where lines are named by their number alone.
#[must_use]
pub fn has_short_names(plot_width: f64) -> bool {
    plot_width < 420.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn panes_are_in_order_and_inside(width in prop::num::f64::ANY, height in prop::num::f64::ANY, scale in prop::num::f64::ANY) {
            let layout = Layout::new(width, height, scale);
            let panes = [layout.price, layout.volume, layout.lane];
            prop_assert!(panes.iter().all(|pane| pane.width() > 0 && pane.height() > 0 && pane.x1 <= layout.whole.x1));
            prop_assert!(panes.windows(2).all(|pair| pair[0].y1 <= pair[1].y0));
            prop_assert!(layout.lane.y1 <= layout.whole.y1);
        }

        #[test]
        fn wick_and_body_share_their_middle(spacing in 0.0..500.0f64, scale in 0.5..3.0f64) {
            let (wick, body) = Layout::new(800.0, 400.0, scale).candle(spacing);
            prop_assert!(wick >= 1 && body >= wick && (body - wick) % 2 == 0);
        }
    }
}
