//! Frames around content, and what stands in one without content.

use leptos::prelude::*;

use crate::live::use_live;

/// A titled part of a page.
#[component]
pub fn Panel(
    /// Heading.
    title: &'static str,
    /// Id of the heading, also the target of links.
    id: &'static str,
    /// Extra class for the grid.
    #[prop(optional)]
    class: &'static str,
    /// Small print beside the heading.
    #[prop(optional, into)]
    note: Signal<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class=format!("panel {class}") aria-labelledby=id>
            <header class="panel-head">
                <h2 id=id>{title}</h2>
                <p class="panel-note">{move || note.get()}</p>
            </header>
            {children()}
        </section>
    }
}

/// Says why there is nothing, and what that means.
#[component]
pub fn Empty(
    /// True: nothing is good news.
    #[prop(optional)]
    good: bool,
    /// One sentence.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <p class=if good { "empty empty-good" } else { "empty" }>{text}</p>
    }
}

/// Marks prices that are not real.
#[component]
pub fn SimulatedBadge() -> impl IntoView {
    view! {
        <span class="badge badge-simulated" data-testid="simulated-badge" title="Generated prices, not those of a market">
            "SIMULATED"
        </span>
    }
}

/// The page's data could not be loaded.
#[component]
pub fn LoadError(
    /// What the server said.
    message: String,
    /// This page, to try again without JavaScript.
    here: &'static str,
) -> impl IntoView {
    let live = use_live();
    let retry = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        live.reload.update(|count| *count += 1);
    };
    view! {
        <section class="load-error" role="alert" data-testid="load-error">
            <h2>"This page's data could not be loaded"</h2>
            <p>{message}</p>
            <p><a class="button" rel="external" href=here on:click=retry>"Try again"</a></p>
        </section>
    }
}

/// Grey shapes of the final size while a page loads.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-busy="true">
            <p class="sr-only">"Loading"</p>
            <div class="skeleton-line"></div>
            <div class="skeleton-strip"></div>
            <div class="skeleton-block"></div>
        </div>
    }
}
