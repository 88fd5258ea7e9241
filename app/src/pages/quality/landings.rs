//! Files and where their rows went.

use leptos::prelude::*;

use crate::{
    components::{
        ago::Ago,
        panel::Empty,
        status::{Level, Status, of_landing},
    },
    format,
    model::{LandingState, LandingVm},
};

/// Whether every row of a finished landing is somewhere.
#[must_use]
pub fn conserved(landing: &LandingVm) -> Option<bool> {
    (landing.state == LandingState::Done)
        .then_some(landing.rows == landing.accepted + landing.deduplicated + landing.quarantined)
}

/// The table.
#[component]
pub fn Landings(
    /// Newest first.
    landings: Vec<LandingVm>,
) -> impl IntoView {
    let empty = landings.is_empty();
    let rows: Vec<_> = landings
        .into_iter()
        .map(|landing| view! { <Row landing/> })
        .collect();
    view! {
        {empty.then(|| view! { <Empty text="No file has landed yet. Start with: assay ingest PATH"/> })}
        {(!empty).then(|| view! {
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
        })}
    }
}

#[component]
fn Row(landing: LandingVm) -> impl IntoView {
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
            <td><Status status=Signal::stored(of_landing(landing.state))/></td>
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
            <td><Status status=Signal::stored(accounted)/></td>
            <td class="number"><Ago at=Signal::stored(Some(landing.received_at))/></td>
        </tr>
    }
}
