//! How good the data is: scores, incidents, alerts with their evidence, states over time, results. The alerts are alive in
//! the browser, everything else is HTML of the server; the other parts of the page are documents of their own.

pub mod alert_table;
pub mod detail;
pub mod filter;

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{
    alert_table::AlertTable,
    detail::AlertDetail,
    filter::{Filter, Filters},
};
use crate::{
    api::get_quality,
    components::{
        alerts::current_alerts,
        panel::{LoadError, Panel, Skeleton},
        verdict::{VerdictLine, newest_verdict},
    },
    json,
    live::{Live, use_live},
    model::QualityPageVm,
};

/// After an alert has changed, check results are loaded again when this long nothing more has changed.
const SETTLE_MS: i64 = 2_000;

/// The page.
#[component]
pub fn QualityPage() -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(Filter::of_query));
    let settled = settled_alerts(live);
    let lists = Memo::new(move |_| filter.get().of_lists());
    let acts = RwSignal::new(0);
    let data = json::resource(
        move || (live.reload.get(), settled.get(), acts.get(), lists.get()),
        |(.., lists)| async move { get_quality(lists.href()).await.map(QualityPageVm::in_page) },
    );
    view! {
        <Title text="Quality"/>
        <h1 class="sr-only">"Quality"</h1>
        <AlertDetail filter acts/>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(vm) => Either::Left(view! { <Quality vm filter/> }),
                    Err(error) => Either::Right(view! { <LoadError message=error.to_string() here="/quality"/> }),
                }
            })}
        </Transition>
    }
}

/// Number of the newest alert transition once it has been quiet for [`SETTLE_MS`].
fn settled_alerts(live: Live) -> RwSignal<i64> {
    let settled = RwSignal::new(0);
    Effect::new(move |last: Option<(i64, i64)>| {
        let now = live.now.get();
        let newest = live
            .alerts
            .with(|events| events.last().map_or(0, |event| event.seq));
        let (seen, since) = last.unwrap_or((newest, now));
        if newest != seen {
            return (newest, now);
        }
        if newest != settled.get_untracked() && now - since >= SETTLE_MS {
            settled.set(newest);
        }
        (seen, since)
    });
    settled
}

#[component]
fn Quality(vm: QualityPageVm, filter: Memo<Filter>) -> impl IntoView {
    let QualityPageVm {
        server_now,
        seq,
        verdict,
        alerts,
        all_alerts,
        tabs,
        health,
        checks,
    } = vm;
    let verdict = newest_verdict(verdict, server_now);
    let alerts = current_alerts(alerts, seq);
    let shown = Memo::new(move |_| {
        let filter = filter.get();
        alerts.with(|list| {
            let shown = list.iter().filter(|alert| filter.takes_alert(alert));
            shown.cloned().collect::<Vec<_>>()
        })
    });
    let note = Signal::derive(move || {
        let shown = shown.with(Vec::len);
        format!("{shown} of {} shown", shown.max(all_alerts))
    });
    view! {
        <div inner_html=tabs.into_text()></div>
        <VerdictLine verdict/>
        <div class="stack" inner_html=health.into_text()></div>
        <Panel title="Alerts" id="alerts" note=note>
            <Filters filter/>
            <AlertTable list=shown filter/>
        </Panel>
        <div class="stack" inner_html=checks.into_text()></div>
    }
}
