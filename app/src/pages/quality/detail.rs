//! One alert with its history and the rows that show it, beside the lists.

use leptos::{either::Either, ev, html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use super::filter::Filter;
use crate::{
    api::get_alert,
    json,
    live::{Live, use_live},
};

/// The alert the address asks for; nothing when it asks for none.
#[component]
pub fn AlertDetail(
    /// The view.
    filter: Memo<Filter>,
    /// Grows with everything that was done in the drawer.
    acts: RwSignal<u32>,
) -> impl IntoView {
    let live = use_live();
    let id = Memo::new(move |_| filter.get().alert);
    let data = json::resource(
        move || {
            let id = id.get();
            (id, live.reload.get(), untrack(|| newest(live, id)))
        },
        |(id, _, seen)| async move {
            match id {
                Some(id) => Some(get_alert(id).await.map(|body| (id, seen, body))),
                None => None,
            }
        },
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                data.await.map(|answer| match answer {
                    Ok((id, seen, body)) => Either::Left(view! { <Drawer id seen body filter acts/> }),
                    Err(error) => Either::Right(view! { <Missing message=error.to_string() filter/> }),
                })
            })}
        </Transition>
    }
}

/// Number of the newest transition of an alert that was heard of.
fn newest(live: Live, id: Option<i64>) -> i64 {
    live.alerts.with(|events| {
        let own = events.iter().rfind(|event| Some(event.alert.id) == id);
        own.map_or(0, |event| event.seq)
    })
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
fn Drawer(
    id: i64,
    /// The newest transition that is in it.
    seen: i64,
    body: String,
    filter: Memo<Filter>,
    acts: RwSignal<u32>,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    close_with_escape(filter);
    focus_when_opened(frame);
    follow(id, seen, acts, frame);
    view! {
        <aside class="drawer" aria-labelledby="alert-title" data-testid="alert-detail" data-alert-id=id.to_string()>
            <header class="drawer-head">
                <span class="cell-note">"Alert"</span>
                <a class="button" href=move || closed(filter) data-testid="alert-close">"Close"</a>
            </header>
            <div node_ref=frame inner_html=body on:submit=move |event| act(&event, acts)></div>
        </aside>
    }
}

/// Fills the drawer anew after the alert's own transitions and after what was done in it: its place, what is folded out
/// and the focus stay.
fn follow(id: i64, seen: i64, acts: RwSignal<u32>, frame: NodeRef<html::Div>) {
    let live = use_live();
    let newest = Memo::new(move |_| newest(live, Some(id)));
    let begun = (seen, acts.get_untracked());
    // of two answers that cross each other the one asked for last counts
    let asked = StoredValue::new(0_u32);
    Effect::new(move |last: Option<(i64, u32)>| {
        let now = (newest.get(), acts.get());
        if last.unwrap_or(begun) != now {
            asked.update_value(|number| *number += 1);
            let number = asked.get_value();
            spawn_local(async move {
                // if this fails the drawer keeps what it has, and the bar on top says that the server is lost
                if let Ok(body) = get_alert(id).await
                    && asked.try_get_value() == Some(number)
                {
                    renew(frame, &body);
                }
            });
        }
        now
    });
}

/// Sends a form of the drawer in the background.
fn act(event: &ev::SubmitEvent, acts: RwSignal<u32>) {
    #[cfg(feature = "hydrate")]
    crate::browser::form::send(event, acts);
    #[cfg(not(feature = "hydrate"))]
    let _ = (event, acts);
}

fn renew(frame: NodeRef<html::Div>, body: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(frame) = frame.try_get_untracked().flatten() {
        crate::browser::renew::renew(&frame, body);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (frame, body);
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
fn focus_when_opened(frame: NodeRef<html::Div>) {
    let hydrating =
        Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    Effect::new(move |_| {
        if frame.get().is_some() && !hydrating {
            focus("alert-title");
        }
    });
}

fn focus(id: &str) {
    #[cfg(feature = "hydrate")]
    crate::browser::renew::focus(id);
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}
