//! What happened to sources, newest first.

use leptos::prelude::*;

use super::head;
use crate::{
    components::status::Level,
    model::{SourceEventKind, SourceEventVm, pipeline::PipelineVm},
    plain::parts::{ago, cut, status},
};

pub(super) fn events(vm: &PipelineVm) -> AnyView {
    let rows: Vec<AnyView> = vm
        .events
        .iter()
        .map(|event| row(event, vm.server_now))
        .collect();
    let list = if rows.is_empty() {
        view! { <p class="empty">"Nothing has happened yet: no stream has been opened."</p> }
            .into_any()
    } else {
        view! { <ol class="rows history" tabindex="0" aria-label="Events of sources">{rows}</ol> }
            .into_any()
    };
    view! { {head("Events", "events", "newest first".to_owned())} {list} }.into_any()
}

fn row(event: &SourceEventVm, now: i64) -> AnyView {
    view! {
        <li class="row" data-testid="source-event" data-kind=event.kind.as_str() data-venue=event.venue.clone()>
            <div class="row-main">
                {status(of_event(event.kind))}
                <span class="row-title">{event.venue.clone()}</span>
                <span class="row-where">{event.instrument.clone()}</span>
                <span class="row-end">{ago(Some(event.at), now)}</span>
            </div>
            {(!event.detail.is_empty()).then(|| view! { <p class="row-summary">{cut(&event.detail)}</p> })}
        </li>
    }
    .into_any()
}

const fn of_event(kind: SourceEventKind) -> (Level, &'static str) {
    match kind {
        SourceEventKind::Connected => (Level::Ok, "Connected"),
        SourceEventKind::Disconnected => (Level::Warn, "Disconnected"),
        SourceEventKind::RolledOver => (Level::Info, "Rolled over"),
        SourceEventKind::BookLost => (Level::Warn, "Book lost"),
        SourceEventKind::BookSynced => (Level::Ok, "Book synced"),
        SourceEventKind::FailedOver => (Level::Crit, "Failed over"),
        SourceEventKind::Returned => (Level::Ok, "Returned"),
        SourceEventKind::Conflated => (Level::Info, "Conflated"),
        SourceEventKind::Blocked => (Level::Crit, "Blocked"),
    }
}
