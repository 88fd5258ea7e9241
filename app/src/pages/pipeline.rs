//! How data comes in: sources, gaps, what happened, layers and runs, and the fault desk of the simulator. Verdict and
//! layers follow the event stream; the rest is HTML of the server, asked for again when something has happened.

use leptos::{either::Either, prelude::*, task::spawn_local};
use leptos_meta::Title;

use crate::{
    api::get_pipeline,
    components::{
        layers::Layers,
        panel::{LoadError, Panel, Skeleton},
        show::Show,
        verdict::{VerdictLine, newest_verdict},
    },
    json,
    live::{Live, use_live},
    model::PipelinePageVm,
};

/// Longest wait for what changes all the time: counts and latencies of the sources.
const REFRESH_MS: i64 = 3_000;

/// The page.
#[component]
pub fn PipelinePage() -> impl IntoView {
    let live = use_live();
    let data = json::resource(move || live.reload.get(), |_| get_pipeline());
    view! {
        <Title text="Pipeline"/>
        <h1 class="sr-only">"Pipeline"</h1>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(vm) => Either::Left(view! { <Pipeline vm/> }),
                    Err(error) => Either::Right(view! { <LoadError message=error.to_string() here="/pipeline"/> }),
                }
            })}
        </Transition>
    }
}

#[component]
fn Pipeline(vm: PipelinePageVm) -> impl IntoView {
    let PipelinePageVm {
        server_now,
        verdict,
        layers,
        parts,
    } = vm;
    let verdict = newest_verdict(verdict, server_now);
    let parts = RwSignal::new(parts);
    follow(use_live(), parts);
    let part = move |index: usize| {
        let newest = Memo::new_with_compare(
            move |_| parts.with(|parts| parts.get(index).cloned().unwrap_or_default()),
            |old, new| old.map(|(number, _)| number) != new.map(|(number, _)| number),
        );
        move || newest.with(|(_, html)| html.clone())
    };
    let has_desk = Memo::new(move |_| parts.with(|parts| !parts[5].1.is_empty()));
    let locked = Memo::new(move |_| parts.with(|parts| parts[6].1.is_empty()));
    view! {
        <VerdictLine verdict/>
        <section class="panel" aria-labelledby="sources" data-testid="sources" inner_html=part(0)></section>
        <div class="grid">
            <section class="panel span-2" aria-labelledby="gaps" data-testid="gaps" inner_html=part(1)></section>
            <section class="panel" aria-labelledby="events" data-testid="source-events" inner_html=part(2)></section>
        </div>
        <Panel title="Layers" id="layers">
            <Layers layers server_now/>
            <div inner_html=part(3)></div>
        </Panel>
        <section class="panel" aria-labelledby="runs" data-testid="runs" inner_html=part(4)></section>
        <Show when=move || has_desk.get()>
            <section class="panel" aria-labelledby="faults" data-testid="fault-desk">
                <div inner_html=part(5)></div>
                // one form for all: what is chosen stays when the list is drawn again
                <form method="post" action="/simulator/faults" class="faults-form" hidden=move || locked.get()>
                    <div inner_html=part(6)></div>
                    <div inner_html=part(7)></div>
                </form>
            </section>
        </Show>
    }
}

/// Asks for the parts again a second after something happened to a source or a gap, and every [`REFRESH_MS`] while
/// health is told.
fn follow(live: Live, parts: RwSignal<[(u64, String); 8]>) {
    Effect::new(move |last: Option<(u32, i64, i64)>| {
        let now = live.now.get();
        let happened = live.happened.get_untracked();
        let judged_at = live
            .health
            .with_untracked(|health| health.as_ref().map_or(0, |health| health.at));
        let Some((seen, judged, asked_at)) = last else {
            return (happened, judged_at, now);
        };
        let news = happened != seen || judged_at != judged && now - asked_at >= REFRESH_MS;
        if !news {
            return (seen, judged, asked_at);
        }
        spawn_local(async move {
            // if this fails the page keeps what it has, and the bar on top says that the server is lost
            if let Ok(vm) = get_pipeline().await {
                parts.try_set(vm.parts);
            }
        });
        (happened, judged_at, now)
    });
}
