//! The first page: can the data be trusted now, and what is going on.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use crate::{
    api::get_overview,
    components::{
        alerts::{AlertList, current_alerts},
        charts::{Charts, batch_series, live_series},
        feeds::Feeds,
        kpi::KpiStrip,
        layers::Layers,
        panel::{LoadError, Panel, Skeleton},
        runs::Runs,
        verdict::{VerdictLine, newest_verdict},
    },
    json,
    live::{merge, use_live},
    model::OverviewVm,
};

const ALERTS_SHOWN: usize = 5;

/// The page.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let live = use_live();
    let data = json::resource(move || live.reload.get(), |_| get_overview());
    view! {
        <Title text="Overview"/>
        <h1 class="sr-only">"Overview"</h1>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(vm) => Either::Left(view! { <Overview vm/> }),
                    Err(error) => Either::Right(view! { <LoadError message=error.to_string() here="/"/> }),
                }
            })}
        </Transition>
    }
}

#[component]
fn Overview(vm: OverviewVm) -> impl IntoView {
    let live = use_live();
    let OverviewVm {
        server_now,
        seq,
        verdict,
        kpis,
        quote,
        layers,
        feeds,
        alerts,
        open_alerts,
        runs,
        series,
        ..
    } = vm;
    let verdict = newest_verdict(verdict, server_now);
    let quote = Memo::new(move |_| {
        live.price
            .with(|newer| merge::newer_quote(quote.as_ref(), newer.as_ref()))
    });
    let open_alerts = Memo::new(move |_| {
        live.alerts
            .with(|events| merge::open_alerts(open_alerts, seq, events))
    });
    let alerts = current_alerts(alerts, seq);
    let live_chart = live_series(&series).cloned();
    let batch_chart = batch_series(&series).cloned();
    let judged = Signal::derive(move || verdict.with(|verdict| !verdict.unknown));
    let open_note = Signal::derive(move || match open_alerts.get() {
        0 => "none open".to_owned(),
        count => format!("{count} open"),
    });
    view! {
        <VerdictLine verdict/>
        <KpiStrip kpis quote open_alerts server_now/>
        <div class="grid">
            <Panel title="Prices" id="prices" class="span-2">
                <Charts live=live_chart batch=batch_chart/>
            </Panel>
            <div class="stack">
                <Panel title="Alerts" id="alerts" note=open_note>
                    <AlertList list=alerts shown=ALERTS_SHOWN judged/>
                    <p class="panel-more"><a href="/quality">"All checks and alerts"</a></p>
                </Panel>
                <Panel title="Live sources" id="feeds">
                    <Feeds feeds server_now/>
                </Panel>
            </div>
            <Panel title="Layers" id="layers" class="span-3">
                <Layers layers server_now/>
            </Panel>
            <Panel title="Batch runs" id="runs" class="span-3">
                <Runs runs/>
                <p class="panel-more"><a href="/batches">"All batches and runs"</a></p>
            </Panel>
        </div>
    }
}
