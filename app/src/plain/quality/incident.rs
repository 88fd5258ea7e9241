//! One incident: what is concerned, what happened, what was told, and what a person says of it.

use leptos::prelude::*;

use super::{
    incidents::{href, none_as_dash, opinion_word, rows_words, standing, stood},
    notices,
    parts::{act, check_link, head, lasted, only_operators, range},
    tabs::{Tab, document},
};
use crate::{
    components::{
        alerts::state_word,
        status::{of_alert, of_severity},
    },
    links,
    model::{AlertVm, IncidentDetailVm, IncidentEventVm, IncidentVm, batch::Standing},
    plain::{
        parts::{status, when},
        shell::Frame,
    },
};

/// The page, for a reader of this standing.
#[must_use]
pub fn incident(frame: Frame, vm: IncidentDetailVm, reader: Standing) -> String {
    let now = frame.start.server_now;
    let title = vm.incident.title.clone();
    document(frame, Tab::Incidents, &title, move || {
        let IncidentDetailVm {
            incident,
            alerts,
            timeline,
            notices: told,
        } = vm;
        view! {
            <header class="page-head">
                <p class="crumbs"><a href="/quality/incidents">"Incidents"</a></p>
                <h1>{incident.title.clone()}</h1>
                <p>{status(standing(&incident))}</p>
            </header>
            <div class="grid">
                <section class="panel span-2" aria-labelledby="facts">
                    {head("Incident", "facts", format!("number {}", incident.id).into_any())}
                    {facts(&incident, now)}
                </section>
                <section class="panel" aria-labelledby="opinion">
                    {head("Was something wrong?", "opinion", ().into_any())}
                    {opinion(&incident, reader)}
                </section>
            </div>
            <section class="panel" aria-labelledby="alerts">
                {head("Alerts", "alerts", format!("{}", alerts.len()).into_any())}
                {alert_table(&alerts, now)}
            </section>
            <div class="grid">
                <section class="panel span-2" aria-labelledby="timeline">
                    {head("What happened", "timeline", "oldest first, UTC".into_any())}
                    {history(&timeline)}
                </section>
                <section class="panel" aria-labelledby="notices">
                    {head("What was told", "notices", ().into_any())}
                    {notices::list(&told, "Nothing: no channel is configured, or a silence kept it back.")}
                </section>
            </div>
        }
        .into_any()
    })
}

fn facts(incident: &IncidentVm, now: i64) -> AnyView {
    let checks: Vec<AnyView> = incident
        .checks
        .iter()
        .map(|check| view! { {check_link(check)}" " }.into_any())
        .collect();
    view! {
        <dl class="facts facts-wide">
            <div><dt>"Where"</dt><dd class="mono">{incident.scope.clone()}</dd></div>
            <div><dt>"Stood"</dt><dd class="num">{stood(incident)}", "{lasted(incident.opened_at, incident.resolved_at, now)}</dd></div>
            <div><dt>"Data concerned"</dt><dd class="num">{range(incident.range)}", "{rows_words(incident.rows)}</dd></div>
            <div><dt>"Checks"</dt><dd>{checks}</dd></div>
            <div><dt>"Repair"</dt><dd data-testid="repair">{none_as_dash(&incident.repair)}</dd></div>
        </dl>
    }
    .into_any()
}

fn opinion(incident: &IncidentVm, reader: Standing) -> AnyView {
    let back = href(incident.id);
    let action = |what: &str| format!("/api/v1/incidents/{}/{what}", incident.id);
    let said = incident.opinion.map(|opinion| {
        let by = if incident.opinion_by.is_empty() { String::new() } else { format!(" by {}", incident.opinion_by) };
        view! { <p data-testid="opinion"><strong>{format!("Marked as {}", opinion_word(opinion))}</strong>{by}</p> }
    });
    let buttons = match reader {
        Standing::Operator => {
            let buttons = match incident.opinion {
                None => vec![
                    act(action("confirm"), &back, "Confirmed", ""),
                    act(action("false-alarm"), &back, "False alarm", ""),
                ],
                Some(_) => vec![act(action("undo"), &back, "Undo", "")],
            };
            view! { <div class="actions">{buttons}</div> }.into_any()
        }
        other => only_operators(other, "mark incidents", &back),
    };
    view! {
        {said}
        <p class="hint">
            "A confirmed incident leaves the baselines of the checks. A false alarm counts against the record of its rules."
        </p>
        {buttons}
    }
    .into_any()
}

fn alert_table(alerts: &[AlertVm], now: i64) -> AnyView {
    if alerts.is_empty() {
        return view! { <p class="empty">"Its alerts are no longer kept."</p> }.into_any();
    }
    let rows: Vec<AnyView> = alerts
        .iter()
        .map(|alert| {
            let word = state_word(alert.state).map(|word| view! { <span class="badge">{word}</span> });
            view! {
                <tr data-testid="incident-alert" data-alert-id=alert.id.to_string() data-state=alert.state.as_str()>
                    <td class="fold-head">{status(of_alert(alert.severity, alert.state))}{word}</td>
                    <td class="wide"><a href=links::alert(alert.id)>{alert.summary.clone()}</a>
                        <p class="cell-note">"Rule: "{alert.title.clone()}</p></td>
                    <td class="wide"><span class="mono">{alert.entity.clone()}</span><p class="cell-note">{check_link(&alert.check_id)}</p></td>
                    <td data-label="Began">{when(Some(alert.opened_at))}</td>
                    <td class="number num" data-label="Lasted">{lasted(alert.opened_at, alert.resolved_at, now)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Alerts of the incident">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Problem"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col">"Began, UTC"</th>
                        <th scope="col" class="number">"Lasted"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn history(events: &[IncidentEventVm]) -> AnyView {
    if events.is_empty() {
        return view! { <p class="empty">"Nothing is kept of it."</p> }.into_any();
    }
    let items: Vec<AnyView> = events
        .iter()
        .map(|event| {
            let level = event
                .severity
                .map(|severity| status(of_severity(Some(severity))));
            let alert = event
                .alert_id
                .map(|id| view! { " " <a href=links::alert(id)>{format!("alert {id}")}</a> });
            view! {
                <li data-testid="incident-event">
                    <p>{level}{event.words.clone()}{alert}</p>
                    <p class="cell-note">{when(Some(event.at))}" by "{event.actor.clone()}</p>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ol class="timeline">{items}</ol> }.into_any()
}
