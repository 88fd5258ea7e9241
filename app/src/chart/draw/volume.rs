//! Volume bars in the lower pane.

use plotters::{
    element::{Drawable, PointCollection},
    prelude::{Color, DrawingBackend},
    style::{
        ShapeStyle,
        text_anchor::{HPos, VPos},
    },
};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use super::{Drawn, Root, Scene, Unclamped, candles::rises, fill_within};
use crate::{chart::label, model::Bar};

const OPACITY: f64 = 0.55;

pub(super) fn draw<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let bars = Scene::visible(scene.bars, scene.step_ms, &scene.view);
    let most = bars
        .iter()
        .map(|bar| bar.volume)
        .filter(|volume| volume.is_finite())
        .fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(());
    }
    let spacing = scene.layout.spacing(&scene.view, scene.step_ms);
    let (_, width) = scene.layout.candle(spacing);
    let rect = scene.layout.volume;
    let pane = scene.pane(root, rect, 0.0, most * 1.05);
    for rising in [true, false] {
        let color = if rising {
            scene.palette.up
        } else {
            scene.palette.down
        };
        pane.draw(&Volumes {
            scene,
            bars,
            rising,
            width,
            most,
            style: color.mix(OPACITY).filled(),
        })?;
    }
    let style = scene.label(scene.palette.text_muted, false, HPos::Left, VPos::Top);
    let place = (rect.x1 + scene.layout.px(5.0), rect.y0);
    root.draw_text(&label::volume(most), &style, place)
}

struct Volumes<'a> {
    scene: &'a Scene<'a>,
    bars: &'a [Bar],
    rising: bool,
    width: i32,
    most: f64,
    style: ShapeStyle,
}

impl<'a> PointCollection<'a, (f64, f64), Unclamped> for &'a Volumes<'a> {
    type Point = (f64, f64);
    type IntoIter = Box<dyn Iterator<Item = (f64, f64)> + 'a>;

    fn point_iter(self) -> Self::IntoIter {
        Box::new(
            self.bars
                .iter()
                .filter(|bar| rises(bar) == self.rising && bar.volume > 0.0)
                .map(|bar| (self.scene.middle(bar), bar.volume.min(self.most))),
        )
    }
}

impl<DB: DrawingBackend> Drawable<DB, Unclamped> for Volumes<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        tops: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        let rect = &self.scene.layout.volume;
        for (middle, top) in tops {
            let left = middle - self.width / 2;
            let top = top.min(rect.y1 - 1);
            let corner = (left + self.width, rect.y1);
            fill_within(backend, rect, (left, top), corner, &self.style)?;
        }
        Ok(())
    }
}
