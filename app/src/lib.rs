//! What the browser and the server share: model types, the questions a page asks ([`backend`]), pages and chart.
//!
//! Feature `ssr` renders on the server, feature `hydrate` takes over in the browser. Nothing here knows SQL.

// a view's type contains those of all views inside it: a page is deeper than the default of 128
#![recursion_limit = "512"]

pub mod api;
pub mod backend;
#[cfg(feature = "hydrate")]
mod browser;
pub mod chart;
pub mod components;
pub mod format;
pub mod fragment;
pub mod json;
pub mod links;
pub mod live;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod plain;
#[cfg(feature = "ssr")]
pub mod report;
pub mod start;
pub mod theme;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    components::{announcer::Announcer, nav::Nav, show::Show, top_bar::TopBar},
    live::Live,
    pages::{
        about::AboutPage, batches::BatchesPage, market::MarketPage, not_found::NotFound,
        overview::OverviewPage, pipeline::PipelinePage, quality::QualityPage,
    },
    start::Start,
    theme::ThemeChoice,
};

/// A drop of gold in a crucible, drawn so that it reads on light and dark tabs.
pub(crate) const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E\
    %3Crect width='20' height='20' rx='4' fill='%230e1320'/%3E\
    %3Cpath d='M10 4 16 15.5H4Z' fill='none' stroke='%23f2c14e' stroke-width='1.8' stroke-linejoin='round'/%3E\
    %3Cpath d='M7.2 11.5h5.6' stroke='%23f2c14e' stroke-width='1.8'/%3E%3C/svg%3E";

const DESCRIPTION: &str = "Whether your market data can be trusted now: live and batch prices, quality checks, \
    alerts with evidence.";

/// The document around the app.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = use_context::<Start>().and_then(|start| start.theme);
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.map(theme::Theme::as_str)>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="description" content=DESCRIPTION/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0e1320"/>
                <link rel="icon" href=ICON/>
                <link rel="stylesheet" id="leptos" href=stylesheet/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options/>
                <MetaTags/>
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
    provide_meta_context();
    let start = json::shared(|| use_context::<Start>().unwrap_or_default());
    let live = Live::from_start(&start);
    provide_context(live);
    provide_context(ThemeChoice(RwSignal::new(start.theme)));
    #[cfg(feature = "hydrate")]
    browser::take_over(live, start);
    view! {
        <Title formatter=|page: String| format!("{page} · Assay")/>
        <Router>
            <a class="skip-link" href="#content" rel="external">"Skip to the content"</a>
            <TopBar/>
            <Nav/>
            <main id="content" tabindex="-1">
                <Outdated/>
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async/>
                    <Route path=path!("/market") view=MarketPage ssr=SsrMode::Async/>
                    <Route path=path!("/quality") view=QualityPage ssr=SsrMode::Async/>
                    <Route path=path!("/pipeline") view=PipelinePage ssr=SsrMode::Async/>
                    <Route path=path!("/batches") view=BatchesPage ssr=SsrMode::Async/>
                    <Route path=path!("/about") view=AboutPage ssr=SsrMode::Async/>
                </FlatRoutes>
            </main>
            <Announcer/>
        </Router>
    }
}

/// Tells that the server has been updated since this page was loaded.
#[component]
fn Outdated() -> impl IntoView {
    let live = live::use_live();
    view! {
        <Show when=move || live.outdated.get()>
            <p class="notice" role="status" data-testid="outdated">
                "Assay has been updated. " <a href="" rel="external">"Load the new version"</a>
            </p>
        </Show>
    }
}

/// Takes over the rendered page.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    browser::report_panics();
    leptos::mount::hydrate_body(App);
}
