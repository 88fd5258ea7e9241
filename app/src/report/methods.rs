//! How the numbers were made.

use leptos::prelude::*;

use super::parts::Section;
use crate::model::analysis::AnalysisVm;

pub(super) fn section(vm: &AnalysisVm) -> Section {
    let notes: Vec<_> = vm
        .methods
        .iter()
        .map(|method| view! { <dt>{method.title.clone()}</dt><dd>{method.text.clone()}</dd> })
        .collect();
    Section {
        id: "methods".to_owned(),
        title: "How the numbers were made".to_owned(),
        body: view! { <dl class="notes">{notes}</dl> }.into_any(),
    }
}
