//! How the numbers were made.

use leptos::prelude::*;

use super::parts::{Section, heading};
use crate::model::analysis::AnalysisVm;

/// Words that the report uses as if everybody knew them.
const WORDS: [(&str, &str); 8] = [
    (
        "Instrument",
        "What is priced: BTC-USD is one bitcoin in US dollars. Prices are in the second, volumes in the first.",
    ),
    (
        "Venue",
        "Who published the prices: an exchange, or whoever made a file.",
    ),
    (
        "Candle",
        "First, highest, lowest and last price of a stretch of time, and the amount traded in it.",
    ),
    (
        "Bronze, silver, gold",
        "Data as they arrived; clean rows made from them; summaries made from those.",
    ),
    (
        "Check",
        "A rule about data. Its result is a pass, a finding (warning, error, critical), or that nobody knows.",
    ),
    ("Alert", "A finding that still stands."),
    (
        "Quarantine",
        "Rows that broke a hard rule, kept with the reason, used nowhere.",
    ),
    ("Close", "The last price of a day, 24:00 UTC."),
];

pub(super) fn section(vm: &AnalysisVm) -> Section {
    let notes: Vec<_> = vm
        .methods
        .iter()
        .map(|method| view! { <dt>{method.title.clone()}</dt><dd>{method.text.clone()}</dd> })
        .collect();
    let words: Vec<_> = WORDS
        .into_iter()
        .map(|(word, meaning)| view! { <dt>{word}</dt><dd>{meaning}</dd> })
        .collect();
    Section {
        id: "methods".to_owned(),
        title: "Words and methods".to_owned(),
        body: view! {
            {heading("Words")}
            <dl class="notes words">{words}</dl>
            {heading("Methods")}
            <dl class="notes">{notes}</dl>
        }
        .into_any(),
    }
}
