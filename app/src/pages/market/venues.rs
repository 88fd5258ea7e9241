//! The venues of the shown instrument side by side.

use leptos::prelude::*;

use crate::{
    fragment,
    live::use_live,
    model::{ConsensusVm, SeriesVm},
};

/// What the venues agree on and how far each is from it; `consensus` is what the page was loaded with.
#[component]
pub(super) fn Venues(
    series: SeriesVm,
    consensus: Option<ConsensusVm>,
    server_now: i64,
) -> impl IntoView {
    let live = use_live();
    let html = Memo::new(move |_| {
        // the page's own clock where the stream has none yet
        let now = live.now.get().max(server_now);
        let heard = live.consensus.with(|all| {
            let is = |heard: &&ConsensusVm| heard.instrument == series.instrument;
            all.iter().find(is).cloned()
        });
        live.health.with(|health| {
            let feeds = health.as_ref().map_or(&[][..], |health| &health.feeds);
            fragment::venues::venues(heard.as_ref().or(consensus.as_ref()), feeds, now)
        })
    });
    view! {
        <section class="panel market-venues" aria-labelledby="venues" data-testid="venues">
            <header class="panel-head">
                <h2 id="venues">"Venues"</h2>
                <p class="panel-note">"the price they agree on, and each one's distance"</p>
            </header>
            <div inner_html=move || html.get()></div>
        </section>
    }
}
