//! Gaps: hatched spans with how long data is missing.

use plotters::{
    prelude::{Color, DrawingBackend, PathElement},
    style::text_anchor::{HPos, VPos},
};

use super::{Drawn, Root, Scene, clip, fill};
use crate::{chart::layout::Rect, model::format_age};

/// Distance of the hatch lines in CSS pixels.
const LINES: f64 = 9.0;
/// Narrower gaps are only shaded, in CSS pixels.
const HATCH_FROM: f64 = 4.0;
/// From this width on a gap says how long it is, in CSS pixels.
const TEXT_FROM: f64 = 24.0;

pub(super) fn draw<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let layout = &scene.layout;
    let pane = &layout.price;
    for gap in scene.gaps {
        let span = Rect {
            x0: scene.x(gap.from).max(pane.x0),
            y0: pane.y0,
            x1: (scene.x(gap.to)).min(pane.x1),
            y1: pane.y1,
        };
        let width = f64::from(span.width()) / layout.scale;
        fill(root, span, scene.palette.unknown.mix(0.12))?;
        if width >= HATCH_FROM {
            draw_lines(root, scene, &span)?;
        }
        if width >= TEXT_FROM {
            draw_text(root, scene, &span, gap.to - gap.from)?;
        }
    }
    Ok(())
}

fn draw_lines<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>, span: &Rect) -> Drawn<DB> {
    let style = scene
        .palette
        .unknown
        .mix(0.35)
        .stroke_width(scene.layout.px(1.0).unsigned_abs());
    let height = span.height();
    let distance = scene.layout.px(LINES);
    // Lines begin at multiples of their distance, so that neighbouring gaps continue each other's hatch.
    let mut x = (span.x0 - height).div_euclid(distance) * distance;
    while x < span.x1 {
        let line = ((x, span.y1), (x + height, span.y0));
        if let Some((from, to)) = clip::segment(span, line.0, line.1).filter(|(a, b)| a != b) {
            root.draw(&PathElement::new([from, to], style))?;
        }
        x += distance;
    }
    Ok(())
}

fn draw_text<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    span: &Rect,
    missing_ms: i64,
) -> Drawn<DB> {
    let layout = &scene.layout;
    let style = scene.label(scene.palette.text, false, HPos::Center, VPos::Center);
    let long = format!("no data {}", format_age(missing_ms));
    let short = format_age(missing_ms);
    // The largest unit alone: `13 h` of `13 h 0 min`.
    let shortest = match short.match_indices(' ').nth(1) {
        Some((end, _)) => &short[..end],
        None => &short,
    };
    for text in [&long, &short, shortest] {
        let (width, _) = root.estimate_text_size(text, &style)?;
        let width = width as i32 + layout.px(8.0);
        if width > span.width() {
            continue;
        }
        let (x, y) = (i32::midpoint(span.x0, span.x1), span.y0 + layout.px(16.0));
        let ground = Rect {
            x0: x - width / 2,
            y0: y - layout.px(8.0),
            x1: x + width / 2,
            y1: y + layout.px(8.0),
        };
        fill(root, ground, scene.palette.surface.mix(0.85))?;
        return root.draw_text(text, &style, (x, y));
    }
    Ok(())
}
