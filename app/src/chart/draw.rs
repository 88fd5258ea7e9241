//! Drawing with plotters, over any backend: SVG on the server, canvas in the browser.
//!
//! A [`Scene`] is everything one picture needs; [`draw_base`] draws what changes with the view, [`draw_live`] what
//! changes with every tick. Elements map through plotters' coordinates without its clamping to the drawing's edge
//! ([`Unclamped`]) and cut themselves at their pane instead.

mod axes;
mod candles;
mod clip;
mod hatch;
mod lane;
mod last;
mod lines;
mod volume;

use plotters::{
    coord::{CoordTranslate, Shift, cartesian::Cartesian2d, types::RangedCoordf64},
    drawing::Rect as PlottersRect,
    element::CoordMapper,
    prelude::{
        Color, DrawingArea, DrawingAreaErrorKind, DrawingBackend, FontFamily, FontStyle, RGBAColor,
        RGBColor, Rectangle, TextStyle,
    },
    style::{
        FontDesc, ShapeStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{
    gaps::Gap,
    layout::{Layout, Rect},
    palette::Palette,
    viewport::{PriceRange, View},
};
use crate::model::Bar;

pub use lines::SMA_NAMES;

/// Outcome of drawing on a backend.
pub type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;
type Root<DB> = DrawingArea<DB, Shift>;
type Pane<DB> = DrawingArea<DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// plotters' SVG backend divides font sizes by this; so does the canvas backend, to draw the same.
pub const FONT_FACTOR: f64 = 1.24;
/// Font of every label.
pub const FONT: &str = "system-ui, sans-serif";
/// Size of a label in CSS pixels.
const FONT_PX: f64 = 11.0;

/// Everything one picture needs.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Bars in the order of time: the visible ones and at most a few beside them.
    pub bars: &'a [Bar],
    /// Their step in milliseconds.
    pub step_ms: i64,
    /// Visible time.
    pub view: View,
    /// Visible prices.
    pub prices: PriceRange,
    /// Where the panes are.
    pub layout: Layout,
    /// Colours.
    pub palette: &'a Palette,
    /// Missing candles.
    pub gaps: &'a [Gap],
    /// Start of the candle that still forms: [`draw_base`] leaves it to [`draw_live`].
    pub forming: Option<i64>,
    /// What to write when there is no bar.
    pub message: &'static str,
}

impl<'a> Scene<'a> {
    /// The bars of `bars` that the view shows at least in part.
    #[must_use]
    pub fn visible(bars: &'a [Bar], step_ms: i64, view: &View) -> &'a [Bar] {
        let begin = bars.partition_point(|bar| (bar.opened_at + step_ms) as f64 <= view.from());
        let end = bars.partition_point(|bar| (bar.opened_at as f64) < view.to());
        bars.get(begin..end).unwrap_or_default()
    }

    /// Device pixel of a time.
    fn x(&self, at: i64) -> i32 {
        let width = f64::from(self.layout.price.width());
        self.view.x_of(at as f64, width).floor() as i32
    }

    fn middle(&self, bar: &Bar) -> f64 {
        bar.opened_at as f64 + self.step_ms as f64 / 2.0
    }

    fn price_pane<DB: DrawingBackend>(&self, root: &Root<DB>) -> Pane<DB> {
        self.pane(root, self.layout.price, self.prices.lo(), self.prices.hi())
    }

    fn pane<DB: DrawingBackend>(&self, root: &Root<DB>, rect: Rect, lo: f64, hi: f64) -> Pane<DB> {
        root.apply_coord_spec(Cartesian2d::new(
            self.view.from()..self.view.to(),
            lo..hi,
            (rect.x0..rect.x1, rect.y1..rect.y0),
        ))
    }

    fn label(&self, color: RGBColor, bold: bool, h_pos: HPos, v_pos: VPos) -> TextStyle<'static> {
        let style = if bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let size = FONT_PX * self.layout.scale * FONT_FACTOR;
        TextStyle {
            font: FontDesc::new(FontFamily::Name(FONT), size, style),
            color: color.to_backend_color(),
            pos: Pos::new(h_pos, v_pos),
        }
    }
}

/// Grid, axes, gaps, candles, volume, moving averages and the quality lane.
///
/// # Errors
/// When the backend does.
pub fn draw_base<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let layout = &scene.layout;
    fill(root, layout.whole, scene.palette.surface.to_rgba())?;
    axes::draw(root, scene)?;
    if scene.bars.is_empty() {
        let middle = (
            i32::midpoint(layout.price.x0, layout.price.x1),
            i32::midpoint(layout.price.y0, layout.price.y1),
        );
        let style = scene.label(scene.palette.text_muted, false, HPos::Center, VPos::Center);
        root.draw_text(scene.message, &style, middle)?;
    }
    hatch::draw(root, scene)?;
    volume::draw(root, scene)?;
    candles::draw(root, scene)?;
    lines::draw(root, scene)?;
    lane::draw(root, scene)
}

/// The candle that still forms, and the line and tag of the last price.
///
/// # Errors
/// When the backend does.
pub fn draw_live<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>, last: &Bar) -> Drawn<DB> {
    candles::draw_forming(root, scene, last)?;
    last::draw(root, scene, last)
}

/// Maps without clamping: plotters' own mapper squashes what is outside onto the drawing's edge.
#[derive(Debug)]
struct Unclamped;

impl CoordMapper for Unclamped {
    type Output = (i32, i32);

    fn map<CT: CoordTranslate>(coord: &CT, from: &CT::From, _: &PlottersRect) -> (i32, i32) {
        coord.translate(from)
    }
}

/// A filled rectangle; nothing if it is empty.
fn fill<DB: DrawingBackend>(root: &Root<DB>, rect: Rect, color: RGBAColor) -> Drawn<DB> {
    if rect.width() <= 0 || rect.height() <= 0 {
        return Ok(());
    }
    root.draw(&Rectangle::new(
        [(rect.x0, rect.y0), (rect.x1, rect.y1)],
        color.filled(),
    ))
}

/// A filled rectangle within an element's own drawing, cut at the pane.
fn fill_within<DB: DrawingBackend>(
    backend: &mut DB,
    clip: &Rect,
    (x0, y0): (i32, i32),
    (x1, y1): (i32, i32),
    style: &ShapeStyle,
) -> Result<(), plotters_backend::DrawingErrorKind<DB::ErrorType>> {
    let (x0, x1) = (x0.max(clip.x0), x1.min(clip.x1));
    let (y0, y1) = (y0.max(clip.y0), y1.min(clip.y1));
    if x0 >= x1 || y0 >= y1 {
        return Ok(());
    }
    backend.draw_rect((x0, y0), (x1, y1), style, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::run;

    #[test]
    fn bars_seen_in_part_are_visible() {
        let bars = run(0, 60_000, 10);
        let view = View::new(90_000.0, 240_000.0).expect("a span");
        let visible: Vec<_> = Scene::visible(&bars, 60_000, &view)
            .iter()
            .map(|bar| bar.opened_at / 60_000)
            .collect();
        assert_eq!(visible, [1, 2, 3]);
    }
}
