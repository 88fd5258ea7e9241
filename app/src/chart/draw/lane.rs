//! The quality lane: the worst finding of each bucket by height, shape and colour.

use plotters::prelude::{Circle, Color, DrawingBackend, Polygon};

use super::{Drawn, Root, Scene, fill};
use crate::{
    chart::{layout::Rect, palette::Mark},
    model::Bar,
};

/// What a bucket shows in the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Ok,
    Incomplete,
    Found(Mark),
}

impl Cell {
    fn of(bar: &Bar) -> Self {
        match Mark::of(bar.worst) {
            Some(mark) => Self::Found(mark),
            None if bar.observed < bar.expected => Self::Incomplete,
            None => Self::Ok,
        }
    }

    /// Height in CSS pixels: worse is higher.
    const fn height(self) -> f64 {
        match self {
            Self::Ok => 2.0,
            Self::Incomplete => 4.0,
            Self::Found(Mark::Info) => 5.0,
            Self::Found(Mark::Warn) => 8.0,
            Self::Found(Mark::Error) => 11.0,
            Self::Found(Mark::Critical) => 14.0,
        }
    }
}

/// Room a glyph needs, in CSS pixels.
const GLYPH_SPACE: f64 = 11.0;

pub(super) fn draw<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let visible = Scene::visible(scene.bars, scene.step_ms, &scene.view);
    // A candle that still forms is not judged yet: it is incomplete by nature.
    let mut bars = visible
        .iter()
        .filter(|bar| scene.forming != Some(bar.opened_at))
        .peekable();
    while let Some(first) = bars.next() {
        let cell = Cell::of(first);
        let mut to = first.opened_at + scene.step_ms;
        while let Some(next) = bars.next_if(|bar| bar.opened_at == to && Cell::of(bar) == cell) {
            to = next.opened_at + scene.step_ms;
        }
        draw_run(root, scene, cell, first.opened_at, to)?;
    }
    Ok(())
}

fn draw_run<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    cell: Cell,
    from: i64,
    to: i64,
) -> Drawn<DB> {
    let layout = &scene.layout;
    let lane = &layout.lane;
    let x0 = scene.x(from).max(lane.x0);
    let x1 = scene.x(to).max(x0 + 1).min(lane.x1);
    let color = match cell {
        Cell::Ok => scene.palette.ok.mix(0.7),
        Cell::Incomplete => scene.palette.unknown.mix(0.8),
        Cell::Found(mark) => scene.palette.mark(mark).to_rgba(),
    };
    let with_glyph = f64::from(x1 - x0) >= GLYPH_SPACE * layout.scale;
    let bar = Rect {
        x0,
        y0: lane.y1 - layout.px(cell.height()),
        x1,
        y1: lane.y1,
    };
    match cell {
        Cell::Found(mark) if with_glyph => {
            let ground = Rect { y0: lane.y0, ..bar };
            fill(root, ground, color.mix(0.25))?;
            draw_glyph(root, scene, mark, i32::midpoint(x0, x1))
        }
        _ => fill(root, bar, color),
    }
}

fn draw_glyph<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    mark: Mark,
    x: i32,
) -> Drawn<DB> {
    let layout = &scene.layout;
    let y = i32::midpoint(layout.lane.y0, layout.lane.y1);
    let r = layout.px(4.0);
    let style = scene.palette.mark(mark).filled();
    match mark {
        Mark::Info => root.draw(&Circle::new((x, y), r - 1, style)),
        Mark::Warn => root.draw(&Polygon::new(
            [(x - r, y + r), (x + r, y + r), (x, y - r)],
            style,
        )),
        Mark::Error => root.draw(&Polygon::new(
            [(x - r, y), (x, y - r), (x + r, y), (x, y + r)],
            style,
        )),
        Mark::Critical => fill(
            root,
            Rect {
                x0: x - r,
                y0: y - r,
                x1: x + r,
                y1: y + r,
            },
            style.color,
        ),
    }
}
