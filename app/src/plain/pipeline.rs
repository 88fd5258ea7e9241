//! The Pipeline page but for verdict and layers: sources, gaps, events, tables, runs and the fault desk.

mod desk;
mod events;
mod gaps;
mod sources;
mod tables;

use leptos::prelude::*;

use super::shell::part;
use crate::model::{
    PipelinePageVm,
    batch::Standing,
    pipeline::{DeskVm, PipelineVm},
};

/// The page's data, for a reader of this standing; `desk` is that of the simulator where it is a source.
#[must_use]
pub fn page(vm: PipelineVm, desk: Option<DeskVm>, standing: Standing) -> PipelinePageVm {
    let note = part(|| desk::note(desk.is_some(), standing));
    let parts = [
        part(|| sources::sources(&vm)),
        part(|| gaps::gaps(&vm)),
        part(|| events::events(&vm)),
        part(|| tables::tables(&vm)),
        part(|| tables::runs(&vm)),
        note,
    ];
    let desk = desk.map(|desk| match standing {
        Standing::Operator => (part(|| desk::fields(&desk)), part(|| desk::faults(&desk))),
        Standing::MustSignIn | Standing::Elsewhere => (String::new(), String::new()),
    });
    PipelinePageVm {
        server_now: vm.server_now,
        verdict: vm.verdict,
        layers: vm.layers,
        parts,
        desk,
    }
}

/// Heading of a part.
fn head(title: &'static str, id: &'static str, note: String) -> AnyView {
    view! {
        <header class="panel-head">
            <h2 id=id>{title}</h2>
            <p class="panel-note">{note}</p>
        </header>
    }
    .into_any()
}
