//! Owner of everything the chart has in the browser: dropping it ends it.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::{Rc, Weak},
};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{AbortController, HtmlCanvasElement, HtmlElement, Window};

use super::{
    engine::{Dirty, Engine, Wanted},
    input::{self, Gesture},
    legend::legend,
    listen::{Attribute, Listener, Resizes},
    load,
    probe::Probe,
    surface::{self, Layer, Size},
};
use crate::{
    chart::{cache::TileKey, component::Legend, label},
    live::LiveBars,
    model::{Bar, SeriesVm},
};

/// A tile that failed is asked for again after so long.
const RETRY_MS: u64 = 4_000;

/// What the component gives to the chart.
pub(in crate::chart) struct Mount {
    pub(in crate::chart) root: HtmlElement,
    pub(in crate::chart) stage: HtmlElement,
    pub(in crate::chart) canvases: [HtmlCanvasElement; 3],
    pub(in crate::chart) series: SeriesVm,
    pub(in crate::chart) step: RwSignal<i64>,
    pub(in crate::chart) legend: RwSignal<Option<Legend>>,
    pub(in crate::chart) spoken: RwSignal<String>,
}

/// The running chart.
pub(in crate::chart) struct Handle {
    pub(super) engine: RefCell<Engine>,
    pub(super) stage: HtmlElement,
    pub(super) gesture: RefCell<Gesture>,
    pub(super) step: RwSignal<i64>,
    root: HtmlElement,
    window: Window,
    legend: RwSignal<Option<Legend>>,
    spoken: RwSignal<String>,
    requested: Cell<Option<i32>>,
    on_frame: RefCell<Option<Closure<dyn FnMut()>>>,
    in_flight: RefCell<HashMap<TileKey, AbortController>>,
    listeners: RefCell<Vec<Listener>>,
    scale_listener: RefCell<Option<Listener>>,
    /// The page has moved to a screen of another scale: listen for the next move.
    rearm: Cell<bool>,
    shown: Cell<bool>,
    _observers: RefCell<(Option<Resizes>, Option<Attribute>, Option<Probe>)>,
}

impl Handle {
    /// Starts the chart; `None` where a canvas cannot be had, and the server's picture stays.
    pub(in crate::chart) fn start(mount: Mount) -> Option<Rc<Self>> {
        let window = web_sys::window()?;
        let [base, live, overlay] = mount.canvases;
        let layers = [Layer::new(base)?, Layer::new(live)?, Layer::new(overlay)?];
        let step_ms = mount.step.try_get_untracked()?;
        let handle = Rc::new(Self {
            engine: RefCell::new(Engine::new(mount.series, step_ms, layers)),
            stage: mount.stage,
            gesture: RefCell::default(),
            step: mount.step,
            root: mount.root,
            window,
            legend: mount.legend,
            spoken: mount.spoken,
            requested: Cell::new(None),
            on_frame: RefCell::new(None),
            in_flight: RefCell::default(),
            listeners: RefCell::default(),
            scale_listener: RefCell::default(),
            rearm: Cell::new(true),
            shown: Cell::new(false),
            _observers: RefCell::default(),
        });
        handle.listen();
        handle.recolour();
        handle.measure();
        Some(handle)
    }

    fn listen(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let frame = weak.clone();
        *self.on_frame.borrow_mut() = Some(Closure::new(move || {
            if let Some(handle) = frame.upgrade() {
                handle.frame();
            }
        }));
        let mut listeners = input::listeners(self);
        if let Ok(Some(query)) = self.window.match_media("(prefers-color-scheme: light)") {
            listeners.extend(Listener::new(
                &query,
                "change",
                &weak,
                |handle: &Rc<Self>, _: &web_sys::Event| {
                    handle.recolour();
                },
            ));
        }
        *self.listeners.borrow_mut() = listeners;
        let with = |act: fn(&Rc<Self>)| {
            let weak: Weak<Self> = weak.clone();
            move || {
                if let Some(handle) = weak.upgrade() {
                    act(&handle);
                }
            }
        };
        let html = self
            .window
            .document()
            .and_then(|document| document.document_element());
        *self._observers.borrow_mut() = (
            Resizes::of(&self.stage, with(Self::measure)),
            html.and_then(|html| Attribute::of(&html, "data-theme", with(Self::recolour))),
            Probe::new(&weak),
        );
    }

    /// Changes the chart's state and draws what became dirty in the next frame.
    pub(super) fn change(self: &Rc<Self>, act: impl FnOnce(&mut Engine)) {
        let Ok(mut engine) = self.engine.try_borrow_mut() else {
            return;
        };
        act(&mut engine);
        let dirty = engine.dirty > Dirty::Nothing;
        drop(engine);
        if dirty && self.requested.get().is_none() {
            let on_frame = self.on_frame.borrow();
            let Some(closure) = on_frame.as_ref() else {
                return;
            };
            let id = self
                .window
                .request_animation_frame(closure.as_ref().unchecked_ref());
            self.requested.set(id.ok());
        }
    }

