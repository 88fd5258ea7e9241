//! Pages that need no script. Here the small ones, that also stand in a frame of the Batches page: uploading a file,
//! looking at what it seems to be, and at its run; in [`batch`] and [`compare`] those of batches.

pub mod about;
pub mod batch;
pub mod batches;
pub mod compare;
mod drawing;
pub mod market;
mod parts;
pub mod pipeline;
pub mod quality;
pub mod shell;

use leptos::prelude::*;

use crate::{
    components::status::{Level, Shape, Status, of_run},
    format, links,
    model::{RunState, RunVm},
    theme::Theme,
};

/// What such a page shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// The form.
    Ask {
        /// Largest file, in megabytes.
        max_mb: u64,
    },
    /// A file that waits to be committed.
    Review {
        /// Its token.
        id: String,
        /// Its name.
        name: String,
        /// Its size.
        bytes: i64,
        /// It would be taken in.
        is_usable: bool,
        /// What it seems to be, line by line.
        text: String,
    },
    /// A run, and its landing once there is one.
    Run(Box<RunVm>, Option<i64>),
    /// Nothing has been uploaded, or it was thrown away.
    Nothing {
        /// What there is to say.
        text: &'static str,
    },
    /// A request that was refused.
    Refused {
        /// Why.
        words: String,
        /// Operators sign in with a token: then this is the page to go back to.
        sign_in: Option<String>,
    },
}

/// The whole document, with the stylesheet at `style`. It looks the same in a frame and on its own: what leads away from
/// it leaves the frame.
#[must_use]
pub fn render(style: &str, theme: Option<Theme>, page: Page) -> String {
    let refresh = matches!(&page, Page::Run(run, _) if run.state == RunState::Running);
    bare(
        style,
        theme,
        "Upload",
        refresh.then_some(2),
        || match page {
            Page::Ask { max_mb } => ask(max_mb).into_any(),
            Page::Review {
                id,
                name,
                bytes,
                is_usable,
                text,
            } => review(&id, name, bytes, is_usable, text).into_any(),
            Page::Run(run, landing_id) => of(*run, landing_id).into_any(),
            Page::Nothing { text } => view! { <p class="empty">{text}</p> }.into_any(),
            Page::Refused { words, sign_in } => refused(words, sign_in).into_any(),
        },
    )
}

