//! The client of `/events`: one `EventSource` for the whole page, driven by [`Link`].
//!
//! Closures handed to the browser are kept in [`Feed`] and go with it. They hold the connection weakly, so that
//! dropping the feed closes the stream.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use js_sys::{Date, Function, Math, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, EventSource, EventTarget, MessageEvent};

use super::{
    Live,
    batch::Batch,
    link::{Input, Link, Step},
};
use crate::{
    json,
    model::{LiveEvent, Topic},
    start::Start,
};

const TOPICS: [Topic; 14] = [
    Topic::Hello,
    Topic::Price,
    Topic::Bars,
    Topic::Book,
    Topic::Trades,
    Topic::Consensus,
    Topic::Gap,
    Topic::Source,
    Topic::Health,
    Topic::Alert,
    Topic::Run,
    Topic::Reset,
    Topic::Hb,
    Topic::Bye,
];

type Handler = Closure<dyn FnMut(Event)>;

/// The stream and everything the browser calls back.
struct Stream {
    live: Live,
    build: String,
    link: Link,
    batch: Batch,
    server_seq: i64,
    source: Option<EventSource>,
    frame_asked: bool,
    on_frame: Option<Closure<dyn FnMut()>>,
    on_open: Option<Handler>,
    on_error: Option<Handler>,
    on_message: Option<Handler>,
}

