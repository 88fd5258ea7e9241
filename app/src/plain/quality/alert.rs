//! One alert: what is wrong, the rows and the drawing that show it, its history, and what can be done about it.

use leptos::prelude::*;

use super::{actions, baseline::baseline, incidents, parts::check_link, transition};
use crate::{
    components::{ago::Utc, alerts::state_word, status::of_alert},
    format, links,
    model::{AlertDetailVm, AlertVm, IncidentVm, SilenceVm, batch::Standing},
    plain::{
        parts::{ago, status},
        shell::part,
    },
};

/// Rows shown of one finding.
const MOST_ROWS: usize = 50;

/// What is known beside the alert itself.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The server's clock.
    pub now: i64,
    /// Who reads.
    pub reader: Standing,
    /// The incident it belongs to.
    pub incident: Option<IncidentVm>,
    /// Silences that hold.
    pub silences: Vec<SilenceVm>,
}

/// Everything that stands in the drawer.
#[must_use]
pub fn detail(vm: AlertDetailVm, around: Around) -> String {
    part(|| drawer(vm, around))
}

fn drawer(vm: AlertDetailVm, around: Around) -> AnyView {
    let AlertDetailVm {
        alert,
        events,
        evidence_columns,
        evidence_rows,
        threshold,
        advice,
        baseline: drawing,
    } = vm;
    let now = around.now;
    let chart = links::market_of_entity(&alert.entity, alert.opened_at);
    let opened_at = alert.opened_at;
    let doing = actions::actions(&alert, &around);
    let incident = around.incident.map(|incident| {
        view! {
            <div><dt>"Incident"</dt><dd><a rel="external" href=incidents::href(incident.id)>{incident.title}</a></dd></div>
        }
    });
    view! {
        {status(of_alert(alert.severity, alert.state))}
        {badges(&alert)}
        <h2 id="alert-title" tabindex="-1">{alert.summary}</h2>
        <p class="drawer-summary">"Rule: "{alert.title}</p>
        <dl class="facts">
            <div><dt>"Where"</dt><dd class="mono">{alert.entity}</dd></div>
            <div><dt>"Check"</dt><dd>{check_link(&alert.check_id)}</dd></div>
            {incident}
            <div><dt>"Limit"</dt><dd>{threshold}</dd></div>
            <div><dt>"Since"</dt><dd><Utc at=opened_at/>" UTC, "{ago(Some(opened_at), now)}</dd></div>
            <div><dt>"Evaluations"</dt><dd class="num">{format::integer(alert.count)}</dd></div>
        </dl>
        {doing}
        <h3>"What to do"</h3>
        <p>{if advice.is_empty() { "No advice is written for this check.".to_owned() } else { advice }}</p>
        {chart.map(|href| view! { <p><a class="button" href=href>"Show on chart"</a></p> })}
        <h3>"Evidence"</h3>
        {drawing.map(|drawing| baseline(&drawing, "baseline"))}
        {evidence(&evidence_columns, &evidence_rows, "evidence")}
        <h3>"History"</h3>
        <ol class="timeline">{events.into_iter().map(transition::entry).collect_view()}</ol>
    }
    .into_any()
}

/// What else holds of the alert.
fn badges(alert: &AlertVm) -> AnyView {
    let state = state_word(alert.state).map(str::to_owned);
    let taken = alert
        .acknowledged_by
        .as_ref()
        .map(|by| format!("taken by {by}"));
    let silenced = alert.silenced.then(|| "silenced".to_owned());
    let inhibited = alert
        .inhibited_by
        .as_ref()
        .map(|check| format!("explained by {check}"));
    let flapping = alert.flapping.then(|| "flapping".to_owned());
    let badges: Vec<AnyView> = [state, taken, silenced, inhibited, flapping]
        .into_iter()
        .flatten()
        .map(|words| view! { " "<span class="badge">{words}</span> }.into_any())
        .collect();
    view! { <span data-testid="alert-badges">{badges}</span> }.into_any()
}

/// Rows that show a finding, as a table; `name` is what tests know it by.
pub(super) fn evidence(columns: &[String], rows: &[Vec<String>], name: &'static str) -> AnyView {
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    if rows.is_empty() {
        return view! { <p class="empty">"This check keeps no rows."</p> }.into_any();
    }
    let columns: Vec<_> = columns
        .iter()
        .map(|name| view! { <th scope="col">{name.clone()}</th> })
        .collect();
    let rows: Vec<_> = rows
        .iter()
        .take(MOST_ROWS)
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .map(|cell| view! { <td class="num">{cell.clone()}</td> })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Evidence">
            <table class="compact" data-testid=name>
                <thead><tr>{columns}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(left_out > 0).then(|| view! { <p class="hint">{format!("{left_out} more rows are not shown.")}</p> })}
    }
    .into_any()
}
