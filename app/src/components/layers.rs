//! Bronze, silver and gold at a glance.

use leptos::prelude::*;

use crate::{fragment, live::use_live, model::LayerVm};

/// The three tiles joined by arrows.
#[component]
pub fn Layers(
    /// As the page was loaded with.
    layers: Vec<LayerVm>,
    /// When the page's data was made.
    server_now: i64,
) -> impl IntoView {
    let live = use_live();
    let html = Memo::new(move |_| {
        let now = live.now.get_untracked();
        live.health.with(|health| match health {
            Some(health) if health.at > server_now => fragment::layers::layers(&health.layers, now),
            _ => fragment::layers::layers(&layers, now),
        })
    });
    view! { <div inner_html=move || html.get()></div> }
}