/// A document without bar and navigation, which looks the same in a frame and on its own; with `refresh` it loads itself
/// again after so many seconds.
fn bare(
    style: &str,
    theme: Option<Theme>,
    title: &str,
    refresh: Option<u32>,
    content: impl FnOnce() -> AnyView,
) -> String {
    let style = style.to_owned();
    let title = format!("{title} · Assay");
    // signals live in the arena of their owner
    let html = Owner::new().with(|| {
        let content = content();
        view! {
            <html lang="en" data-theme=theme.map(Theme::as_str)>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    {refresh.map(|seconds| view! { <meta http-equiv="refresh" content=seconds.to_string()/> })}
                    <title>{title}</title>
                    <link rel="stylesheet" href=style/>
                </head>
                <body class="bare">
                    <main id="content">{content}</main>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

fn ask(max_mb: u64) -> impl IntoView {
    view! {
        <section>
            <h1>"Upload a file"</h1>
            <form method="post" action="/upload" enctype="multipart/form-data">
                <p><label>"Prices or news: "<input type="file" name="file" required/></label></p>
                <p class="hint">{format!("At most {max_mb} MB. You see what it is before it is taken in.")}</p>
                <p><button class="button button-main">"Upload and inspect"</button></p>
            </form>
            <p><a href="/batches" target="_top">"Batches"</a></p>
        </section>
    }
}

fn review(id: &str, name: String, bytes: i64, is_usable: bool, text: String) -> impl IntoView {
    let commit = format!("/upload/{id}/commit");
    let discard = format!("/upload/{id}/discard");
    let (level, hint) = if is_usable {
        (Level::Ok, "This is how the file would be read.")
    } else {
        (
            Level::Warn,
            "The file cannot be used as it is. Committed, it is kept and marked as refused.",
        )
    };
    let field = |name: &'static str, label: &'static str, hint: &'static str| {
        view! {
            <label class="field"><span>{label}</span><input name=name maxlength="40" placeholder=hint/></label>
        }
    };
    view! {
        <section data-testid="upload-review">
            <h1>{name} " " <small class="num">{format::bytes(bytes)}</small></h1>
            <p class=format!("hint level-{}", level.as_str())><Shape level/> " " {hint}</p>
            <div class="actions">
                <form method="post" action=commit class="fields">
                    {field("instrument", "Instrument", "BTC-USD")}
                    {field("venue", "Venue or publisher", "as recognised")}
                    {field("format", "Format", "as recognised")}
                    <button class="button button-main">"Commit"</button>
                </form>
                <form method="post" action=discard>
                    <button class="button">"Discard"</button>
                </form>
            </div>
            <pre class="inspect" tabindex="0">{text}</pre>
        </section>
    }
}

fn of(run: RunVm, landing_id: Option<i64>) -> impl IntoView {
    let (level, word) = of_run(run.state);
    let counts = format!(
        "{} rows · {} accepted · {} deduplicated · {} quarantined",
        format::integer(run.rows),
        format::integer(run.accepted),
        format::integer(run.deduplicated),
        format::integer(run.quarantined)
    );
    let running = run.state == RunState::Running;
    let cancel = format!("/runs/{}/cancel", run.id);
    view! {
        <section data-testid="upload-run" data-state=run.state.as_str()>
            <h1>{format!("{} {}", run.kind, run.subject)}</h1>
            <p>
                <Status status=Signal::stored((level, word))/>
                " " {run.phase}
            </p>
            {(run.bytes_total > 0 && running)
                .then(|| {
                    let percent = run.bytes_done.max(0).saturating_mul(100) / run.bytes_total;
                    view! {
                        <p class="progress">
                            <progress max="100" value=percent.to_string() aria-label="Progress"></progress>
                            <span class="num">{format!("{percent} %")}</span>
                        </p>
                    }
                })}
            <p class="num">{counts}</p>
            <p class="hint">{run.detail}</p>
            <p class="actions">
                {landing_id.map(|id| view! {
                    <a class="button button-main" href=links::batch(id) target="_top" data-testid="upload-batch">"Open the batch"</a>
                })}
                <a class="button" href="/batches" target="_top">"All batches"</a>
            </p>
            {running.then(|| view! {
                <form method="post" action=cancel target="_top"><button class="button">"Cancel"</button></form>
            })}
        </section>
    }
}

fn refused(words: String, sign_in: Option<String>) -> impl IntoView {
    view! {
        <section data-testid="refused">
            <h1>"That was refused"</h1>
            <p role="alert">{words}</p>
            {sign_in.map(|back| view! { <SignIn back/> })}
            <p><a href="/batches" target="_top">"Back to the batches"</a></p>
        </section>
    }
}

/// The form that takes the operator token.
#[component]
pub fn SignIn(
    /// Where to go then: a path of this site.
    back: String,
) -> impl IntoView {
    view! {
        <form method="post" action="/operator" target="_top" class="fields" data-testid="sign-in">
            <input type="hidden" name="back" value=back/>
            <label class="field">
                <span>"Operator token"</span>
                <input type="password" name="token" required autocomplete="current-password" maxlength="400"/>
            </label>
            <button class="button button-main">"Sign in"</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_text_and_the_buttons_are_plain_forms() {
        let html = render(
            "/pkg/assay.css",
            None,
            Page::Review {
                id: "ab12".to_owned(),
                name: "<script>alert(1)</script>.csv".to_owned(),
                bytes: 2048,
                is_usable: true,
                text: "format: <b>x</b>".to_owned(),
            },
        );
        assert!(html.starts_with("<!DOCTYPE html><html"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;script&gt;"), "{html}");
        for action in ["/upload/ab12/commit", "/upload/ab12/discard"] {
            assert!(
                html.contains(&format!("action=\"{action}\"")),
                "{action}: {html}"
            );
        }
        assert!(html.contains("href=\"/pkg/assay.css\""), "{html}");
    }
}
