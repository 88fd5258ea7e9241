//! HTML of the server that takes the place of an older one while somebody reads it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Fills `frame` anew: what was folded out stays so, and the focus stays at its place. Both are known by the `id` of a
/// summary or of what is around the focused element.
pub fn renew(frame: &Element, html: &str) {
    let open = open_summaries(frame);
    let focused = document()
        .active_element()
        .filter(|active| frame.contains(Some(active)))
        .and_then(|active| active.closest("[id]").ok().flatten())
        .map(|place| place.id());
    frame.set_inner_html(html);
    for id in open {
        let summary = document().get_element_by_id(&id);
        if let Some(details) = summary.and_then(|summary| summary.parent_element()) {
            // cannot fail for a constant attribute name
            let _ = details.set_attribute("open", "");
        }
    }
    if let Some(id) = focused {
        focus(&id);
    }
}

fn open_summaries(frame: &Element) -> Vec<String> {
    let Ok(summaries) = frame.query_selector_all("details[open] > summary[id]") else {
        return Vec::new();
    };
    (0..summaries.length())
        .filter_map(|index| summaries.item(index)?.dyn_into::<Element>().ok())
        .map(|summary| summary.id())
        .collect()
}

/// Moves the focus to an element, where there is one of that `id`.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
