//! The newest bars of a series as a table, and the minutes in which its pipelines differ.

use leptos::prelude::*;

use super::shell::part;
use crate::{
    chart::label,
    format,
    links::encode,
    model::{Bar, DifferenceVm, ReconcileVm, format_utc_short},
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

/// Differences shown.
const DIFFERENCES: usize = 50;

/// Live against batch for the chosen series: the match rate and the newest minutes that differ; nothing where nothing was
/// compared or changed.
#[must_use]
pub fn differences(vm: &ReconcileVm) -> String {
    let compared: i64 = vm.days.iter().map(|day| day.compared).sum();
    let matched: i64 = vm.days.iter().map(|day| day.matched).sum();
    let Some(first) = vm.days.first().filter(|_| compared > 0 || vm.total > 0) else {
        return String::new();
    };
    let rate = match compared {
        0 => "no minute is covered by both".to_owned(),
        _ => format!(
            "{} of {} minutes agree",
            format::percent(matched as f64 / compared as f64),
            format::integer(compared)
        ),
    };
    let more = format!(
        "/quality/reconciliation?instrument={}&venue={}",
        encode(&first.instrument),
        encode(&first.venue)
    );
    part(|| {
        let rows: Vec<AnyView> = vm
            .differences
            .iter()
            .take(DIFFERENCES)
            .map(difference)
            .collect();
        let table = (!rows.is_empty()).then(|| {
            view! {
                <div class="table-scroll" tabindex="0" role="region" aria-label="Minutes that differ">
                    <table class="compact" data-testid="differences">
                        <thead>
                            <tr>
                                <th scope="col">"Minute (UTC)"</th>
                                <th scope="col">"Difference"</th>
                                <th scope="col" class="number">"Close live"</th>
                                <th scope="col" class="number">"Close batch"</th>
                                <th scope="col" class="number">"Basis points"</th>
                                <th scope="col" class="number">"Volume live"</th>
                                <th scope="col" class="number">"Volume batch"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
        });
        view! {
            <section class="panel" aria-labelledby="live-vs-batch">
                <header class="panel-head">
                    <h2 id="live-vs-batch">"Live against batch"</h2>
                    <p class="panel-note">{rate}", " <a href=more>"by the day"</a></p>
                </header>
                {table}
            </section>
        }
        .into_any()
    })
}

fn difference(found: &DifferenceVm) -> AnyView {
    let cell = |value: Option<f64>, text: fn(f64) -> String| {
        value.map_or_else(|| format::UNKNOWN.to_owned(), text)
    };
    let close = |side: Option<(f64, f64)>| cell(side.map(|side| side.0), format::price);
    let volume = |side: Option<(f64, f64)>| cell(side.map(|side| side.1), label::volume);
    view! {
        <tr>
            <th scope="row" class="num">{format_utc_short(found.opened_at)}</th>
            <td>{found.kind.as_str().replace('_', " ")}</td>
            <td class="number num">{close(found.live)}</td>
            <td class="number num">{close(found.batch)}</td>
            <td class="number num">{cell(found.price_bps, |bps| format::decimal(bps, 1))}</td>
            <td class="number num">{volume(found.live)}</td>
            <td class="number num">{volume(found.batch)}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Difference, ReconcileDayVm};

    #[test]
    fn differences_are_shown_with_the_match_rate_and_nothing_without_a_comparison() {
        assert_eq!(differences(&ReconcileVm::default()), "");
        let vm = ReconcileVm {
            days: vec![ReconcileDayVm {
                instrument: "BTC-USD".to_owned(),
                venue: "a<b".to_owned(),
                day_at: 0,
                compared: 1000,
                matched: 999,
                price: 1,
                volume: 0,
                missing_live: 0,
                missing_batch: 0,
                restated: 0,
            }],
            differences: vec![DifferenceVm {
                instrument: "BTC-USD".to_owned(),
                venue: "a<b".to_owned(),
                opened_at: 60_000,
                kind: Difference::MissingLive,
                live: None,
                batch: Some((91_234.5, 2.0)),
                price_bps: None,
                volume_share: None,
            }],
            total: 1,
        };
        let html = differences(&vm);
        assert!(html.contains("99.90 % of 1,000 minutes agree"), "{html}");
        assert!(html.contains("missing live") && html.contains("91,234.50"));
        assert!(html.contains("venue=a%3Cb") && !html.contains("a<b"));
    }
}
