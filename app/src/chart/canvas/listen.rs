//! Listeners and observers that end when they are dropped.

use std::rc::Weak;

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AddEventListenerOptions, Event, EventTarget, MutationObserver, ResizeObserver};

/// An event listener; removed when dropped.
pub(super) struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `react` with its owner as long as that lives. Not passive: it may prevent the default.
    pub(super) fn new<T: 'static, E: JsCast>(
        target: &EventTarget,
        name: &'static str,
        owner: &Weak<T>,
        react: impl Fn(&std::rc::Rc<T>, &E) + 'static,
    ) -> Option<Self> {
        let owner = owner.clone();
        let closure = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            if let (Some(owner), Some(event)) = (owner.upgrade(), event.dyn_ref::<E>()) {
                react(&owner, event);
            }
        });
        let options = AddEventListenerOptions::new();
        options.set_passive(false);
        target
            .add_event_listener_with_callback_and_add_event_listener_options(
                name,
                closure.as_ref().unchecked_ref(),
                &options,
            )
            .ok()?;
        Some(Self {
            target: target.clone(),
            name,
            closure,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}

/// Tells when an element has another size.
pub(super) struct Resizes(
    ResizeObserver,
    #[expect(dead_code, reason = "kept alive")] Closure<dyn FnMut(JsValue)>,
);

impl Resizes {
    pub(super) fn of(element: &web_sys::Element, react: impl Fn() + 'static) -> Option<Self> {
        let closure = Closure::<dyn FnMut(JsValue)>::new(move |_| react());
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self(observer, closure))
    }
}

impl Drop for Resizes {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}

/// Tells when an element's attribute changes.
pub(super) struct Attribute(
    MutationObserver,
    #[expect(dead_code, reason = "kept alive")] Closure<dyn FnMut(JsValue)>,
);

impl Attribute {
    pub(super) fn of(
        element: &web_sys::Element,
        name: &str,
        react: impl Fn() + 'static,
    ) -> Option<Self> {
        let closure = Closure::<dyn FnMut(JsValue)>::new(move |_| react());
        let observer = MutationObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        let options = web_sys::MutationObserverInit::new();
        options.set_attributes(true);
        options.set_attribute_filter(&js_sys::Array::of1(&JsValue::from_str(name)));
        observer.observe_with_options(element, &options).ok()?;
        Some(Self(observer, closure))
    }
}

impl Drop for Attribute {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}
