//! Alerts as a list; the Quality page has them as a table.

use leptos::prelude::*;

use crate::{
    fragment,
    live::{merge, use_live},
    model::{AlertState, AlertVm},
};

/// The alerts of a page with the stream's transitions laid over them.
#[must_use]
pub fn current_alerts(base: Vec<AlertVm>, seq: i64) -> Memo<Vec<AlertVm>> {
    let live = use_live();
    Memo::new(move |_| live.alerts.with(|events| merge::alerts(&base, seq, events)))
}

/// The newest state of one alert of the list; the last one known when it has left the list.
#[must_use]
pub fn newest_of(first: AlertVm, list: Memo<Vec<AlertVm>>) -> Memo<AlertVm> {
    Memo::new(move |last: Option<&AlertVm>| {
        list.with(|list| list.iter().find(|alert| alert.id == first.id).cloned())
            .or_else(|| last.cloned())
            .unwrap_or_else(|| first.clone())
    })
}

/// What an alert's state adds to its severity.
#[must_use]
pub const fn state_word(state: AlertState) -> Option<&'static str> {
    match state {
        AlertState::Firing | AlertState::Resolved => None,
        AlertState::Pending => Some("pending"),
        AlertState::Acknowledged => Some("acknowledged"),
        AlertState::Recovering => Some("recovering"),
    }
}

/// What its state and what keeps its notices back add to its severity: `acknowledged, silenced`; empty for nothing.
#[must_use]
pub fn state_words(alert: &AlertVm) -> String {
    let more = [
        (alert.silenced, "silenced"),
        (alert.inhibited_by.is_some(), "explained"),
        (alert.flapping, "flapping"),
    ];
    let mut words = state_word(alert.state).unwrap_or_default().to_owned();
    for (_, word) in more.into_iter().filter(|(holds, _)| *holds) {
        if !words.is_empty() {
            words.push_str(", ");
        }
        words.push_str(word);
    }
    words
}

/// The first `shown` alerts.
#[component]
pub fn AlertList(
    /// All of them, open ones first.
    list: Memo<Vec<AlertVm>>,
    /// How many to show.
    shown: usize,
    /// False while no check has run: then no alert is no good news.
    #[prop(into)]
    judged: Signal<bool>,
) -> impl IntoView {
    let live = use_live();
    let html = Memo::new(move |_| {
        let now = live.now.get_untracked();
        list.with(|list| fragment::alerts::alerts(list, shown, judged.get(), now))
    });
    view! { <div inner_html=move || html.get()></div> }
}
