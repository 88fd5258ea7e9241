//! The sentence on top: can the data be trusted now, and why.

use leptos::prelude::*;

use super::status::{Shape, of_verdict};
use crate::{live::use_live, model::Verdict, model::format_utc};

/// The newer of the page's verdict and the stream's.
#[must_use]
pub fn newest_verdict(base: Verdict, server_now: i64) -> Memo<Verdict> {
    let live = use_live();
    Memo::new(move |_| {
        live.health
            .with(|health| {
                health
                    .as_ref()
                    .filter(|health| health.at > server_now)
                    .map(|health| health.verdict.clone())
            })
            .unwrap_or_else(|| base.clone())
    })
}

/// Shape, word and reason, and as of when.
#[component]
pub fn VerdictLine(
    /// The sentence.
    verdict: Memo<Verdict>,
) -> impl IntoView {
    let live = use_live();
    let level = Signal::derive(move || verdict.with(of_verdict));
    let as_of = Memo::new(move |_| {
        let now = live.now.get();
        (now > 0).then(|| format!("as of {} UTC", format_utc(now)))
    });
    view! {
        <div class=move || format!("verdict level-{}", level.get().as_str()) data-testid="verdict"
            data-level=move || level.get().as_str()>
            <Shape level/>
            <p class="verdict-text">
                "Gold is " <strong>{move || verdict.with(|verdict| verdict.word.clone())}</strong>
                <span class="verdict-reason">{move || verdict.with(reason)}</span>
            </p>
            <p class="verdict-time num">{move || as_of.get()}</p>
        </div>
    }
}

fn reason(verdict: &Verdict) -> String {
    if verdict.reason.is_empty() {
        ".".to_owned()
    } else {
        format!(": {}", verdict.reason)
    }
}
