//! Pointer, wheel and keyboard.

use std::rc::Rc;

use leptos::prelude::Set;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use super::{
    engine::{Dirty, Engine},
    handle::{Handle, now_ms},
    listen::Listener,
};
use crate::{chart::viewport::View, model::Step};

/// The wheel zooms once the pointer has rested on the chart for so long; before, the page scrolls on.
const HOVER_MS: f64 = 150.0;
/// Zoom for one wheel pixel, and for one of a trackpad's pinch, as exponents.
const WHEEL: f64 = 0.0015;
const PINCH: f64 = 0.01;
/// Zoom for a key.
const KEY_ZOOM: f64 = 0.8;
/// Pixels in a line and in a page of the wheel.
const LINE_PX: f64 = 32.0;
const PAGE_PX: f64 = 120.0;

/// Pointers that are down (id, x, y in CSS pixels of the stage), and since when one hovers.
#[derive(Default)]
pub(super) struct Gesture {
    down: Vec<(i32, f64, f64)>,
    over_since: Option<f64>,
}

pub(super) fn listeners(handle: &Rc<Handle>) -> Vec<Listener> {
    let weak = Rc::downgrade(handle);
    let stage = &handle.stage;
    [
        Listener::new(stage, "pointerdown", &weak, pointer_down),
        Listener::new(stage, "pointermove", &weak, pointer_move),
        Listener::new(stage, "pointerup", &weak, pointer_up),
        Listener::new(stage, "pointercancel", &weak, pointer_up),
        Listener::new(stage, "pointerleave", &weak, pointer_leave),
        Listener::new(stage, "wheel", &weak, wheel),
        Listener::new(stage, "keydown", &weak, key),
        Listener::new(
            stage,
            "dblclick",
            &weak,
            |handle: &Rc<Handle>, _: &MouseEvent| {
                handle.change(Engine::reset_view);
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Place of an event on the stage in CSS pixels.
fn place(handle: &Handle, event: &MouseEvent) -> (f64, f64) {
    let rect = handle.stage.get_bounding_client_rect();
    (
        f64::from(event.client_x()) - rect.left(),
        f64::from(event.client_y()) - rect.top(),
    )
}

fn pointer_down(handle: &Rc<Handle>, event: &PointerEvent) {
    if event.button() != 0 {
        return;
    }
    let (x, y) = place(handle, event);
    let _ = handle.stage.set_pointer_capture(event.pointer_id());
    if let Ok(mut gesture) = handle.gesture.try_borrow_mut() {
        gesture.down.retain(|(id, ..)| *id != event.pointer_id());
        gesture.down.push((event.pointer_id(), x, y));
    }
    handle.change(|engine| {
        engine.picked = None;
        engine.pointer = Some((x, y));
        engine.dirty = engine.dirty.max(Dirty::Overlay);
    });
}

fn pointer_move(handle: &Rc<Handle>, event: &PointerEvent) {
    let (x, y) = place(handle, event);
    let Ok(mut gesture) = handle.gesture.try_borrow_mut() else {
        return;
    };
    gesture.over_since.get_or_insert_with(now_ms);
    let before = gesture.down.clone();
    for pointer in &mut gesture.down {
        if pointer.0 == event.pointer_id() {
            *pointer = (pointer.0, x, y);
        }
    }
    let after = gesture.down.clone();
    drop(gesture);
    handle.change(|engine| {
        engine.pointer = Some((x, y));
        engine.picked = None;
        engine.dirty = engine.dirty.max(Dirty::Overlay);
        match (before.as_slice(), after.as_slice()) {
            ([(_, from, _)], [(_, to, _)]) => pan_by(engine, from - to),
            ([a, b], [c, d]) => pinch(engine, (a.1, b.1), (c.1, d.1)),
            _ => {}
        }
    });
}

/// Moves the view by CSS pixels.
fn pan_by(engine: &mut Engine, pixels: f64) {
    if let (Some(view), true) = (engine.view(), pixels != 0.0) {
        engine.set_view(view.pan(pixels / engine.plot_width() * view.span()));
    }
}

/// Two fingers: what was in the middle of them stays there.
fn pinch(engine: &mut Engine, before: (f64, f64), after: (f64, f64)) {
    let Some(view) = engine.view() else { return };
    let width = engine.plot_width();
    let distance = |(a, b): (f64, f64)| (a - b).abs().max(10.0);
    let middle = |(a, b): (f64, f64)| f64::midpoint(a, b);
    let moved = view.pan((middle(before) - middle(after)) / width * view.span());
    let factor = distance(before) / distance(after);
    engine.set_view(moved.zoom(factor, middle(after) / width, &engine.bounds()));
}

fn pointer_up(handle: &Rc<Handle>, event: &PointerEvent) {
    if let Ok(mut gesture) = handle.gesture.try_borrow_mut() {
        gesture.down.retain(|(id, ..)| *id != event.pointer_id());
    }
}

fn pointer_leave(handle: &Rc<Handle>, event: &PointerEvent) {
    if let Ok(mut gesture) = handle.gesture.try_borrow_mut() {
        gesture.over_since = None;
        gesture.down.retain(|(id, ..)| *id != event.pointer_id());
    }
    // A finger that was lifted leaves its crosshair; a mouse takes it away.
    if event.pointer_type() == "mouse" {
        handle.change(|engine| {
            engine.pointer = None;
            engine.dirty = engine.dirty.max(Dirty::Overlay);
        });
    }
}

fn wheel(handle: &Rc<Handle>, event: &WheelEvent) {
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => LINE_PX,
        WheelEvent::DOM_DELTA_PAGE => PAGE_PX,
        _ => 1.0,
    };
    let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
    let sideways = dx.abs() > dy.abs() || event.shift_key();
    if sideways {
        event.prevent_default();
        let by = if dx == 0.0 { dy } else { dx };
        handle.change(|engine| pan_by(engine, by));
        return;
    }
    let focused = handle.stage.matches(":focus-within").unwrap_or(false);
    let rested = handle.gesture.try_borrow().is_ok_and(|gesture| {
        gesture
            .over_since
            .is_some_and(|since| now_ms() - since > HOVER_MS)
    });
    if !(focused || rested || event.ctrl_key() || event.meta_key()) {
        return;
    }
    event.prevent_default();
    let (x, _) = place(handle, event);
    let strength = if event.ctrl_key() { PINCH } else { WHEEL };
    let factor = (dy * strength).clamp(-1.0, 1.0).exp();
    handle.change(|engine| {
        let share = (x / engine.plot_width()).clamp(0.0, 1.0);
        zoom(engine, factor, share);
    });
}

fn zoom(engine: &mut Engine, factor: f64, share: f64) {
    if let Some(view) = engine.view() {
        engine.set_view(view.zoom(factor, share, &engine.bounds()));
    }
}

fn key(handle: &Rc<Handle>, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let many = if event.shift_key() { 10 } else { 1 };
    let key = event.key();
    let mut picked = false;
    match key.as_str() {
        "ArrowLeft" | "ArrowRight" => {
            picked = true;
            let by = if key == "ArrowLeft" { -many } else { many };
            handle.change(|engine| engine.pick(by));
        }
        "+" | "=" => handle.change(|engine| zoom(engine, KEY_ZOOM, 0.5)),
        "-" | "_" => handle.change(|engine| zoom(engine, 1.0 / KEY_ZOOM, 0.5)),
        "PageUp" | "PageDown" => {
            let by = if key == "PageUp" { -0.9 } else { 0.9 };
            handle.change(|engine| pan_by(engine, by * engine.plot_width()));
        }
        "Home" => handle.change(to_oldest),
        "End" => handle.change(to_newest),
        "a" | "A" => handle.change(Engine::reset_view),
        "Escape" => handle.change(|engine| {
            engine.picked = None;
            engine.pointer = None;
            engine.dirty = engine.dirty.max(Dirty::Overlay);
        }),
        digit => {
            let step = digit
                .parse::<usize>()
                .ok()
                .and_then(|digit| Step::ALL.get(digit.checked_sub(1)?));
            let Some(step) = step else { return };
            handle.step.try_set(step.step_ms);
        }
    }
    event.prevent_default();
    if picked {
        handle.speak();
    }
}

fn to_oldest(engine: &mut Engine) {
    if let Some(view) = engine.view() {
        let first = engine.bounds().first - view.span() * 0.03;
        engine.set_view(view.pan(first - view.from()));
    }
}

fn to_newest(engine: &mut Engine) {
    if let Some(view) = engine.view() {
        let bounds = engine.bounds();
        let candles = view.span() / bounds.step;
        engine.set_view(View::newest(&bounds, candles, engine.room()));
    }
}
