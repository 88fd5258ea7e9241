//! `window.__chart`: what the chart shows, for browser tests.

use std::rc::{Rc, Weak};

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsValue, closure::Closure};

use super::handle::Handle;

const NAME: &str = "__chart";

/// The object on `window`; removed when dropped, unless another chart has replaced it.
pub(super) struct Probe {
    object: Object,
    _state: Closure<dyn Fn() -> String>,
}

impl Probe {
    pub(super) fn new(owner: &Weak<Handle>) -> Option<Self> {
        let owner = owner.clone();
        let state = Closure::<dyn Fn() -> String>::new(move || {
            owner
                .upgrade()
                .and_then(|handle: Rc<Handle>| handle.state())
                .unwrap_or_else(|| "null".to_owned())
        });
        let object = Object::new();
        Reflect::set(&object, &JsValue::from_str("state"), state.as_ref()).ok()?;
        Reflect::set(&js_sys::global(), &JsValue::from_str(NAME), &object).ok()?;
        Some(Self {
            object,
            _state: state,
        })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let global = js_sys::global();
        let name = JsValue::from_str(NAME);
        if Reflect::get(&global, &name).is_ok_and(|there| js_sys::Object::is(&there, &self.object))
        {
            let _ = Reflect::delete_property(&global, &name);
        }
    }
}
