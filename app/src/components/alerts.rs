//! Alerts as a list; the Quality page has them as a table.

use leptos::prelude::*;

use super::{
    ago::Ago,
    panel::Empty,
    show::Show,
    status::{Status, of_alert},
};
use crate::{
    format, links,
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
    let first = move || list.with(|list| list.iter().take(shown).cloned().collect::<Vec<_>>());
    view! {
        <Show when=move || list.with(Vec::is_empty) && judged.get()>
            <Empty good=true text="No alerts: no check has found a problem."/>
        </Show>
        <Show when=move || list.with(Vec::is_empty) && !judged.get()>
            <Empty text="No alerts, but nothing has been judged yet."/>
        </Show>
        <ul class="rows">
            <For each=first key=|alert| alert.id let:alert>
                <AlertRow alert list/>
            </For>
        </ul>
    }
}

#[component]
fn AlertRow(alert: AlertVm, list: Memo<Vec<AlertVm>>) -> impl IntoView {
    let (id, check_id, entity) = (alert.id, alert.check_id.clone(), alert.entity.clone());
    let title = alert.title.clone();
    let alert = newest_of(alert, list);
    let state = Memo::new(move |_| alert.with(|alert| alert.state));
    let status = Signal::derive(move || alert.with(|alert| of_alert(alert.severity, alert.state)));
    let count = move || match alert.with(|alert| alert.count) {
        1 => "seen once".to_owned(),
        count => format!("seen {} times", format::integer(count)),
    };
    view! {
        <li class="row alert" data-testid="alert-row" data-alert-id=id.to_string() data-check=check_id data-entity=entity.clone()
            data-state=move || state.get().as_str()>
            <div class="row-main">
                <Status status/>
                <Show when=move || state_word(state.get()).is_some()>
                    <span class="badge">{move || state_word(state.get())}</span>
                </Show>
                <span class="row-end"><Ago at=Signal::derive(move || alert.with(|alert| Some(alert.opened_at)))/></span>
            </div>
            <p class="row-summary"><a class="row-title" href=links::alert(id)>{move || alert.with(|alert| alert.summary.clone())}</a></p>
            <p class="row-meta"><span>"Rule: "{title}</span><span class="num">{count}</span></p>
            <p class="row-meta"><span class="mono">{entity.clone()}</span></p>
        </li>
    }
}
