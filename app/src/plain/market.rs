//! The newest bars of a series as a table.

use leptos::prelude::*;

use super::shell::part;
use crate::{
    chart::label,
    model::{Bar, format_utc_short},
};

/// Rows shown.
const ROWS: usize = 100;

/// The table with its summary, newest bars first.
#[must_use]
pub fn table(bars: &[Bar], step_ms: i64) -> String {
    let count = bars.len().min(ROWS);
    let title = format!(
        "Newest {count} candles of {} as a table",
        label::step(step_ms)
    );
    part(|| {
        let rows: Vec<AnyView> = bars.iter().rev().take(ROWS).map(row).collect();
        view! {
            <summary>{title}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Newest candles">
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
        }
        .into_any()
    })
}

fn row(bar: &Bar) -> AnyView {
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
    .into_any()
}
