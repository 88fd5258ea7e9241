//! Moving averages with their names at the right end.

use plotters::{
    element::{Drawable, PointCollection},
    prelude::{Color, DrawingBackend},
    style::{
        ShapeStyle,
        text_anchor::{HPos, VPos},
    },
};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use super::{Drawn, Root, Scene, Unclamped, clip, fill};
use crate::{
    chart::layout::{Rect, has_short_names},
    model::Bar,
};

/// Width of a line in CSS pixels.
const LINE: f64 = 1.5;
/// Height of a name in CSS pixels.
const NAME: f64 = 14.0;

/// What the three moving averages are called.
pub const SMA_NAMES: [&str; 3] = ["SMA 20", "SMA 50", "SMA 200"];

const fn values(bar: &Bar) -> [Option<f64>; 3] {
    [bar.sma_20, bar.sma_50, bar.sma_200]
}

pub(super) fn draw<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let pane = scene.price_pane(root);
    let mut names: Vec<(i32, i32, usize)> = Vec::with_capacity(SMA_NAMES.len());
    for (which, color) in scene.palette.sma.into_iter().enumerate() {
        let width = ((LINE * scene.layout.scale).floor() as u32).max(1);
        pane.draw(&Line {
            scene,
            which,
            style: color.stroke_width(width),
        })?;
        let last = Scene::visible(scene.bars, scene.step_ms, &scene.view)
            .iter()
            .rev()
            .find_map(|bar| Some((scene.middle(bar), values(bar)[which]?)));
        if let Some((at, value)) = last {
            let (x, y) = pane.map_coordinate(&(at, scene.prices.near(value)));
            if (scene.layout.price.y0..scene.layout.price.y1).contains(&y) {
                names.push((y, x, which));
            }
        }
    }
    names.sort_unstable();
    draw_names(root, scene, &names)
}

fn draw_names<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    names: &[(i32, i32, usize)],
) -> Drawn<DB> {
    let layout = &scene.layout;
    let pane = &layout.price;
    let height = layout.px(NAME);
    let short = has_short_names(f64::from(pane.width()) / layout.scale);
    let mut free_from = pane.y0;
    for &(y, end, which) in names {
        let top = (y - height / 2).max(free_from);
        if top + height > pane.y1 {
            return Ok(());
        }
        free_from = top + height;
        let style = scene.label(scene.palette.sma[which], true, HPos::Right, VPos::Center);
        let name = if short {
            SMA_NAMES[which].trim_start_matches("SMA ")
        } else {
            SMA_NAMES[which]
        };
        let (width, _) = root.estimate_text_size(name, &style)?;
        let beside = end + layout.px(8.0) + width as i32;
        let right = beside.min(pane.x1 - layout.px(4.0));
        let ground = Rect {
            x0: right - width as i32 - layout.px(2.0),
            y0: top,
            x1: right + layout.px(2.0),
            y1: top + height,
        };
        fill(root, ground, scene.palette.surface.mix(0.6))?;
        root.draw_text(name, &style, (right, top + height / 2))?;
    }
    Ok(())
}

struct Line<'a> {
    scene: &'a Scene<'a>,
    which: usize,
    style: ShapeStyle,
}

impl<'a> PointCollection<'a, (f64, f64), Unclamped> for &'a Line<'a> {
    type Point = (f64, f64);
    type IntoIter = Box<dyn Iterator<Item = (f64, f64)> + 'a>;

    fn point_iter(self) -> Self::IntoIter {
        let scene = self.scene;
        Box::new(scene.bars.iter().map(move |bar| {
            let value = values(bar)[self.which].unwrap_or(scene.prices.lo());
            (scene.middle(bar), scene.prices.near(value))
        }))
    }
}

impl<DB: DrawingBackend> Drawable<DB, Unclamped> for Line<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let mut path: Vec<BackendCoord> = Vec::with_capacity(self.scene.bars.len());
        let mut before: Option<(&Bar, BackendCoord)> = None;
        for (bar, point) in self.scene.bars.iter().zip(points) {
            let known = values(bar)[self.which].is_some();
            let part = before
                .filter(|(last, _)| bar.opened_at - last.opened_at == self.scene.step_ms && known)
                .and_then(|(_, from)| clip::segment(&self.scene.layout.price, from, point));
            match part {
                Some((from, to)) => {
                    if path.last() != Some(&from) {
                        flush(backend, &mut path, &self.style)?;
                        path.push(from);
                    }
                    path.push(to);
                }
                None => flush(backend, &mut path, &self.style)?,
            }
            before = known.then_some((bar, point));
        }
        flush(backend, &mut path, &self.style)
    }
}

fn flush<DB: DrawingBackend>(
    backend: &mut DB,
    path: &mut Vec<BackendCoord>,
    style: &ShapeStyle,
) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
    if path.len() > 1 {
        backend.draw_path(path.iter().copied(), style)?;
    }
    path.clear();
    Ok(())
}
