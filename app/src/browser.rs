//! What happens only in a browser: taking over the page, and saying so when it breaks.

pub mod form;
pub mod renew;

use std::panic::PanicHookInfo;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Request, RequestInit};

use crate::{
    components::ago::age_text,
    live::{Live, feed},
    start::Start,
};

/// Longest message sent to the server.
const LONGEST_REPORT: usize = 2000;

/// What is told about a page that broke.
#[derive(serde::Serialize)]
struct Report<'a> {
    page: &'a str,
    message: &'a str,
}

/// Opens the event stream once the page is alive and marks the document as such.
pub fn take_over(live: Live, start: Start) {
    keep_ages(live);
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

/// Lets the ages in the server's HTML go on.
fn keep_ages(live: Live) {
    Effect::new(move |_| {
        let now = live.now.get();
        let Ok(times) = document().query_selector_all("time[data-at]") else {
            return;
        };
        for index in 0..times.length() {
            let time = times
                .item(index)
                .and_then(|node| node.dyn_into::<web_sys::Element>().ok());
            let Some(time) = time else { continue };
            if let Some(Ok(at)) = time.get_attribute("data-at").map(|at| at.parse()) {
                time.set_text_content(Some(&age_text(at, now)));
            }
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
    let report = Report {
        page: &page,
        message: &message,
    };
    let report = serde_json::to_string(&report).unwrap_or_default();
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&report));
    if let Ok(request) = Request::new_with_str_and_init("/api/client-error", &init) {
        // nobody is left to wait for the answer
        let _ = window().fetch_with_request(&request);
    }
}
