//! Forms of the API that are sent in the background: without this they lead back to their page.

use js_sys::{JSON, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Element, Event, FormData, HtmlFormElement, RequestInit, Response, SubmitEvent, UrlSearchParams,
};

/// Forms that lead elsewhere, such as the one to sign in, go their own way.
const API: &str = "/api/v1/";

/// Sends the form of `event` and counts it in `acts` once it is done; otherwise says beside its button why not.
pub fn send(event: &SubmitEvent, acts: RwSignal<u32>) {
    let form = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let Some(form) = form else { return };
    let action = form.get_attribute("action").unwrap_or_default();
    if !action.starts_with(API) {
        return;
    }
    let Some(body) = fields(&form, event) else {
        return;
    };
    let event: &Event = event;
    event.prevent_default();
    // a second press while the first is under way would undo nothing and be refused
    if form.has_attribute("aria-busy") {
        return;
    }
    let _ = form.set_attribute("aria-busy", "true");
    spawn_local(async move {
        let done = post(&action, &body).await;
        let _ = form.remove_attribute("aria-busy");
        match done {
            Ok(()) => {
                acts.try_update(|count| *count += 1);
            }
            Err(words) => say(&form, &words),
        }
    });
}

/// What the form says, with the button that was pressed and without the page to go back to: the answer is not a page.
fn fields(form: &HtmlFormElement, event: &SubmitEvent) -> Option<UrlSearchParams> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.delete("back");
    if let Some(button) = event.submitter()
        && let (Some(name), Some(value)) =
            (button.get_attribute("name"), button.get_attribute("value"))
    {
        fields.append(&name, &value);
    }
    Some(fields)
}

async fn post(action: &str, body: &UrlSearchParams) -> Result<(), String> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(body);
    let answer = JsFuture::from(window().fetch_with_str_and_init(action, &init)).await;
    let Some(response) = answer.ok().and_then(|it| it.dyn_into::<Response>().ok()) else {
        return Err("Not done: the server cannot be reached. Try again.".to_owned());
    };
    if response.ok() {
        return Ok(());
    }
    if response.status() == 401 {
        return Err("Not done: you are signed out. Reload the page and sign in.".to_owned());
    }
    let reason = reason(&response).await;
    let reason = reason.unwrap_or_else(|| format!("the server answers {}", response.status()));
    Err(format!(
        "Not done: {reason}. Reload the page to see how it stands."
    ))
}

/// `error` of the JSON that refuses.
async fn reason(response: &Response) -> Option<String> {
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    let json = JSON::parse(&text.as_string()?).ok()?;
    Reflect::get(&json, &JsValue::from_str("error"))
        .ok()?
        .as_string()
}

/// Shows the words behind the form's buttons, in place of those of before.
fn say(form: &Element, words: &str) {
    let old = form.query_selector("[role=alert]").ok().flatten();
    let note = match old {
        Some(note) => note,
        None => {
            let Ok(note) = document().create_element("p") else {
                return;
            };
            note.set_class_name("act-error");
            for (name, value) in [("role", "alert"), ("data-testid", "act-error")] {
                let _ = note.set_attribute(name, value);
            }
            let _ = form.append_child(&note);
            note
        }
    };
    // as text: the words come from elsewhere
    note.set_text_content(Some(words));
}
