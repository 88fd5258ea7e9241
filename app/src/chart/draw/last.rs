//! Line and tag of the last price.

use plotters::{
    prelude::{Color, DrawingBackend},
    style::text_anchor::{HPos, VPos},
};

use super::{Drawn, Root, Scene, candles::rises, fill};
use crate::{
    chart::{label, layout::Rect},
    model::Bar,
};

/// Height of the tag in CSS pixels.
const TAG: f64 = 18.0;

pub(super) fn draw<DB: DrawingBackend>(
    root: &Root<DB>,
    scene: &Scene<'_>,
    last: &Bar,
) -> Drawn<DB> {
    let layout = &scene.layout;
    if !(scene.prices.lo()..scene.prices.hi()).contains(&last.close) {
        return Ok(());
    }
    let color = if rises(last) {
        scene.palette.up
    } else {
        scene.palette.down
    };
    let (_, y) = scene
        .price_pane(root)
        .map_coordinate(&(scene.view.from(), last.close));
    let line = Rect {
        x0: 0,
        y0: y,
        x1: layout.price.x1,
        y1: y + layout.px(1.0),
    };
    fill(root, line, color.mix(0.55))?;
    let half = layout.px(TAG) / 2;
    let tag = Rect {
        x0: layout.price.x1,
        y0: y - half,
        x1: layout.whole.x1,
        y1: y + half,
    };
    fill(root, tag, color.to_rgba())?;
    let style = scene.label(scene.palette.surface, true, HPos::Left, VPos::Center);
    let text = label::price(last.close, label::decimals_for(last.close));
    root.draw_text(&text, &style, (tag.x0 + layout.px(5.0), y))
}
