//! Files and runs of the batch pipeline. Only the runs are alive in the browser, everything else is HTML of the server.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::{
    api::{get_batches, get_upload},
    components::{
        panel::{LoadError, Panel, Skeleton},
        runs::Runs,
    },
    json,
    live::{Live, use_live},
    model::{BatchesVm, Pipeline},
};

/// The page.
#[component]
pub fn BatchesPage() -> impl IntoView {
    let live = use_live();
    let search = use_location().search;
    let ended = last_end(live);
    let data = json::resource(
        move || (search.get(), live.reload.get(), ended.get()),
        |(query, ..)| get_batches(query),
    );
    // asked for once: a new box would forget the file in it
    let upload = json::resource(|| (), |()| get_upload());
    view! {
        <Title text="Batches"/>
        <h1 class="sr-only">"Batches"</h1>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                let upload = upload.await.unwrap_or_default();
                view! { <section class="panel" aria-labelledby="upload" inner_html=upload></section> }
            })}
        </Transition>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(vm) => Either::Left(view! { <Batches vm/> }),
                    Err(error) => Either::Right(view! { <LoadError message=error.to_string() here="/batches"/> }),
                }
            })}
        </Transition>
    }
}

#[component]
fn Batches(vm: BatchesVm) -> impl IntoView {
    let BatchesVm { runs, rest } = vm;
    view! {
        <Panel title="Runs" id="runs">
            <Runs runs/>
        </Panel>
        <div class="batches" inner_html=rest></div>
    }
}

/// When the last batch run ended, told at most once a second: then the list has something new.
fn last_end(live: Live) -> RwSignal<i64> {
    let shown = RwSignal::new(0);
    Effect::new(move || {
        live.now.track();
        let newest = live.runs.with_untracked(|runs| {
            let batch = runs.iter().filter(|run| run.pipeline == Pipeline::Batch);
            batch.filter_map(|run| run.finished_at).max().unwrap_or(0)
        });
        if newest > shown.get_untracked() {
            shown.set(newest);
        }
    });
    shown
}
