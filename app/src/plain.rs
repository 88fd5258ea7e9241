//! Small pages that need no script: uploading a file, looking at what it seems to be, and at its run.

use leptos::prelude::*;

use crate::{
    components::status::{Status, of_run},
    format,
    model::{RunState, RunVm},
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
    /// A run.
    Run(Box<RunVm>),
}

/// The whole document, with the stylesheet at `style`.
#[must_use]
pub fn render(style: &str, page: Page) -> String {
    let refresh = matches!(&page, Page::Run(run) if run.state == RunState::Running);
    let style = style.to_owned();
    // signals live in the arena of their owner
    let html = Owner::new().with(|| {
        let content = match page {
            Page::Ask { max_mb } => ask(max_mb).into_any(),
            Page::Review {
                id,
                name,
                bytes,
                is_usable,
                text,
            } => review(&id, name, bytes, is_usable, text).into_any(),
            Page::Run(run) => of(*run).into_any(),
        };
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    {refresh.then(|| view! { <meta http-equiv="refresh" content="2"/> })}
                    <title>"Upload · Assay"</title>
                    <link rel="stylesheet" href=style/>
                </head>
                <body>
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
        <section class="panel">
            <header class="panel-head"><h1>"Upload a file"</h1></header>
            <form method="post" action="/upload" enctype="multipart/form-data">
                <p><label>"Prices or news: "<input type="file" name="file" required/></label></p>
                <p class="panel-note">{format!("At most {max_mb} MB. You see what it is before it is taken in.")}</p>
                <p><button class="button">"Upload"</button></p>
            </form>
            <p><a href="/">"Back to the overview"</a></p>
        </section>
    }
}

fn review(id: &str, name: String, bytes: i64, is_usable: bool, text: String) -> impl IntoView {
    let commit = format!("/upload/{id}/commit");
    let discard = format!("/upload/{id}/discard");
    let hint = if is_usable {
        "This is how the file would be read."
    } else {
        "The file cannot be used as it is. Committed, it is kept and marked as refused."
    };
    view! {
        <section class="panel" data-testid="upload-review">
            <header class="panel-head">
                <h1>{name}</h1>
                <p class="panel-note">{format::bytes(bytes)}</p>
            </header>
            <p>{hint}</p>
            <pre class="raw">{text}</pre>
            <form method="post" action=commit>
                <p>
                    <label>"Venue or publisher: "<input name="venue" maxlength="40"/></label>" "
                    <label>"Instrument: "<input name="instrument" maxlength="40" placeholder="BTC-USD"/></label>
                </p>
                <p><button class="button">"Commit"</button></p>
            </form>
            <form method="post" action=discard>
                <p><button class="button">"Discard"</button></p>
            </form>
        </section>
    }
}

fn of(run: RunVm) -> impl IntoView {
    let (level, word) = of_run(run.state);
    let counts = format!(
        "{} rows · {} accepted · {} deduplicated · {} quarantined",
        format::integer(run.rows),
        format::integer(run.accepted),
        format::integer(run.deduplicated),
        format::integer(run.quarantined)
    );
    view! {
        <section class="panel" data-testid="upload-run" data-state=run.state.as_str()>
            <header class="panel-head"><h1>{format!("{} {}", run.kind, run.subject)}</h1></header>
            <p>
                <Status status=Signal::stored((level, word))/>
                " " {run.phase}
            </p>
            {(run.bytes_total > 0 && run.state == RunState::Running)
                .then(|| {
                    let percent = run.bytes_done.max(0).saturating_mul(100) / run.bytes_total;
                    view! { <progress max="100" value=percent.to_string()></progress> }
                })}
            <p class="num">{counts}</p>
            <p>{run.detail}</p>
            <p><a href="/upload/new">"Upload another file"</a>" · "<a href="/quality">"Quality"</a></p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_text_and_the_buttons_are_plain_forms() {
        let html = render(
            "/pkg/assay.css",
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
