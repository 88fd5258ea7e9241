//! Gaps from noticed to filled, open ones first.

use leptos::prelude::*;

use super::head;
use crate::{
    components::status::Level,
    format,
    model::{GapCause, GapState, GapVm, format_age, format_utc, pipeline::PipelineVm},
    plain::parts::{ago, cut, status},
};

pub(super) fn gaps(vm: &PipelineVm) -> AnyView {
    let note = match vm.open_gaps {
        0 => "none open".to_owned(),
        count => format!("{} open", format::integer(count)),
    };
    if vm.gaps.is_empty() {
        return view! {
            {head("Gaps", "gaps", note)}
            <p class="empty empty-good">"No gap: nothing has been missed."</p>
        }
        .into_any();
    }
    let rows: Vec<AnyView> = vm.gaps.iter().map(|gap| row(gap, vm.server_now)).collect();
    view! {
        {head("Gaps", "gaps", note)}
        <div class="table-scroll history" tabindex="0" role="region" aria-label="Gaps">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Missing (UTC)"</th>
                        <th scope="col">"Noticed"</th>
                        <th scope="col" class="number">"Tries"</th>
                        <th scope="col" class="number">"Rows"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(gap: &GapVm, now: i64) -> AnyView {
    let length = gap.to_at.map_or_else(
        || "still growing".to_owned(),
        |to| format_age(to.saturating_sub(gap.from_at)),
    );
    let closed = gap.closed_at.map(|at| {
        let took = format_age(at.saturating_sub(gap.detected_at));
        match gap.state {
            GapState::Filled => format!("filled after {took}"),
            _ => format!("closed after {took}"),
        }
    });
    view! {
        <tr data-testid="gap-row" data-gap=gap.id.to_string() data-state=gap.state.as_str() data-venue=gap.venue.clone()>
            <td class="fold-head name">
                <span class="cell-title">{format!("{} {}s", gap.venue, gap.dataset)}</span>
                <p class="cell-note">{format!("{} · {}", gap.instrument, cause(gap.cause))}</p>
                {(!gap.detail.is_empty()).then(|| view! { <p class="cell-note">{cut(&gap.detail)}</p> })}
            </td>
            <td data-label="State">{status(of_gap(gap.state))}</td>
            <td data-label="Missing">
                <span class="num nowrap">{format!("from {}", format_utc(gap.from_at))}</span>
                <p class="cell-note">{length}</p>
            </td>
            <td data-label="Noticed">
                {ago(Some(gap.detected_at), now)}
                {closed.map(|words| view! { <p class="cell-note">{words}</p> })}
            </td>
            <td class="number num" data-label="Tries">{format::integer(gap.attempts)}</td>
            <td class="number num" data-label="Rows">{format::integer(gap.rows)}</td>
        </tr>
    }
    .into_any()
}

const fn of_gap(state: GapState) -> (Level, &'static str) {
    match state {
        GapState::Open => (Level::Warn, "Open"),
        GapState::Filling => (Level::Info, "Filling"),
        GapState::Filled => (Level::Ok, "Filled"),
        GapState::Recorded => (Level::NoData, "Cannot be filled"),
    }
}

const fn cause(cause: GapCause) -> &'static str {
    match cause {
        GapCause::NotRunning => "Assay did not run",
        GapCause::Disconnected => "the connection broke",
        GapCause::Sequence => "the venue's numbering leapt",
        GapCause::Silence => "connected, but nothing came",
        GapCause::Checksum => "the book's checksum was wrong",
    }
}
