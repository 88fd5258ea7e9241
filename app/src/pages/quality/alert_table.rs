//! Alerts as a table, changed in place by the stream.

use leptos::prelude::*;

use super::filter::Filter;
use crate::{
    components::{
        ago::Ago,
        alerts::{newest_of, state_words},
        panel::Empty,
        show::Show,
        status::{Status, of_alert},
    },
    format,
    model::AlertVm,
};

/// The table.
#[component]
pub fn AlertTable(
    /// Alerts to show, open ones first.
    list: Memo<Vec<AlertVm>>,
    /// The view, kept when an alert is opened.
    filter: Memo<Filter>,
) -> impl IntoView {
    view! {
        <Show when=move || list.with(Vec::is_empty)>
            <Empty good=true text="No alerts in this view."/>
        </Show>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of alerts" class:hidden=move || list.with(Vec::is_empty)>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Problem"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col" class="number">"Since"</th>
                        <th scope="col" class="number">"Count"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || list.get() key=|alert| alert.id let:alert>
                        <AlertTableRow alert list filter/>
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn AlertTableRow(alert: AlertVm, list: Memo<Vec<AlertVm>>, filter: Memo<Filter>) -> impl IntoView {
    let (id, check_id, entity) = (alert.id, alert.check_id.clone(), alert.entity.clone());
    let title = alert.title.clone();
    let alert = newest_of(alert, list);
    let state = Memo::new(move |_| alert.with(|alert| alert.state));
    let words = Memo::new(move |_| alert.with(state_words));
    let status = Signal::derive(move || alert.with(|alert| of_alert(alert.severity, alert.state)));
    let opened_at = Signal::derive(move || alert.with(|alert| Some(alert.opened_at)));
    let href = move || {
        Filter {
            alert: Some(id),
            ..filter.get()
        }
        .href()
    };
    let current = move || (filter.get().alert == Some(id)).then_some("true");
    view! {
        <tr data-testid="alert-row" data-alert-id=id.to_string() data-check=check_id.clone() data-entity=entity.clone()
            data-state=move || state.get().as_str() aria-current=current>
            <td>
                <Status status/>
                <Show when=move || words.with(|words| !words.is_empty())>
                    <span class="badge">{move || words.get()}</span>
                </Show>
            </td>
            <td class="wide">
                <a href=href id=format!("alert-link-{id}")>{move || alert.with(|alert| alert.summary.clone())}</a>
                <p class="cell-note">"Rule: "{title}</p>
            </td>
            <td><span class="mono">{entity.clone()}</span><p class="cell-note mono">{check_id.clone()}</p></td>
            <td class="number"><Ago at=opened_at/></td>
            <td class="number num">{move || format::integer(alert.with(|alert| alert.count))}</td>
        </tr>
    }
}
