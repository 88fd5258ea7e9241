//! How data comes in: sources, gaps, what happened, layers and runs, and the fault desk of the simulator. Verdict and
//! layers follow the event stream; the rest is HTML of the server, asked for again when something has happened.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use crate::{
    api::get_pipeline,
    components::{
        layers::Layers,
        panel::{LoadError, Panel, Skeleton},
        verdict::{VerdictLine, newest_verdict},
    },
    live::{Live, use_live},
    model::PipelinePageVm,
};

/// Longest wait for what changes all the time: counts and latencies of the sources.
const REFRESH_MS: i64 = 3_000;

/// The page.
#[component]
pub fn PipelinePage() -> impl IntoView {
    let live = use_live();
    let turn = turns(live);
    let data = Resource::new(move || (live.reload.get(), turn.get()), |_| get_pipeline());
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
        desk,
    } = vm;
    let verdict = newest_verdict(verdict, server_now);
    let [sources, gaps, events, tables, runs, note] = parts;
    view! {
        <VerdictLine verdict/>
        <section class="panel" aria-labelledby="sources" data-testid="sources" inner_html=sources></section>
        <div class="grid">
            <section class="panel span-2" aria-labelledby="gaps" data-testid="gaps" inner_html=gaps></section>
            <section class="panel" aria-labelledby="events" data-testid="source-events" inner_html=events></section>
        </div>
        <Panel title="Layers" id="layers">
            <Layers layers server_now/>
            <div inner_html=tables></div>
        </Panel>
        <section class="panel" aria-labelledby="runs" data-testid="runs" inner_html=runs></section>
        {desk.map(|(fields, faults)| {
            let locked = fields.is_empty();
            view! {
            <section class="panel" aria-labelledby="faults" data-testid="fault-desk">
                <div inner_html=note></div>
                // one form for all: what is chosen stays when the list is drawn again
                <form method="post" action="/simulator/faults" hidden=locked>
                    <div inner_html=fields></div>
                    <div inner_html=faults></div>
                </form>
            </section>
            }
        })}
    }
}

/// Grows when the page's data shall be asked for again: a second after something happened to a source or a gap, and
/// every [`REFRESH_MS`] while health is told.
fn turns(live: Live) -> RwSignal<u32> {
    let turn = RwSignal::new(0);
    Effect::new(move |last: Option<(u32, i64, i64)>| {
        let now = live.now.get();
        let happened = live.happened.get_untracked();
        let judged_at = live
            .health
            .with_untracked(|health| health.as_ref().map_or(0, |health| health.at));
        let Some((seen, judged, turned_at)) = last else {
            return (happened, judged_at, now);
        };
        let news = happened != seen || judged_at != judged && now - turned_at >= REFRESH_MS;
        if news {
            turn.update(|turn| *turn += 1);
            return (happened, judged_at, now);
        }
        (seen, judged, turned_at)
    });
    turn
}
