//! What happens only in a browser: taking over the page, and saying so when it breaks.

use std::panic::PanicHookInfo;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{Request, RequestInit};

use crate::{
    live::{Live, feed},
    start::Start,
};

/// Longest message sent to the server.
const LONGEST_REPORT: usize = 2000;

/// Opens the event stream once the page is alive and marks the document as such.
pub fn take_over(live: Live, start: Start) {
    let owner = Owner::current();
    Effect::new(move |_| {
        // the stream belongs to the root, not to this effect, which would end it on its next run
        if let Some(owner) = &owner {
            owner.with(|| feed::run(live, &start));
        }
        if let Some(root) = document().document_element() {
            // cannot fail for a constant attribute name
            let _ = root.set_attribute("data-hydrated", "1");
        }
    });
}

/// A panic ends everything the page does by itself: offers to load it again and tells the server.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        show_reload_bar();
        send_report(info);
    }));
}

fn show_reload_bar() {
    let document = document();
    if document.get_element_by_id("reload-bar").is_some() {
        return;
    }
    let (Ok(bar), Some(body)) = (document.create_element("p"), document.body()) else {
        return;
    };
    bar.set_id("reload-bar");
    bar.set_class_name("reload-bar");
    // constant text: nothing from outside gets into the markup
    bar.set_inner_html(
        "This page has stopped working. <a href=\"\" rel=\"external\">Load it again</a>",
    );
    for (name, value) in [("role", "alert"), ("data-testid", "reload-bar")] {
        let _ = bar.set_attribute(name, value);
    }
    let _ = body.append_child(&bar);
}

fn send_report(info: &PanicHookInfo<'_>) {
    let message: String = info.to_string().chars().take(LONGEST_REPORT).collect();
    let page = window().location().pathname().unwrap_or_default();
    let report = serde_json::json!({ "page": page, "message": message }).to_string();
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&report));
    if let Ok(request) = Request::new_with_str_and_init("/api/client-error", &init) {
        // nobody is left to wait for the answer
        let _ = window().fetch_with_request(&request);
    }
}
