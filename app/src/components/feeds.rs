//! Live sources and how they are.

use leptos::prelude::*;

use super::{
    ago::Ago,
    panel::{Empty, SimulatedBadge},
    show::Show,
    status::{Status, of_feed},
};
use crate::{format, live::use_live, model::FeedVm};

/// The list of live sources.
#[component]
pub fn Feeds(
    /// As the page was loaded with.
    feeds: Vec<FeedVm>,
    /// When the page's data was made.
    server_now: i64,
) -> impl IntoView {
    let live = use_live();
    let list = Memo::new(move |_| {
        live.health
            .with(|health| {
                health
                    .as_ref()
                    .filter(|health| health.at > server_now)
                    .map(|health| health.feeds.clone())
            })
            .unwrap_or_else(|| feeds.clone())
    });
    view! {
        <Show when=move || list.with(Vec::is_empty)>
            <Empty text="No live source is configured: only files are read."/>
        </Show>
        <ul class="rows">
            <For each=move || list.get() key=|feed| (feed.venue.clone(), feed.instrument.clone()) let:feed>
                <FeedRow first=feed list/>
            </For>
        </ul>
    }
}

#[component]
fn FeedRow(first: FeedVm, list: Memo<Vec<FeedVm>>) -> impl IntoView {
    let (venue, instrument) = (first.venue.clone(), first.instrument.clone());
    let feed = {
        let (venue, instrument) = (venue.clone(), instrument.clone());
        Memo::new(move |_| {
            list.with(|list| {
                list.iter()
                    .find(|feed| feed.venue == venue && feed.instrument == instrument)
                    .cloned()
            })
            .unwrap_or_else(|| first.clone())
        })
    };
    let status = Signal::derive(move || of_feed(&feed.with(|feed| feed.state.clone())));
    let counts = move || {
        feed.with(|feed| {
            format!(
                "{} answers, {} errors",
                format::integer(feed.polls),
                format::integer(feed.errors)
            )
        })
    };
    view! {
        <li class="row" data-testid="feed-row" data-venue=venue.clone() data-state=move || feed.with(|feed| feed.state.clone())>
            <div class="row-main">
                <Status status/>
                <span class="row-title">{venue.clone()}</span>
                <span class="row-where">{instrument.clone()}</span>
                <Show when=move || feed.with(|feed| feed.simulated)><SimulatedBadge/></Show>
            </div>
            <Show when=move || feed.with(|feed| !feed.error.is_empty())>
                <p class="row-summary">{move || feed.with(|feed| feed.error.clone())}</p>
            </Show>
            <p class="row-meta">
                <span>"last answer " <Ago at=Signal::derive(move || feed.with(|feed| feed.last_ok_at))/></span>
                <span>"next try " <Ago at=Signal::derive(move || feed.with(|feed| feed.next_at))/></span>
                <span class="num">{counts}</span>
            </p>
        </li>
    }
}
