//! The Pipeline page but for verdict and layers: sources, gaps, events, tables, runs and the fault desk.

mod desk;
mod events;
mod gaps;
mod sources;
mod tables;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use leptos::prelude::*;

use super::shell::part;
use crate::model::{
    PipelinePageVm,
    batch::Standing,
    pipeline::{DeskVm, PipelineVm},
};

/// The page's data, for a reader of this standing; `desk` is that of the simulator where it is a source.
#[must_use]
pub fn page(vm: PipelineVm, desk: Option<&DeskVm>, standing: Standing) -> PipelinePageVm {
    let open_desk = desk.filter(|_| standing == Standing::Operator);
    let now = vm.server_now;
    let parts = [
        part(|| sources::sources(&vm)),
        part(|| gaps::gaps(&vm)),
        part(|| events::events(&vm)),
        part(|| tables::tables(&vm)),
        part(|| tables::runs(&vm)),
        desk.map_or_else(String::new, |_| part(|| desk::note(standing))),
        open_desk.map_or_else(String::new, |desk| part(|| desk::fields(desk))),
        open_desk.map_or_else(String::new, |desk| part(|| desk::faults(desk, now))),
    ]
    .map(|html| (number(&html), html));
    PipelinePageVm {
        server_now: now,
        verdict: vm.verdict,
        layers: vm.layers,
        parts,
    }
}

/// A number of a text that leaves out what stands in its ages.
fn number(html: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (index, piece) in html.split("<time ").enumerate() {
        // behind a start of an age, its attributes and what follows its end
        let (age, rest) = match index {
            0 => ("", piece),
            _ => piece.split_once('>').unwrap_or((piece, "")),
        };
        age.hash(&mut hasher);
        let rest = match index {
            0 => rest,
            _ => rest.split_once("</time>").map_or("", |(_, rest)| rest),
        };
        rest.hash(&mut hasher);
    }
    // a browser's numbers end at 53 bits, should JSON ever pass through them
    hasher.finish() >> 11
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

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_part_is_the_same_while_only_ages_change() {
        let at = |age: &str, rows: i64| {
            format!(
                "<p><time data-at=\"5\">{age}</time> {rows} rows</p><time data-at=\"7\">{age}</time>"
            )
        };
        assert_eq!(number(&at("1 s ago", 3)), number(&at("2 min 1 s ago", 3)));
        assert_ne!(number(&at("1 s ago", 3)), number(&at("1 s ago", 4)));
        let other = at("1 s ago", 3).replace("data-at=\"7\"", "data-at=\"8\"");
        assert_ne!(number(&at("1 s ago", 3)), number(&other), "another moment");
        assert_eq!(number("<time >"), number("<time >"));
    }
}