    fn measure(self: &Rc<Self>) {
        if let Some(size) = Size::of(&self.stage, &self.window) {
            self.change(|engine| engine.resize(size));
        }
    }

    fn recolour(self: &Rc<Self>) {
        let palette = surface::palette(&self.stage, &self.window);
        self.change(|engine| engine.recolour(palette));
    }

    fn frame(self: &Rc<Self>) {
        self.requested.set(None);
        let Ok(mut engine) = self.engine.try_borrow_mut() else {
            return;
        };
        let base = engine.dirty == Dirty::Base;
        let shows = engine.frame();
        let legend = engine.spoken_of().map(|bar| (*bar, engine.step_ms));
        drop(engine);
        self.publish(legend);
        if shows && !self.shown.replace(true) {
            let _ = self.root.set_attribute("data-drawn", "1");
        }
        if base {
            self.request_tiles();
        }
        if self.rearm.replace(false) {
            self.watch_scale();
        }
    }

    /// Puts a candle into the legend row, if it is another than before.
    fn publish(&self, bar: Option<(Bar, i64)>) {
        let Some((bar, step_ms)) = bar else { return };
        let same = self.legend.try_with_untracked(|known| {
            known
                .as_ref()
                .is_some_and(|known| known.key == Legend::key(&bar, step_ms))
        });
        if same == Some(false) {
            self.legend.try_set(Some(legend(&bar, step_ms)));
        }
    }

    /// Says the candle that was chosen with the keyboard.
    pub(super) fn speak(&self) {
        let sentence = self
            .engine
            .try_borrow()
            .ok()
            .and_then(|engine| engine.hovered().map(label::sentence));
        if let Some(sentence) = sentence {
            self.spoken.try_set(sentence);
        }
    }

    fn request_tiles(self: &Rc<Self>) {
        let Ok(mut engine) = self.engine.try_borrow_mut() else {
            return;
        };
        let (_, is_near) = engine.wanted(now_ms());
        self.in_flight.borrow_mut().retain(|key, request| {
            let near = is_near(*key);
            if !near {
                request.abort();
            }
            near
        });
        engine.cache.abort(is_near);
        let (wanted, _) = engine.wanted(now_ms());
        for wanted in wanted {
            let key = wanted.key;
            let generation = engine.cache.begin(key);
            if let Some(request) = load::load(self, &engine.series, wanted, generation) {
                self.in_flight.borrow_mut().insert(key, request);
            }
        }
    }

    /// Takes a tile (`None`: the request failed or was aborted).
    pub(super) fn delivered(
        self: &Rc<Self>,
        wanted: &Wanted,
        generation: u64,
        bars: Option<Vec<Bar>>,
    ) {
        let failed = bars.is_none();
        self.change(|engine| match bars {
            Some(bars) => {
                engine.take_tile(wanted, generation, bars);
                // Also an empty tile ends "Loading…".
                engine.dirty = Dirty::Base;
            }
            None => engine.cache.fail(wanted.key, generation, now_ms()),
        });
        if failed {
            let weak = Rc::downgrade(self);
            let retry = move || {
                if let Some(handle) = weak.upgrade() {
                    handle.change(|engine| engine.dirty = Dirty::Base);
                }
            };
            let _ = set_timeout_with_handle(retry, std::time::Duration::from_millis(RETRY_MS));
        } else {
            self.in_flight.borrow_mut().remove(&wanted.key);
        }
    }

    fn watch_scale(self: &Rc<Self>) {
        let query = format!("(resolution: {}dppx)", self.window.device_pixel_ratio());
        let query = self.window.match_media(&query).ok().flatten();
        *self.scale_listener.borrow_mut() = query.and_then(|query| {
            Listener::new(
                &query,
                "change",
                &Rc::downgrade(self),
                |handle: &Rc<Self>, _: &web_sys::Event| {
                    handle.rearm.set(true);
                    handle.measure();
                },
            )
        });
    }

    /// Shows another step.
    pub(in crate::chart) fn choose_step(self: &Rc<Self>, step_ms: i64) {
        self.change(|engine| engine.choose_step(step_ms));
    }

    /// Shows the newest `span_ms` in a step that suits it.
    pub(in crate::chart) fn show_range(self: &Rc<Self>, span_ms: i64) {
        let mut step_ms = None;
        self.change(|engine| step_ms = Some(engine.show_range(span_ms)));
        if let Some(step_ms) = step_ms {
            self.step.try_set(step_ms);
        }
    }

    /// Takes bars of the event stream.
    pub(in crate::chart) fn merge_live(self: &Rc<Self>, news: &LiveBars) {
        self.change(|engine| engine.merge_live(news));
    }

    /// See [`Engine::state`].
    pub(super) fn state(&self) -> Option<String> {
        self.engine.try_borrow().ok().map(|engine| engine.state())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(id) = self.requested.get() {
            let _ = self.window.cancel_animation_frame(id);
        }
        for request in self.in_flight.borrow().values() {
            request.abort();
        }
    }
}

/// The browser's clock, for delays only.
pub(super) fn now_ms() -> f64 {
    js_sys::Date::now()
}
