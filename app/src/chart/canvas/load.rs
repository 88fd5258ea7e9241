//! Tiles over HTTP.

use std::rc::{Rc, Weak};

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, RequestInit, Response};

use super::{engine::Wanted, handle::Handle};
use crate::{
    chart::tile::decode,
    model::{Bar, SeriesVm},
};

/// Asks for a tile and hands it over when it comes; returns what aborts the request.
pub(super) fn load(
    handle: &Rc<Handle>,
    series: &SeriesVm,
    wanted: Wanted,
    generation: u64,
) -> Option<AbortController> {
    let name = |text: &str| String::from(js_sys::encode_uri_component(text));
    let url = format!(
        "/tiles/{}/{}/{}/{}?v={}",
        name(&series.instrument),
        name(&series.venue),
        wanted.key.step_ms,
        wanted.key.index,
        wanted.version,
    );
    let abort = AbortController::new().ok()?;
    let owner = Rc::downgrade(handle);
    let init = RequestInit::new();
    init.set_signal(Some(&abort.signal()));
    spawn_local(async move {
        let bars = fetch(&url, &init).await.ok();
        deliver(&owner, &wanted, generation, bars);
    });
    Some(abort)
}

async fn fetch(url: &str, init: &RequestInit) -> Result<Vec<Bar>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(url, init))
        .await?
        .dyn_into()?;
    match response.status() {
        200 => {}
        204 | 404 => return Ok(Vec::new()),
        _ => return Err(JsValue::NULL),
    }
    let body = JsFuture::from(response.array_buffer()?).await?;
    let bytes = js_sys::Uint8Array::new(&body).to_vec();
    decode(&bytes)
        .map(|tile| tile.bars)
        .map_err(|error| JsValue::from_str(&error.to_string()))
}

fn deliver(owner: &Weak<Handle>, wanted: &Wanted, generation: u64, bars: Option<Vec<Bar>>) {
    if let Some(handle) = owner.upgrade() {
        handle.delivered(wanted, generation, bars);
    }
}
