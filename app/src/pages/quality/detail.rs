//! One alert with its history and the rows that show it, beside the lists.

use leptos::{either::Either, ev, html, prelude::*};
use leptos_router::hooks::use_navigate;

use super::filter::Filter;
use crate::{
    api::get_alert,
    components::{
        ago::{Ago, Utc},
        panel::Empty,
        status::{Status, of_alert},
    },
    format, json, links,
    live::use_live,
    model::{AlertDetailVm, AlertEventVm},
};

/// The alert the address asks for; nothing when it asks for none.
#[component]
pub fn AlertDetail(
    /// The view.
    filter: Memo<Filter>,
) -> impl IntoView {
    let live = use_live();
    let id = Memo::new(move |_| filter.get().alert);
    // its own transitions load it again: the history and the evidence have grown
    let newest = Memo::new(move |_| {
        let id = id.get();
        live.alerts.with(|events| {
            let own = events.iter().rfind(|event| Some(event.alert.id) == id);
            own.map(|event| event.seq)
        })
    });
    let data = json::resource(
        move || (id.get(), newest.get(), live.reload.get()),
        |(id, ..)| async move {
            match id {
                Some(id) => Some(get_alert(id).await),
                None => None,
            }
        },
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                data.await.map(|answer| match answer {
                    Ok(vm) => Either::Left(view! { <Drawer vm filter/> }),
                    Err(error) => Either::Right(view! { <Missing message=error.to_string() filter/> }),
                })
            })}
        </Transition>
    }
}

fn closed(filter: Memo<Filter>) -> String {
    Filter {
        alert: None,
        ..filter.get()
    }
    .href()
}

#[component]
fn Missing(message: String, filter: Memo<Filter>) -> impl IntoView {
    view! {
        <aside class="drawer" role="alert" data-testid="alert-detail">
            <h2>"This alert could not be loaded"</h2>
            <p>{message}</p>
            <p><a class="button" href=move || closed(filter)>"Close"</a></p>
        </aside>
    }
}

#[component]
fn Drawer(vm: AlertDetailVm, filter: Memo<Filter>) -> impl IntoView {
    let AlertDetailVm {
        alert,
        events,
        evidence_columns,
        evidence_rows,
        threshold,
        advice,
    } = vm;
    let heading = NodeRef::<html::H2>::new();
    close_with_escape(filter);
    focus_when_opened(heading);
    let chart = links::market_of_entity(&alert.entity, alert.opened_at);
    let opened_at = alert.opened_at;
    view! {
        <aside class="drawer" aria-labelledby="alert-title" data-testid="alert-detail" data-alert-id=alert.id.to_string()>
            <header class="drawer-head">
                <Status status=Signal::stored(of_alert(alert.severity, alert.state))/>
                <a class="button" href=move || closed(filter) data-testid="alert-close">"Close"</a>
            </header>
            <h2 id="alert-title" tabindex="-1" node_ref=heading>{alert.summary}</h2>
            <p class="drawer-summary">"Rule: "{alert.title}</p>
            <dl class="facts">
                <div><dt>"Where"</dt><dd class="mono">{alert.entity}</dd></div>
                <div><dt>"Check"</dt><dd class="mono">{alert.check_id}</dd></div>
                <div><dt>"Limit"</dt><dd>{threshold}</dd></div>
                <div><dt>"Since"</dt><dd><Utc at=opened_at/>" UTC, "<Ago at=Signal::stored(Some(opened_at))/></dd></div>
                <div><dt>"Evaluations"</dt><dd class="num">{format::integer(alert.count)}</dd></div>
            </dl>
            <h3>"What to do"</h3>
            <p>{if advice.is_empty() { "No advice is written for this check.".to_owned() } else { advice }}</p>
            {chart.map(|href| view! { <p><a class="button" href=href>"Show on chart"</a></p> })}
            <h3>"Evidence"</h3>
            <Evidence columns=evidence_columns rows=evidence_rows/>
            <h3>"History"</h3>
            <ol class="timeline">{events.into_iter().map(|event| view! { <HistoryEntry event/> }).collect::<Vec<_>>()}</ol>
        </aside>
    }
}

#[component]
fn Evidence(columns: Vec<String>, rows: Vec<Vec<String>>) -> impl IntoView {
    if rows.is_empty() {
        return Either::Left(view! { <Empty text="This check keeps no rows."/> });
    }
    let columns: Vec<_> = columns
        .into_iter()
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = row
                .into_iter()
                .map(|cell| view! { <td class="num">{cell}</td> })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    Either::Right(view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Evidence">
            <table class="compact" data-testid="evidence">
                <thead><tr>{columns}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    })
}

#[component]
fn HistoryEntry(event: AlertEventVm) -> impl IntoView {
    let status = of_alert(event.severity, event.to_state);
    let change = match event.from_state {
        Some(from) => format!("{from} → {}", event.to_state),
        None => event.to_state.to_string(),
    };
    view! {
        <li data-testid="alert-event" data-state=event.to_state.as_str()>
            <p><Status status=Signal::stored(status)/> <strong>{change}</strong></p>
            <p class="cell-note"><Utc at=event.at/>" UTC by "{event.actor}</p>
            <p>{event.cause}</p>
        </li>
    }
}

fn close_with_escape(filter: Memo<Filter>) {
    let navigate = use_navigate();
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape"
            && let Some(Some(id)) = filter.try_get_untracked().map(|filter| filter.alert)
        {
            let target = Filter {
                alert: None,
                ..filter.get_untracked()
            };
            navigate(&target.href(), Default::default());
            focus(&format!("alert-link-{id}"));
        }
    });
    on_cleanup(move || listener.remove());
}

/// Moves the focus into the drawer when a link has opened it, not when the page was loaded with it.
fn focus_when_opened(heading: NodeRef<html::H2>) {
    let hydrating =
        Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    Effect::new(move |_| {
        if let Some(heading) = heading.get()
            && !hydrating
        {
            // fails only for an element that is gone
            let _ = heading.focus();
        }
    });
}

fn focus(id: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let element = document().get_element_by_id(id);
        if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}
