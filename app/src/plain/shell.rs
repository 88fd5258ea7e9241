//! The document around a page that no script takes over: the same bar, navigation and stylesheet as the others.

use leptos::prelude::*;
use leptos_router::{components::Router, location::RequestUrl};

use crate::{
    ICON,
    components::{nav::Nav, top_bar::TopBar},
    live::Live,
    start::Start,
    theme::{Theme, ThemeChoice},
};

/// What every such document needs.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Address of the stylesheet.
    pub style: String,
    /// Path and query of the page, for the navigation and the switch of the theme.
    pub path: String,
    /// What the server knows from memory.
    pub start: Start,
}

/// The whole document; with `refresh` it loads itself again after so many seconds.
#[must_use]
pub fn document(
    frame: Frame,
    title: &str,
    refresh: Option<u32>,
    content: impl FnOnce() -> AnyView + Send + 'static,
) -> String {
    let title = format!("{title} · Assay");
    let html = Owner::new().with(|| {
        let Frame { style, path, start } = frame;
        provide_context(RequestUrl::new(&path));
        provide_context(Live::from_start(&start));
        provide_context(ThemeChoice(RwSignal::new(start.theme)));
        view! {
            <html lang="en" data-theme=start.theme.map(Theme::as_str) data-static="">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                    <meta name="color-scheme" content="light dark"/>
                    {refresh.map(|seconds| view! { <meta http-equiv="refresh" content=seconds.to_string()/> })}
                    <title>{title}</title>
                    <link rel="icon" href=ICON/>
                    <link rel="stylesheet" href=style/>
                </head>
                <body>
                    <Router>
                        <a class="skip-link" href="#content">"Skip to the content"</a>
                        <TopBar/>
                        <Nav/>
                        <main id="content" tabindex="-1">{content()}</main>
                    </Router>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

/// A page that says that something is not there, or cannot be had.
#[must_use]
pub fn refused(frame: Frame, words: String, sign_in: bool) -> String {
    let back = frame.path.clone();
    let (home, name) = if back.starts_with("/pipeline") {
        ("/pipeline", "Back to the pipeline")
    } else if back.starts_with("/quality") {
        ("/quality", "Back to the quality")
    } else {
        ("/batches", "Back to the batches")
    };
    document(frame, "Refused", None, move || {
        view! {
            <section class="load-error" role="alert" data-testid="refused">
                <h1>"That cannot be shown or done"</h1>
                <p>{words}</p>
                {sign_in.then(|| view! { <super::SignIn back/> })}
                <p><a class="button" href=home>{name}</a></p>
            </section>
        }
        .into_any()
    })
}

/// HTML of a part of a page.
pub(super) fn part(content: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| content().to_html())
}
