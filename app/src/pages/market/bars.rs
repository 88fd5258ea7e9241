//! The newest bars as a table.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::get_market,
    backend::MarketQuery,
    chart::label,
    model::{Bar, SeriesVm, Step, format_utc_short},
};

/// Rows shown.
const ROWS: usize = 100;

/// Newest bars first; follows the chart's step.
#[component]
pub(super) fn BarTable(
    series: SeriesVm,
    step_ms: RwSignal<i64>,
    bars: Vec<Bar>,
    shown_step: i64,
    here: String,
) -> impl IntoView {
    let shown = RwSignal::new((shown_step, bars));
    load_on_change(series, step_ms, shown);
    let title = move || {
        shown.with(|(step_ms, bars)| {
            let count = bars.len().min(ROWS);
            format!(
                "Newest {count} candles of {} as a table",
                label::step(*step_ms)
            )
        })
    };
    let rows = move || shown.with(|(_, bars)| bars.iter().rev().take(ROWS).map(row).collect_view());
    view! {
        <details class="market-table" data-testid="bar-table" data-address=here>
            <summary>{title}</summary>
            <div class="table-scroll">
                <table class="compact">
                    <thead>
                        <tr>
                            <th scope="col">"Time (UTC)"</th>
                            <th scope="col" class="number">"Open"</th>
                            <th scope="col" class="number">"High"</th>
                            <th scope="col" class="number">"Low"</th>
                            <th scope="col" class="number">"Close"</th>
                            <th scope="col" class="number">"Change"</th>
                            <th scope="col" class="number">"Volume"</th>
                            <th scope="col" class="number">"SMA 20"</th>
                            <th scope="col">"Quality"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

fn row(bar: &Bar) -> impl IntoView + use<> {
    let digits = label::decimals_for(bar.close);
    let price = |value: f64| label::price(value, digits);
    view! {
        <tr>
            <th scope="row" class="num">{format_utc_short(bar.opened_at)}</th>
            <td class="number num">{price(bar.open)}</td>
            <td class="number num">{price(bar.high)}</td>
            <td class="number num">{price(bar.low)}</td>
            <td class="number num">{price(bar.close)}</td>
            <td class="number num">{label::percent(label::change(bar))}</td>
            <td class="number num">{label::volume(bar.volume)}</td>
            <td class="number num">{bar.sma_20.map_or_else(|| "–".to_owned(), price)}</td>
            <td>{label::quality(bar)}</td>
        </tr>
    }
}

/// Loads the bars of another step when the chart shows one.
fn load_on_change(series: SeriesVm, step_ms: RwSignal<i64>, shown: RwSignal<(i64, Vec<Bar>)>) {
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
                shown.try_set((vm.step_ms, vm.bars));
            }
        });
    });
}
