//! Incidents: alerts with one cause. The open ones on the first page, all of them as a list.

use leptos::prelude::*;

use super::{
    parts::{head, lasted, range},
    tabs::{Tab, document},
};
use crate::{
    components::status::{Level, of_severity},
    format,
    model::{IncidentVm, Opinion, format_utc_short},
    plain::{
        parts::{ago, status, when},
        shell::Frame,
    },
};

/// Open incidents on the first page.
const SHOWN: usize = 6;

/// Address of an incident.
pub(super) fn href(id: i64) -> String {
    format!("/quality/incidents/{id}")
}

/// Level and word: the severity while it stands.
pub(super) const fn standing(incident: &IncidentVm) -> (Level, &'static str) {
    if incident.is_open {
        of_severity(Some(incident.severity))
    } else {
        (Level::Ok, "Resolved")
    }
}

/// What a person said of it.
pub(super) const fn opinion_word(opinion: Opinion) -> &'static str {
    match opinion {
        Opinion::Confirmed => "confirmed",
        Opinion::FalseAlarm => "false alarm",
    }
}

/// `3 alerts: feed.silence, book.stale`
fn alerts_words(incident: &IncidentVm) -> String {
    let alerts = format::counted(incident.alerts, "alert");
    format!("{alerts}: {}", incident.checks.join(", "))
}

/// The panel of the first page: those that are open, worst first.
pub(super) fn open(incidents: &[IncidentVm], now: i64) -> AnyView {
    let mut open: Vec<&IncidentVm> = incidents.iter().filter(|one| one.is_open).collect();
    open.sort_by_key(|one| (std::cmp::Reverse(one.severity.rank()), one.opened_at));
    let body = if open.is_empty() {
        let last = incidents.iter().filter_map(|one| one.resolved_at).max();
        let last = last.map(|at| view! { " The last one was resolved " {ago(Some(at), now)} "." });
        view! { <p class="empty empty-good">"No open incident."{last}</p> }.into_any()
    } else {
        let items: Vec<AnyView> = open.iter().take(SHOWN).map(|one| item(one, now)).collect();
        view! { <ul class="rows">{items}</ul> }.into_any()
    };
    let count = match open.len() {
        0 => "all incidents".to_owned(),
        count if count > SHOWN => format!("{SHOWN} of {count} open, all incidents"),
        count => format!("{count} open, all incidents"),
    };
    let note = view! { <a rel="external" href="/quality/incidents">{count}</a> }.into_any();
    view! {
        <section class="panel span-2" aria-labelledby="incidents">
            {head("Open incidents", "incidents", note)}
            {body}
        </section>
    }
    .into_any()
}

fn item(incident: &IncidentVm, now: i64) -> AnyView {
    view! {
        <li class="row" data-testid="incident-row" data-incident-id=incident.id.to_string() data-open="true">
            <div class="row-main">
                {status(standing(incident))}
                <span class="row-end">"for "{lasted(incident.opened_at, None, now)}</span>
            </div>
            <p class="row-summary"><a class="row-title" rel="external" href=href(incident.id)>{incident.title.clone()}</a></p>
            <p class="row-meta">
                <span>{alerts_words(incident)}</span>
                <span class="num">{rows_words(incident.rows)}</span>
            </p>
            <p class="row-meta">
                <span class="num">{range(incident.range)}</span>
                <span>{incident.repair.clone()}</span>
            </p>
        </li>
    }
    .into_any()
}

/// `1,204 rows`
pub(super) fn rows_words(rows: i64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        rows => format!("{} rows", format::integer(rows)),
    }
}

/// The page of all incidents.
#[must_use]
pub fn incidents(frame: Frame, incidents: Vec<IncidentVm>) -> String {
    let now = frame.start.server_now;
    document(frame, Tab::Incidents, "Incidents", move || {
        let open = incidents.iter().filter(|one| one.is_open).count();
        let note = format!("{open} open of {}, newest first", incidents.len()).into_any();
        view! {
            <h1 class="sr-only">"Incidents"</h1>
            <section class="panel" aria-labelledby="incidents">
                {head("Incidents", "incidents", note)}
                {table(&incidents, now)}
            </section>
        }
        .into_any()
    })
}

fn table(incidents: &[IncidentVm], now: i64) -> AnyView {
    if incidents.is_empty() {
        return view! { <p class="empty empty-good">"There has been no incident."</p> }.into_any();
    }
    let rows: Vec<AnyView> = incidents.iter().map(|one| row(one, now)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Incidents">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Status"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Began, UTC"</th>
                        <th scope="col" class="number">"Lasted"</th>
                        <th scope="col">"Data concerned"</th>
                        <th scope="col" class="number">"Rows"</th>
                        <th scope="col">"Repair"</th>
                        <th scope="col">"Opinion"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(incident: &IncidentVm, now: i64) -> AnyView {
    let opinion = incident.opinion.map_or(format::UNKNOWN, opinion_word);
    view! {
        <tr data-testid="incident-row" data-incident-id=incident.id.to_string() data-open=incident.is_open.to_string()
            data-state=(!incident.is_open).then_some("resolved")>
            <td class="fold-head">{status(standing(incident))}</td>
            <td class="wide">
                <a href=href(incident.id)>{incident.title.clone()}</a>
                <p class="cell-note">{alerts_words(incident)}</p>
                <p class="cell-note mono">{incident.scope.clone()}</p>
            </td>
            <td data-label="Began, UTC">{when(Some(incident.opened_at))}</td>
            <td class="number num" data-label="Lasted">{lasted(incident.opened_at, incident.resolved_at, now)}</td>
            <td class="num" data-label="Data concerned">{range(incident.range)}</td>
            <td class="number num" data-label="Rows">{format::integer(incident.rows)}</td>
            <td data-label="Repair">{none_as_dash(&incident.repair)}</td>
            <td data-label="Opinion">{opinion}</td>
        </tr>
    }
    .into_any()
}

/// A text, or a dash for none.
pub(super) fn none_as_dash(text: &str) -> String {
    if text.is_empty() {
        format::UNKNOWN
    } else {
        text
    }
    .to_owned()
}

/// `2026-11-23 05:00 – now`
pub(super) fn stood(incident: &IncidentVm) -> String {
    let from = format_utc_short(incident.opened_at);
    match incident.resolved_at {
        Some(to) => format!("{from} – {}", format_utc_short(to)),
        None => format!("{from} – now"),
    }
}
