//! The newest bars as a table, which is HTML of the server.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::get_market,
    backend::MarketQuery,
    model::{SeriesVm, Step},
};

/// Newest bars first; follows the chart's step.
#[component]
pub(super) fn BarTable(
    series: SeriesVm,
    step_ms: RwSignal<i64>,
    table: String,
    shown_step: i64,
    here: String,
) -> impl IntoView {
    let shown = RwSignal::new((shown_step, table));
    load_on_change(series, step_ms, shown);
    let html = move || shown.with(|(_, table)| table.clone());
    view! {
        <details class="market-table" data-testid="bar-table" data-address=here inner_html=html></details>
    }
}

/// Loads the bars of another step when the chart shows one.
fn load_on_change(series: SeriesVm, step_ms: RwSignal<i64>, shown: RwSignal<(i64, String)>) {
    Effect::new(move |_| {
        let Some(step) = step_ms.try_get() else {
            return;
        };
        if shown.try_with_untracked(|(shown, _)| *shown == step) != Some(false) {
            return;
        }
        let query = MarketQuery {
            instrument: series.instrument.clone(),
            venue: series.venue.clone(),
            step: Step::of(step).map_or("", |step| step.name).to_owned(),
        };
        spawn_local(async move {
            // If this fails the table keeps the bars it has, and its title says which.
            if let Ok(vm) = get_market(query).await
                && step_ms.try_get_untracked() == Some(vm.step_ms)
            {
                shown.try_set((vm.step_ms, vm.table));
            }
        });
    });
}
