//! The crosshair, with its tags on both axes.

use plotters::{
    prelude::{Circle, Color, DrawingBackend, Rectangle},
    style::{
        FontDesc, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::engine::Engine;
use crate::{
    chart::{
        draw::{FONT, FONT_FACTOR},
        label,
    },
    model::format_utc_short,
};

/// Draws the crosshair on its cleared layer; the layer stays empty without one.
pub(super) fn draw(engine: &Engine) {
    engine.overlay.clear();
    let Some(cross) = engine.crosshair() else {
        return;
    };
    let layout = &engine.layout;
    let area = engine.overlay.area();
    let muted = engine.palette.text_muted.mix(0.8);
    let line = layout.px(1.0);
    let style = |h_pos| TextStyle {
        font: FontDesc::new(
            plotters::style::FontFamily::Name(FONT),
            11.0 * layout.scale * FONT_FACTOR,
            plotters::style::FontStyle::Normal,
        ),
        color: engine.palette.surface.to_backend_color(),
        pos: Pos::new(h_pos, VPos::Center),
    };
    let rect = |x0: i32, y0: i32, x1: i32, y1: i32, color: plotters::style::RGBAColor| {
        area.draw(&Rectangle::new([(x0, y0), (x1, y1)], color.filled()))
    };
    let text = engine.palette.text.to_rgba();
    // The canvas backend cannot fail.
    let _ = (|| {
        rect(cross.x, 0, cross.x + line, layout.lane.y1, muted)?;
        rect(0, cross.y, layout.price.x1, cross.y + line, muted)?;
        area.draw(&Circle::new(
            (cross.x, cross.dot_y),
            layout.px(3.5),
            text.filled(),
        ))?;
        let half = layout.px(9.0);
        let price = label::price(cross.price, label::decimals_for(cross.price));
        rect(
            layout.price.x1,
            cross.y - half,
            layout.whole.x1,
            cross.y + half,
            text,
        )?;
        let place = (layout.price.x1 + layout.px(5.0), cross.y);
        area.draw_text(&price, &style(HPos::Left), place)?;
        let at = format_utc_short(cross.opened_at);
        let centre = style(HPos::Center);
        let (width, _) = area.estimate_text_size(&at, &centre)?;
        let reach = width as i32 / 2 + layout.px(6.0);
        let x = cross.x.clamp(reach, (layout.price.x1 - reach).max(reach));
        let (top, bottom) = (layout.lane.y1 + line, layout.whole.y1);
        rect(x - reach, top, x + reach, bottom, text)?;
        area.draw_text(&at, &centre, (x, i32::midpoint(top, bottom)))
    })();
    let _ = engine
        .overlay
        .backend
        .try_borrow_mut()
        .map(|mut backend| backend.present());
}
