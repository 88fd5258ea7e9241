//! One alert with its history and the rows that show it, beside the lists.

use leptos::{either::Either, ev, html, prelude::*};
use leptos_router::hooks::use_navigate;

use super::filter::Filter;
use crate::{api::get_alert, json, live::use_live};

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
                Some(id) => Some(get_alert(id).await.map(|body| (id, body))),
                None => None,
            }
        },
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                data.await.map(|answer| match answer {
                    Ok((id, body)) => Either::Left(view! { <Drawer id body filter/> }),
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
fn Drawer(id: i64, body: String, filter: Memo<Filter>) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    close_with_escape(filter);
    focus_when_opened(frame);
    view! {
        <aside class="drawer" aria-labelledby="alert-title" data-testid="alert-detail" data-alert-id=id.to_string()>
            <header class="drawer-head">
                <span class="cell-note">"Alert"</span>
                <a class="button" href=move || closed(filter) data-testid="alert-close">"Close"</a>
            </header>
            <div node_ref=frame inner_html=body></div>
        </aside>
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
