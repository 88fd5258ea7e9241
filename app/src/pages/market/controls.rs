//! Series, step and range: links first, in-place switches in the browser.

use leptos::prelude::*;

use super::query::address;
use crate::{
    chart::RangeRequest,
    model::{DAY_MS, HOUR_MS, MINUTE_MS, SeriesVm, Step, WEEK_MS},
};

/// Name, length and the step that shows it without JavaScript.
const RANGES: [(&str, &str, i64, i64); 8] = [
    ("1H", "Newest hour", HOUR_MS, MINUTE_MS),
    ("6H", "Newest 6 hours", 6 * HOUR_MS, 5 * MINUTE_MS),
    ("1D", "Newest day", DAY_MS, 15 * MINUTE_MS),
    ("1W", "Newest week", WEEK_MS, HOUR_MS),
    ("1M", "Newest month", 30 * DAY_MS, 4 * HOUR_MS),
    ("3M", "Newest 3 months", 91 * DAY_MS, DAY_MS),
    ("1Y", "Newest year", 365 * DAY_MS, DAY_MS),
    ("All", "Everything", i64::MAX, WEEK_MS),
];

/// Links to every series.
#[component]
pub(super) fn SeriesChoice(
    all: Vec<SeriesVm>,
    chosen: Option<usize>,
    step_ms: i64,
) -> impl IntoView {
    let links = all
        .into_iter()
        .enumerate()
        .map(|(index, series)| {
            let name = format!("{} · {}", series.instrument, series.venue);
            let note = match (series.live, series.simulated) {
                (true, true) => "live, simulated",
                (true, false) => "live",
                (false, true) => "simulated",
                (false, false) => "batch",
            };
            view! {
                <li>
                    <a
                        class="filter"
                        href=address(&series, step_ms)
                        aria-current=(chosen == Some(index)).then_some("true")
                    >
                        {name}
                        <span class="filter-note">{note}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="market-series" aria-label="Price series">
            <ul class="filters">{links}</ul>
        </nav>
    }
}

/// Links to every step the series has.
pub(super) fn steps(series: &SeriesVm, step_ms: RwSignal<i64>) -> impl IntoView + use<> {
    let links = Step::ALL
        .into_iter()
        .filter(|step| step.step_ms >= series.finest_step_ms)
        .map(|step| {
            let current = move || (step_ms.get() == step.step_ms).then_some("true");
            view! {
                <li>
                    <a
                        class="filter"
                        href=address(series, step.step_ms)
                        aria-current=current
                        data-testid=format!("step-{}", step.name)
                        on:click=move |event| {
                            if plain(&event) {
                                event.prevent_default();
                                step_ms.set(step.step_ms);
                            }
                        }
                    >
                        {step.name}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-label="Candle length">
            <ul class="filters">{links}</ul>
        </nav>
    }
}

/// Links to the newest hour, day, …; in the browser the chart moves there.
pub(super) fn ranges(series: &SeriesVm, range: RwSignal<RangeRequest>) -> impl IntoView + use<> {
    let links = RANGES
        .map(|(name, title, span_ms, step_ms)| {
            let step_ms = step_ms.max(series.finest_step_ms);
            view! {
                <li>
                    <a
                        class="filter"
                        href=address(series, step_ms)
                        aria-label=title
                        data-testid=format!("range-{name}")
                        on:click=move |event| {
                            if plain(&event) {
                                event.prevent_default();
                                range.update(|range| {
                                    *range = RangeRequest { serial: range.serial + 1, span_ms };
                                });
                            }
                        }
                    >
                        {name}
                    </a>
                </li>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <nav aria-label="Range">
            <ul class="filters">{links}</ul>
        </nav>
    }
}

/// A click that does not ask for another tab or window.
fn plain(event: &leptos::ev::MouseEvent) -> bool {
    event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
}
