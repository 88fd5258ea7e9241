//! Candles: hollow when they closed higher, filled when lower, with a mark above the flagged ones.

use plotters::{
    element::{Drawable, PointCollection},
    prelude::{Color, DrawingBackend, Polygon},
    style::ShapeStyle,
};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use super::{Drawn, Root, Scene, Unclamped, fill_within};
use crate::{
    chart::{layout::Rect, palette::Mark},
    model::Bar,
};

/// A finding is marked above its candle only where candles are at least so far apart, in CSS pixels.
const MARK_SPACING: f64 = 5.0;
/// Opacity of the candle that still forms.
const FORMING: f64 = 0.6;

pub(super) fn draw<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let bars = Scene::visible(scene.bars, scene.step_ms, &scene.view);
    for rising in [true, false] {
        draw_batch(root, scene, bars, rising, 1.0, scene.forming)?;
    }
    draw_marks(root, scene, bars)
}

pub(super) fn draw_forming<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    last: &Bar,
) -> Drawn<DB> {
    if scene.forming != Some(last.opened_at) {
        return Ok(());
    }
    let bars = std::slice::from_ref(last);
    let bars = Scene::visible(bars, scene.step_ms, &scene.view);
    draw_batch(root, scene, bars, rises(last), FORMING, None)
}

/// True for a candle drawn as rising; one that closed where it opened counts as such.
pub(super) fn rises(bar: &Bar) -> bool {
    bar.close >= bar.open
}

fn draw_batch<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    bars: &[Bar],
    rising: bool,
    opacity: f64,
    except: Option<i64>,
) -> Drawn<DB> {
    let color = if rising {
        scene.palette.up
    } else {
        scene.palette.down
    };
    let spacing = scene.layout.spacing(&scene.view, scene.step_ms);
    let (wick, body) = scene.layout.candle(spacing);
    scene.price_pane(root).draw(&Candles {
        scene,
        bars,
        rising,
        except,
        wick,
        body,
        style: ShapeStyle {
            color: color.mix(opacity),
            filled: true,
            stroke_width: wick.unsigned_abs(),
        },
    })
}

/// All candles of one colour: one element, so that the backend changes its style once.
struct Candles<'a> {
    scene: &'a Scene<'a>,
    bars: &'a [Bar],
    rising: bool,
    except: Option<i64>,
    wick: i32,
    body: i32,
    style: ShapeStyle,
}

/// High, low, open and close of each candle.
struct Corners<'a> {
    of: &'a Candles<'a>,
    next: usize,
    corner: usize,
}

impl Iterator for Corners<'_> {
    type Item = (f64, f64);

    fn next(&mut self) -> Option<(f64, f64)> {
        loop {
            let bar = self.of.bars.get(self.next)?;
            if rises(bar) != self.of.rising || self.of.except == Some(bar.opened_at) {
                self.next += 1;
                continue;
            }
            let price = [bar.high, bar.low, bar.open, bar.close][self.corner];
            self.corner = (self.corner + 1) % 4;
            self.next += usize::from(self.corner == 0);
            let scene = self.of.scene;
            return Some((scene.middle(bar), scene.prices.near(price)));
        }
    }
}

impl<'a> PointCollection<'a, (f64, f64), Unclamped> for &'a Candles<'a> {
    type Point = (f64, f64);
    type IntoIter = Corners<'a>;

    fn point_iter(self) -> Corners<'a> {
        Corners {
            of: self,
            next: 0,
            corner: 0,
        }
    }
}

impl<DB: DrawingBackend> Drawable<DB, Unclamped> for Candles<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut corners: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let clip = &self.scene.layout.price;
        while let (Some(high), Some(low), Some(open), Some(close)) = (
            corners.next(),
            corners.next(),
            corners.next(),
            corners.next(),
        ) {
            let candle = Shape::new(high, low, open, close, self.wick, self.body);
            if self.rising && candle.is_hollow(self.wick) {
                candle.outline(backend, clip, &self.style)?;
            } else {
                candle.solid(backend, clip, &self.style)?;
            }
        }
        Ok(())
    }
}

/// A candle in device pixels; bottoms are exclusive.
struct Shape {
    wick: (i32, i32),
    body: (i32, i32),
    top: i32,
    bottom: i32,
    high: i32,
    low: i32,
}

impl Shape {
    fn new(
        high: BackendCoord,
        low: BackendCoord,
        open: BackendCoord,
        close: BackendCoord,
        wick: i32,
        body: i32,
    ) -> Self {
        let left = |width: i32| high.0 - width / 2;
        // A candle that closed where it opened still shows a line.
        let top = open.1.min(close.1);
        let bottom = open.1.max(close.1).max(top + 1);
        Self {
            wick: (left(wick), left(wick) + wick),
            body: (left(body), left(body) + body),
            top,
            bottom,
            high: high.1.min(top),
            low: low.1.max(bottom),
        }
    }

    fn is_hollow(&self, line: i32) -> bool {
        self.body.1 - self.body.0 > line * 2 && self.bottom - self.top > line * 2
    }

    fn solid<DB: DrawingBackend>(
        &self,
        backend: &mut DB,
        clip: &Rect,
        style: &ShapeStyle,
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let (left, right) = self.wick;
        fill_within(backend, clip, (left, self.high), (right, self.top), style)?;
        fill_within(backend, clip, (left, self.bottom), (right, self.low), style)?;
        let (left, right) = self.body;
        fill_within(backend, clip, (left, self.top), (right, self.bottom), style)
    }

    fn outline<DB: DrawingBackend>(
        &self,
        backend: &mut DB,
        clip: &Rect,
        style: &ShapeStyle,
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let (left, right) = self.wick;
        fill_within(backend, clip, (left, self.high), (right, self.top), style)?;
        fill_within(backend, clip, (left, self.bottom), (right, self.low), style)?;
        let (left, right) = (self.body.0.max(clip.x0), self.body.1.min(clip.x1));
        if left >= right {
            return Ok(());
        }
        // Backends take the corner pixels of an outline, the last ones included.
        let corners = ((left, self.top), (right - 1, self.bottom - 1));
        backend.draw_rect(corners.0, corners.1, style, false)
    }
}

fn draw_marks<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>, bars: &[Bar]) -> Drawn<DB> {
    let layout = &scene.layout;
    if layout.spacing(&scene.view, scene.step_ms) < MARK_SPACING * layout.scale {
        return Ok(());
    }
    let (half, height, lift) = (layout.px(3.5), layout.px(6.0), layout.px(4.0));
    let pane = scene.price_pane(root);
    for bar in bars.iter().filter(|bar| bar.flagged > 0) {
        let Some(mark @ (Mark::Warn | Mark::Error | Mark::Critical)) = Mark::of(bar.worst) else {
            continue;
        };
        let (x, high) = pane.map_coordinate(&(scene.middle(bar), scene.prices.near(bar.high)));
        let tip = high - lift;
        if x - half < layout.price.x0 || x + half > layout.price.x1 || tip - height < 0 {
            continue;
        }
        let corners = [(x - half, tip - height), (x + half, tip - height), (x, tip)];
        root.draw(&Polygon::new(corners, scene.palette.mark(mark).filled()))?;
    }
    Ok(())
}
