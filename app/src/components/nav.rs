//! The way to the pages: a rail on the left, on a phone tabs at the bottom.

use leptos::{either::Either, prelude::*};
use leptos_router::components::A;

const PAGES: [(&str, &str, &str); 7] = [
    (
        "/",
        "Overview",
        "M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z",
    ),
    (
        "/market",
        "Market",
        "M4 2v12M12 2v12M2.5 5h3v5h-3zM10.5 4h3v6h-3zM8 4v9M6.8 6.5h2.4v4H6.8z",
    ),
    (
        "/quality",
        "Quality",
        "M8 1.5L14 4v4c0 3.5-2.6 5.6-6 6.8C4.6 13.6 2 11.5 2 8V4zM5.3 8l2 2 3.6-3.8",
    ),
    (
        "/pipeline",
        "Pipeline",
        "M1.5 5.5h4v5h-4zM10.5 1.5h4v4h-4zM10.5 10.5h4v4h-4zM5.5 8H8M10.5 3.5H8v9h2.5",
    ),
    (
        "/batches",
        "Batches",
        "M2 4.5L8 1.5l6 3-6 3zM2 8l6 3 6-3M2 11.5l6 3 6-3",
    ),
    (
        REPORT,
        "Report",
        "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 12V9.5M8 12V7M10.5 12v-3.5",
    ),
    (
        "/about",
        "About",
        "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13M8 7.2v4M8 4.7v.1",
    ),
];

/// A document of its own, outside of the pages that the router knows.
const REPORT: &str = "/report";

/// Links to the pages.
#[component]
pub fn Nav() -> impl IntoView {
    let links: Vec<_> = PAGES
        .into_iter()
        .map(|(href, name, icon)| {
            let inner = view! {
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d=icon/></svg>
                <span>{name}</span>
            };
            let link = if href == REPORT {
                Either::Left(view! { <a href=href rel="external" class="nav-link">{inner}</a> })
            } else {
                let exact = href == "/";
                Either::Right(view! { <A href=href exact=exact attr:class="nav-link">{inner}</A> })
            };
            view! { <li>{link}</li> }
        })
        .collect();
    view! { <nav class="nav" aria-label="Pages"><ul>{links}</ul></nav> }
}
