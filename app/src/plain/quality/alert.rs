//! One alert with its history and the rows that show it.

use leptos::prelude::*;

use crate::{
    components::{ago::Utc, status::of_alert},
    format, links,
    model::{AlertDetailVm, AlertEventVm},
    plain::{
        parts::{ago, status},
        shell::part,
    },
};

/// Everything that stands in the drawer; `now` by the server's clock.
#[must_use]
pub fn detail(vm: AlertDetailVm, now: i64) -> String {
    part(|| drawer(vm, now))
}

fn drawer(vm: AlertDetailVm, now: i64) -> AnyView {
    let AlertDetailVm {
        alert,
        events,
        evidence_columns,
        evidence_rows,
        threshold,
        advice,
        baseline: _,
    } = vm;
    let chart = links::market_of_entity(&alert.entity, alert.opened_at);
    let opened_at = alert.opened_at;
    view! {
        {status(of_alert(alert.severity, alert.state))}
        <h2 id="alert-title" tabindex="-1">{alert.summary}</h2>
        <p class="drawer-summary">"Rule: "{alert.title}</p>
        <dl class="facts">
            <div><dt>"Where"</dt><dd class="mono">{alert.entity}</dd></div>
            <div><dt>"Check"</dt><dd class="mono">{alert.check_id}</dd></div>
            <div><dt>"Limit"</dt><dd>{threshold}</dd></div>
            <div><dt>"Since"</dt><dd><Utc at=opened_at/>" UTC, "{ago(Some(opened_at), now)}</dd></div>
            <div><dt>"Evaluations"</dt><dd class="num">{format::integer(alert.count)}</dd></div>
        </dl>
        <h3>"What to do"</h3>
        <p>{if advice.is_empty() { "No advice is written for this check.".to_owned() } else { advice }}</p>
        {chart.map(|href| view! { <p><a class="button" href=href>"Show on chart"</a></p> })}
        <h3>"Evidence"</h3>
        {evidence(evidence_columns, evidence_rows)}
        <h3>"History"</h3>
        <ol class="timeline">{events.into_iter().map(entry).collect_view()}</ol>
    }
    .into_any()
}

fn evidence(columns: Vec<String>, rows: Vec<Vec<String>>) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"This check keeps no rows."</p> }.into_any();
    }
    let columns: Vec<_> = columns
        .into_iter()
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = row
                .into_iter()
                .map(|cell| view! { <td class="num">{cell}</td> })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Evidence">
            <table class="compact" data-testid="evidence">
                <thead><tr>{columns}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn entry(event: AlertEventVm) -> AnyView {
    let became = of_alert(event.severity, event.to_state);
    let change = match event.from_state {
        Some(from) => format!("{from} → {}", event.to_state),
        None => event.to_state.to_string(),
    };
    view! {
        <li data-testid="alert-event" data-state=event.to_state.as_str()>
            <p>{status(became)} <strong>{change}</strong></p>
            <p class="cell-note"><Utc at=event.at/>" UTC by "{event.actor}</p>
            <p>{event.cause}</p>
        </li>
    }
    .into_any()
}
