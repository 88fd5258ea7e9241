//! Bronze, silver and gold at a glance, in the order of the data's way.

use leptos::prelude::*;

use super::{
    ago::Ago,
    status::{Level, Status, of_severity},
};
use crate::{format, live::use_live, model::LayerVm};

/// The three tiles joined by arrows.
#[component]
pub fn Layers(
    /// As the page was loaded with.
    layers: Vec<LayerVm>,
    /// When the page's data was made.
    server_now: i64,
) -> impl IntoView {
    let tiles: Vec<_> = layers
        .into_iter()
        .map(|layer| view! { <LayerTile layer server_now/> })
        .collect();
    view! { <ol class="layers">{tiles}</ol> }
}

/// What a layer's rows are called, and those that went no further.
const fn words(layer: &str) -> (&'static str, &'static str) {
    match layer.as_bytes() {
        b"bronze" => ("landings", "refused"),
        b"silver" => ("rows", "quarantined"),
        _ => ("bars", "flagged"),
    }
}

/// An empty layer is not a healthy one.
const fn status_of(layer: &LayerVm) -> (Level, &'static str) {
    if layer.worst.is_none() && layer.rows == 0 {
        (Level::NoData, "No data")
    } else {
        of_severity(layer.worst)
    }
}

#[component]
fn LayerTile(layer: LayerVm, server_now: i64) -> impl IntoView {
    let live = use_live();
    let name = layer.layer.clone();
    let now = Memo::new(move |_| {
        live.health
            .with(|health| {
                health
                    .as_ref()
                    .filter(|health| health.at > server_now)
                    .and_then(|health| {
                        health
                            .layers
                            .iter()
                            .find(|newer| newer.layer == layer.layer)
                            .cloned()
                    })
            })
            .unwrap_or_else(|| layer.clone())
    });
    let (rows_word, rejects_word) = words(&name);
    let status = Signal::derive(move || now.with(status_of));
    let open = move || match now.with(|layer| layer.open_alerts) {
        0 => "no open alerts".to_owned(),
        1 => "1 open alert".to_owned(),
        count => format!("{} open alerts", format::integer(count)),
    };
    view! {
        <li class=format!("layer layer-{name}") data-testid=format!("layer-{name}")>
            <div class="layer-head">
                <h3>{name.clone()}</h3>
                <Status status/>
            </div>
            <p class="layer-rows">
                <span class="num">{move || format::integer(now.with(|layer| layer.rows))}</span>
                <span class="unit">{rows_word}</span>
            </p>
            <dl class="facts">
                <div><dt>{rejects_word}</dt><dd class="num">{move || format::integer(now.with(|layer| layer.rejects))}</dd></div>
                <div><dt>"newest data"</dt><dd><Ago at=Signal::derive(move || now.with(|layer| layer.newest_at))/></dd></div>
                <div><dt>"last write"</dt><dd><Ago at=Signal::derive(move || now.with(|layer| layer.written_at))/></dd></div>
            </dl>
            <p class="layer-open">{open}</p>
        </li>
    }
}
