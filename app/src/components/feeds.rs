//! Live sources and how they are.

use leptos::prelude::*;

use crate::{fragment, live::use_live, model::FeedVm};

/// The list of live sources.
#[component]
pub fn Feeds(
    /// As the page was loaded with.
    feeds: Vec<FeedVm>,
    /// When the page's data was made.
    server_now: i64,
) -> impl IntoView {
    let live = use_live();
    let html = Memo::new(move |_| {
        let now = live.now.get_untracked();
        live.health.with(|health| match health {
            Some(health) if health.at > server_now => fragment::feeds::feeds(&health.feeds, now),
            _ => fragment::feeds::feeds(&feeds, now),
        })
    });
    view! { <div inner_html=move || html.get()></div> }
}
