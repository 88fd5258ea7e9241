//! Files and where their rows went.

use leptos::prelude::*;

use crate::{
    components::status::{Level, of_landing},
    format,
    model::{LandingState, LandingVm},
    plain::parts::{ago, status},
};

/// Whether every row of a finished landing is somewhere.
fn conserved(landing: &LandingVm) -> Option<bool> {
    (landing.state == LandingState::Done)
        .then_some(landing.rows == landing.accepted + landing.deduplicated + landing.quarantined)
}

/// The table, newest first.
pub(super) fn landings(landings: Vec<LandingVm>, now: i64) -> AnyView {
    if landings.is_empty() {
        return view! { <p class="empty">"No file has landed yet. Start with: assay ingest PATH"</p> }.into_any();
    }
    let rows: Vec<AnyView> = landings
        .into_iter()
        .map(|landing| row(landing, now))
        .collect();
    view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of files">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"State"</th>
                            <th scope="col">"File"</th>
                            <th scope="col" class="number">"Size"</th>
                            <th scope="col" class="number">"Rows"</th>
                            <th scope="col" class="number">"Accepted"</th>
                            <th scope="col" class="number">"Deduplicated"</th>
                            <th scope="col" class="number">"Quarantined"</th>
                            <th scope="col">"All accounted for"</th>
                            <th scope="col" class="number">"Received"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
    }
    .into_any()
}

fn row(landing: LandingVm, now: i64) -> AnyView {
    let accounted = match conserved(&landing) {
        Some(true) => (Level::Ok, "Yes"),
        Some(false) => (Level::Crit, "No"),
        None if landing.state == LandingState::Refused => (Level::Unknown, "Nothing read"),
        None => (Level::Unknown, "Not finished"),
    };
    let about: Vec<&str> = [
        landing.pipeline.as_str(),
        landing.dataset.as_str(),
        &landing.venue,
        &landing.format,
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect();
    let about = about.join(" · ");
    view! {
        <tr data-testid="landing-row" data-landing-id=landing.id.to_string() data-state=landing.state.as_str()>
            <td>{status(of_landing(landing.state))}</td>
            <td class="wide">
                <span class="mono">{landing.origin}</span>
                <p class="cell-note">{about}</p>
                {(!landing.detail.is_empty()).then(|| view! { <p class="cell-note">{landing.detail}</p> })}
            </td>
            <td class="number num">{format::bytes(landing.bytes)}</td>
            <td class="number num">{format::integer(landing.rows)}</td>
            <td class="number num">{format::integer(landing.accepted)}</td>
            <td class="number num">{format::integer(landing.deduplicated)}</td>
            <td class="number num">{format::integer(landing.quarantined)}</td>
            <td>{status(accounted)}</td>
            <td class="number">{ago(Some(landing.received_at), now)}</td>
        </tr>
    }
    .into_any()
}
