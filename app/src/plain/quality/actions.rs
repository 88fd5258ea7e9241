//! What an operator can do about an alert. Each is a plain form, and each can be taken back.

use leptos::prelude::*;

use super::{
    alert::Around,
    parts::{act, hidden, only_operators},
};
use crate::{
    links,
    model::{AlertState, AlertVm, Opinion, SilenceVm, batch::Standing},
};

/// How long a silence holds that is set here.
const SPANS: [(&str, &str); 3] = [("1h", "1 h"), ("4h", "4 h"), ("24h", "24 h")];

/// The buttons, or who may press them.
pub(super) fn actions(alert: &AlertVm, around: &Around) -> AnyView {
    let back = links::alert(alert.id);
    if around.reader != Standing::Operator {
        return only_operators(around.reader, "act on alerts", &back);
    }
    let judged = around
        .incident
        .as_ref()
        .and_then(|incident| incident.opinion);
    let incident = around.incident.as_ref().map(|incident| incident.id);
    view! {
        // where the focus goes when a button of it is gone
        <div class="alert-actions" id="alert-actions" role="group" aria-label="Actions" tabindex="-1" data-testid="alert-actions">
            {taken(alert, &back)}
            {silenced(alert, around, &back)}
            {incident.map(|id| opinion(id, judged, &back))}
        </div>
    }
    .into_any()
}

fn taken(alert: &AlertVm, back: &str) -> AnyView {
    let action = |what: &str| format!("/api/v1/alerts/{}/{what}", alert.id);
    match alert.state {
        AlertState::Resolved => ().into_any(),
        AlertState::Acknowledged => act(action("unacknowledge"), back, "Undo acknowledgement", ""),
        AlertState::Pending | AlertState::Firing | AlertState::Recovering => {
            act(action("acknowledge"), back, "Acknowledge", "")
        }
    }
}

/// The silences that are about exactly this alert: those of its buttons.
fn own<'a>(alert: &AlertVm, around: &'a Around) -> Vec<&'a SilenceVm> {
    around
        .silences
        .iter()
        .filter(|silence| {
            let holds =
                silence.ended_at.is_none() && silence.ends_at.is_none_or(|end| end > around.now);
            let is_own = silence.check_id == alert.check_id && silence.entity == alert.entity;
            holds && is_own && silence.id != 0
        })
        .collect()
}

fn silenced(alert: &AlertVm, around: &Around, back: &str) -> AnyView {
    let own = own(alert, around);
    if !own.is_empty() {
        let ends: Vec<AnyView> = own
            .iter()
            .map(|silence| {
                act(
                    format!("/api/v1/silences/{}/end", silence.id),
                    back,
                    "End silence",
                    "",
                )
            })
            .collect();
        return ends.into_any();
    }
    if alert.silenced {
        return view! {
            <p class="hint">"Silenced by a wider rule: "<a rel="external" href="/quality/silences">"silences"</a></p>
        }
        .into_any();
    }
    if alert.state == AlertState::Resolved {
        return ().into_any();
    }
    let buttons: Vec<AnyView> = SPANS
        .into_iter()
        .map(|(value, name)| {
            let label = format!("Silence for {name}");
            view! { <button class="button" name="for" value=value aria-label=label>{name}</button> }
                .into_any()
        })
        .collect();
    view! {
        <form method="post" action="/api/v1/silences" class="act" role="group" aria-label="Silence">
            {hidden(&[("check", &alert.check_id), ("entity", &alert.entity), ("reason", "set at the alert"), ("back", back)])}
            <span class="filter-name">"Silence"</span>
            {buttons}
            <button class="button" name="until_resolved" value="true" aria-label="Silence until resolved">"until resolved"</button>
        </form>
    }
    .into_any()
}

fn opinion(incident_id: i64, said: Option<Opinion>, back: &str) -> AnyView {
    let action = |what: &str| format!("/api/v1/incidents/{incident_id}/{what}");
    match said {
        None => act(action("false-alarm"), back, "False alarm", ""),
        Some(Opinion::FalseAlarm) => act(action("undo"), back, "Undo false alarm", ""),
        Some(Opinion::Confirmed) => act(action("undo"), back, "Undo confirmation", ""),
    }
}
