//! One transition of an alert, with what was found then folded in. What is large is a document of its own in a frame,
//! which no browser asks for before it is opened.

use leptos::prelude::*;

use super::{alert::evidence, baseline::baseline};
use crate::{
    components::{ago::Utc, status::of_alert},
    model::{AlertEventVm, Evidence, TransitionVm, format_utc},
    plain::{bare, parts::status},
    theme::Theme,
};

/// Address of the document with what was found at a transition.
fn href(alert_id: i64, seq: i64) -> String {
    format!("/quality/alerts/{alert_id}/{seq}")
}

/// The transition in the history of its alert.
pub(super) fn entry(transition: TransitionVm) -> AnyView {
    let found = (transition.evidence_size > 0).then(|| folded(&transition));
    let event = transition.event;
    let became = of_alert(event.severity, event.to_state);
    let change = change(&event);
    view! {
        <li data-testid="alert-event" data-state=event.to_state.as_str()>
            <p>{status(became)} <strong>{change}</strong></p>
            <p class="cell-note"><Utc at=event.at/>" UTC by "{event.actor}</p>
            <p>{event.cause}</p>
            {found}
        </li>
    }
    .into_any()
}

/// `pending → firing`
fn change(event: &AlertEventVm) -> String {
    match event.from_state {
        Some(from) if from == event.to_state => from.to_string(),
        Some(from) => format!("{from} → {}", event.to_state),
        None => event.to_state.to_string(),
    }
}

fn folded(transition: &TransitionVm) -> AnyView {
    let event = &transition.event;
    let id = format!("evidence-{}", event.seq);
    let inside = match &transition.evidence {
        Some(evidence) => found(&transition.threshold, evidence),
        None => {
            let href = href(event.alert.id, event.seq);
            // as text: the view macro knows no `loading` of frames
            let frame = format!(
                "<iframe class=\"evidence-frame\" loading=\"lazy\" src=\"{href}\" title=\"Evidence of {} UTC\"></iframe>",
                format_utc(event.at)
            );
            view! {
                <div inner_html=frame></div>
                <p class="hint"><a rel="external" href=href>"Open on its own"</a></p>
            }
            .into_any()
        }
    };
    view! {
        <details class="more" data-testid="event-evidence">
            <summary id=id>"Evidence"</summary>
            {inside}
        </details>
    }
    .into_any()
}

/// The limit, the drawing and the rows.
fn found(threshold: &str, finding: &Evidence) -> AnyView {
    view! {
        <p class="hint">"Limit: "{threshold.to_owned()}</p>
        {finding.baseline.as_ref().map(|drawing| baseline(drawing, "event-baseline"))}
        {evidence(&finding.columns, &finding.rows, "event-rows")}
    }
    .into_any()
}

/// What was found at a transition, as a document that also stands in a frame of the alert's history.
#[must_use]
pub fn transition(style: &str, theme: Option<Theme>, vm: TransitionVm) -> String {
    bare(style, theme, "Evidence", None, move || {
        let event = &vm.event;
        let inside = match &vm.evidence {
            Some(evidence) => found(&vm.threshold, evidence),
            None => view! { <p class="empty">"Nothing was found here: time or a person moved the alert on."</p> }.into_any(),
        };
        view! {
            <section data-testid="transition">
                <h1>{event.alert.check_id.clone()}" "{change(event)}</h1>
                <p class="cell-note"><Utc at=event.at/>" UTC by "{event.actor.clone()}</p>
                <p>{event.cause.clone()}</p>
                {inside}
            </section>
        }
        .into_any()
    })
}