/// Keeps the stream and its listeners alive.
pub struct Feed {
    stream: Rc<RefCell<Stream>>,
    listeners: Vec<(EventTarget, &'static str, Handler)>,
    ticker: Option<i32>,
    _on_tick: Closure<dyn FnMut()>,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

/// Opens the stream and writes what it says into `live`, until the current owner is cleaned up.
pub fn run(live: Live, start: &Start) {
    live.clock_offset_ms.set(start.server_now - browser_now());
    let feed = Feed::open(live, start);
    let stream = Rc::downgrade(&feed.stream);
    let feed = StoredValue::new_local(Some(feed));
    on_cleanup(move || {
        feed.try_update_value(Option::take);
    });
    Effect::new(move |was: Option<bool>| {
        let paused = live.paused.get();
        if was.is_some_and(|was| was != paused)
            && let Some(stream) = stream.upgrade()
        {
            let input = if paused { Input::Pause } else { Input::Resume };
            stream.borrow_mut().handle(input);
        }
        paused
    });
}

impl Feed {
    fn open(live: Live, start: &Start) -> Self {
        let stream = Rc::new(RefCell::new(Stream {
            live,
            build: start.build.clone(),
            link: Link::opening(browser_now()),
            batch: Batch::after(start.seq),
            server_seq: start.seq,
            source: None,
            frame_asked: false,
            on_frame: None,
            on_open: None,
            on_error: None,
            on_message: None,
        }));
        let weak = Rc::downgrade(&stream);
        {
            let mut stream = stream.borrow_mut();
            stream.on_open = Some(handler(&weak, |stream, _| stream.handle(Input::Opened)));
            stream.on_error = Some(handler(&weak, |stream, _| stream.handle(Input::Failed)));
            stream.on_message = Some(handler(&weak, |stream, event| stream.receive(&event)));
            let frame = weak.clone();
            stream.on_frame = Some(Closure::new(move || {
                with(&frame, Stream::frame);
            }));
            stream.connect();
        }
        let on_tick = {
            let weak = weak.clone();
            Closure::<dyn FnMut()>::new(move || with(&weak, Stream::tick))
        };
        let ticker = window()
            .set_interval_with_callback_and_timeout_and_arguments_0(
                on_tick.as_ref().unchecked_ref(),
                1000,
            )
            .ok();
        Self {
            listeners: page_listeners(&weak),
            stream,
            ticker,
            _on_tick: on_tick,
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(ticker) = self.ticker {
            window().clear_interval_with_handle(ticker);
        }
        for (target, name, closure) in &self.listeners {
            let function: &Function = closure.as_ref().unchecked_ref();
            // fails only for a target that is gone
            let _ = target.remove_event_listener_with_callback(name, function);
        }
        self.stream.borrow_mut().disconnect();
    }
}

fn page_listeners(stream: &Weak<RefCell<Stream>>) -> Vec<(EventTarget, &'static str, Handler)> {
    let document: EventTarget = document().into();
    let window: EventTarget = window().into();
    let listeners = vec![
        (
            document,
            "visibilitychange",
            handler(stream, |stream, _| {
                let hidden = leptos::prelude::document().hidden();
                stream.handle(if hidden {
                    Input::Hidden
                } else {
                    Input::Visible
                });
            }),
        ),
        (
            window.clone(),
            "pagehide",
            handler(stream, |stream, _| stream.handle(Input::Left)),
        ),
        (
            window,
            "pageshow",
            handler(stream, |stream, event| {
                // true when the page comes out of the back-forward cache: its stream was closed on leaving
                let kept = Reflect::get(&event, &JsValue::from_str("persisted"));
                if kept.is_ok_and(|kept| kept.is_truthy()) {
                    stream.handle(Input::Returned);
                }
            }),
        ),
    ];
    for (target, name, closure) in &listeners {
        let function: &Function = closure.as_ref().unchecked_ref();
        let _ = target.add_event_listener_with_callback(name, function);
    }
    listeners
}

impl Stream {
    fn handle(&mut self, input: Input) {
        let now = browser_now();
        let Step {
            close,
            open,
            reload,
        } = self.link.step(input, now, Math::random());
        if close {
            self.disconnect();
        }
        if open {
            self.connect();
        }
        if reload {
            self.ask_reload();
        }
        self.show(now);
    }

    fn connect(&mut self) {
        let Ok(source) = EventSource::new(&format!("/events?after={}", self.batch.seen())) else {
            // a malformed address would fail here; the watchdog of the link tries again
            return;
        };
        if let Some(closure) = &self.on_open {
            source.set_onopen(Some(closure.as_ref().unchecked_ref()));
        }
        if let Some(closure) = &self.on_error {
            source.set_onerror(Some(closure.as_ref().unchecked_ref()));
        }
        if let Some(closure) = &self.on_message {
            for topic in TOPICS {
                let function: &Function = closure.as_ref().unchecked_ref();
                let _ = source.add_event_listener_with_callback(topic.as_str(), function);
            }
        }
        self.source = Some(source);
    }

    fn disconnect(&mut self) {
        if let Some(source) = self.source.take() {
            source.set_onopen(None);
            source.set_onerror(None);
            source.close();
        }
    }

    fn receive(&mut self, event: &Event) {
        let Some(text) = event
            .dyn_ref::<MessageEvent>()
            .and_then(|message| message.data().as_string())
        else {
            return;
        };
        self.handle(Input::Heard);
        if [Topic::Gap.as_str(), Topic::Source.as_str()].contains(&event.type_().as_str()) {
            self.batch.happen();
            self.ask_frame();
            return;
        }
        // heartbeats carry no JSON, and an event of a newer build is nothing to break on
        let Ok(event) = json::read::<LiveEvent>(&text) else {
            return;
        };
        match event {
            LiveEvent::Hello {
                server_now,
                build,
                seq,
            } => self.greet(server_now, &build, seq),
            LiveEvent::Reset => {
                self.batch.go_on_after(self.server_seq);
                self.ask_reload();
            }
            LiveEvent::Bye => self.handle(Input::Bye),
            event => {
                if self.batch.add(event) {
                    self.ask_frame();
                }
            }
        }
    }

    fn greet(&mut self, server_now: i64, build: &str, seq: i64) {
        self.live.clock_offset_ms.set(server_now - browser_now());
        self.live.now.set(server_now);
        if !self.build.is_empty() && self.build != build {
            self.live.outdated.set(true);
        }
        self.server_seq = seq;
        if seq < self.batch.seen() {
            // another database behind the same address: its numbers start anew
            self.batch.go_on_after(seq);
            self.ask_reload();
        }
    }

    fn ask_reload(&mut self) {
        self.live.reload.update(|count| *count += 1);
    }

    fn ask_frame(&mut self) {
        if self.frame_asked {
            return;
        }
        if let Some(closure) = &self.on_frame {
            let function: &Function = closure.as_ref().unchecked_ref();
            self.frame_asked = window().request_animation_frame(function).is_ok();
        }
    }

    fn frame(&mut self) {
        self.frame_asked = false;
        self.batch.flush(self.live);
    }

    fn tick(&mut self) {
        self.live
            .now
            .set(browser_now() + self.live.clock_offset_ms.get_untracked());
        // a hidden page gets no frames
        if document().hidden() {
            self.batch.flush(self.live);
        }
        self.handle(Input::Tick);
    }

    fn show(&self, now: i64) {
        let server_now = now + self.live.clock_offset_ms.get_untracked();
        let age = self
            .live
            .price
            .with_untracked(|price| price.as_ref().map(|quote| server_now - quote.received_at));
        set_if_new(self.live.connection, self.link.connection(age));
        set_if_new(self.live.retry_in_s, self.link.retry_in_s(now));
    }
}

fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

fn with(stream: &Weak<RefCell<Stream>>, act: impl FnOnce(&mut Stream)) {
    if let Some(stream) = stream.upgrade()
        && let Ok(mut stream) = stream.try_borrow_mut()
    {
        act(&mut stream);
    }
}

fn handler(stream: &Weak<RefCell<Stream>>, act: impl Fn(&mut Stream, Event) + 'static) -> Handler {
    let stream = stream.clone();
    Closure::new(move |event| with(&stream, |stream| act(stream, event)))
}

fn browser_now() -> i64 {
    Date::now() as i64
}
