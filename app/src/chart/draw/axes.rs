//! Grid and axes.

use plotters::{
    prelude::{Color, DrawingBackend},
    style::text_anchor::{HPos, VPos},
};

use super::{Drawn, Root, Scene, fill};
use crate::chart::{
    label,
    layout::Rect,
    ticks::{price_ticks, time_ticks},
};

/// Space for a mark of the time axis and of the price axis, in CSS pixels.
const TIME_SPACE: f64 = 62.0;
const PRICE_SPACE: f64 = 46.0;

pub(super) fn draw<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    draw_times(root, scene)?;
    if !scene.bars.is_empty() {
        draw_prices(root, scene)?;
    }
    let layout = &scene.layout;
    let edge = layout.px(1.0);
    for y in [layout.price.y1, layout.lane.y1] {
        let line = Rect {
            x0: 0,
            y0: y,
            x1: layout.price.x1,
            y1: y + edge,
        };
        fill(root, line, scene.palette.border.to_rgba())?;
    }
    let line = Rect {
        x0: layout.price.x1,
        y0: 0,
        x1: layout.price.x1 + edge,
        y1: layout.lane.y1,
    };
    fill(root, line, scene.palette.border.to_rgba())
}

fn draw_times<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let layout = &scene.layout;
    let most = f64::from(layout.price.width()) / layout.scale / TIME_SPACE;
    let ticks = time_ticks(scene.view.from(), scene.view.to(), most as usize);
    let plain = scene.label(scene.palette.text_muted, false, HPos::Center, VPos::Top);
    let bold = scene.label(scene.palette.text, true, HPos::Center, VPos::Top);
    let room = layout.px(20.0);
    for tick in ticks {
        let x = scene.x(tick.at);
        let line = Rect {
            x0: x,
            y0: 0,
            x1: x + layout.px(1.0),
            y1: layout.lane.y1,
        };
        let color = if tick.bold {
            scene.palette.border
        } else {
            scene.palette.grid
        };
        fill(root, line, color.to_rgba())?;
        if x >= room && x <= layout.price.x1 - room / 2 {
            let style = if tick.bold { &bold } else { &plain };
            root.draw_text(&tick.label, style, (x, layout.lane.y1 + layout.px(6.0)))?;
        }
    }
    Ok(())
}

fn draw_prices<DB: DrawingBackend>(root: &Root<DB>, scene: &Scene<'_>) -> Drawn<DB> {
    let layout = &scene.layout;
    let pane = scene.price_pane(root);
    let most = f64::from(layout.price.height()) / layout.scale / PRICE_SPACE;
    let ticks = price_ticks(scene.prices.lo(), scene.prices.hi(), most as usize);
    let style = scene.label(scene.palette.text_muted, false, HPos::Left, VPos::Center);
    for at in ticks.at {
        let (_, y) = pane.map_coordinate(&(scene.view.from(), at));
        let line = Rect {
            x0: 0,
            y0: y,
            x1: layout.price.x1,
            y1: y + layout.px(1.0),
        };
        fill(root, line, scene.palette.grid.to_rgba())?;
        let room = layout.px(6.0);
        if y >= room && y <= layout.price.y1 - room {
            let text = label::price(at, ticks.decimals);
            root.draw_text(&text, &style, (layout.price.x1 + layout.px(5.0), y))?;
        }
    }
    Ok(())
}
