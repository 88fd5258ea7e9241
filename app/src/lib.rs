//! What the browser and the server share: model types, the questions a page asks ([`backend`]), pages and chart.
//!
//! Feature `ssr` renders on the server, feature `hydrate` takes over in the browser. Nothing here knows SQL.

pub mod api;
pub mod backend;
pub mod chart;
pub mod live;
pub mod model;
pub mod pages;

use leptos::prelude::*;

/// The document around the app.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <HydrationScripts options/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The app.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}

/// Takes over the rendered page.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
