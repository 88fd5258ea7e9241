//! One price series: trend, falls, volatility, months, volume, hours, records.

use leptos::prelude::*;

use super::{
    chart::{close, drawdown, months, profile, volatility, volume},
    parts::{Cell, Section, columns, heading, nothing, paragraph, simulated, table},
    words::{count, date, rounded, signed, signed_or, units, whole},
};
use crate::{
    format::{UNKNOWN, integer, price as money, volume as amount},
    model::analysis::{LargestVm, PriceVm, Regime},
};

/// Fewer days than this make no statistics.
const FEW_DAYS: usize = 30;

pub(super) fn section(place: usize, price: &PriceVm) -> Section {
    let name = format!("{} at {}", price.instrument, price.venue);
    let body = if price.days.is_empty() {
        nothing("There is no complete day, so there is nothing to show.")
    } else {
        full(price)
    };
    Section {
        id: format!("prices-{}", place + 1),
        title: format!("Prices: {name}"),
        body: view! { {simulated(price.simulated)} {body} }.into_any(),
    }
}

fn full(price: &PriceVm) -> AnyView {
    let few = (price.days.len() < FEW_DAYS).then(|| {
        nothing(format!(
            "Only {}: too few for statistics. What follows describes these days and says nothing of others.",
            count(whole(price.days.len()), "day", "days")
        ))
    });
    view! {
        {paragraph(price.summary.clone())}
        {few}
        {heading("Price and trend")}
        {close::view(price)}
        {trends(price)}
        {heading("Drawdown")}
        {drawdown::view(price)}
        {drawdowns(price)}
        {heading("Volatility")}
        {volatility::view(price)}
        {heading("Returns by month")}
        {months::view(price)}
        {heading("Volume")}
        {volume::view(price)}
        {heading("Hours of the week")}
        {profile::view(price)}
        {heading("Records")}
        {records(price)}
    }
    .into_any()
}

fn trends(price: &PriceVm) -> Option<AnyView> {
    if price
        .regimes
        .iter()
        .all(|share| share.regime == Regime::Unknown || share.days == 0)
    {
        return Some(nothing(
            "Trend: not known. A day has a trend once 200 days lead up to it.",
        ));
    }
    let rows: Vec<Vec<Cell>> = price
        .regimes
        .iter()
        .filter(|regime| regime.days > 0)
        .map(|share| {
            let name = match share.regime {
                Regime::Up => "Up",
                Regime::Mixed => "Mixed",
                Regime::Down => "Down",
                Regime::Unknown => "Unknown: fewer than 200 days before it",
            };
            vec![
                name.into(),
                integer(share.days).into(),
                rounded(share.share).into(),
                signed_or(share.mean_next_return).into(),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| {
        table(
            "Days by trend. The last column describes the past; it is no forecast.",
            columns([
                "Trend",
                "#Days",
                "#Share of days",
                "#Mean return of the day after",
            ]),
            rows,
        )
    })
}

fn drawdowns(price: &PriceVm) -> Option<AnyView> {
    let (_, quote) = units(&price.instrument);
    let falls = &price.records.deepest;
    let mut rows: Vec<Vec<Cell>> = falls
        .iter()
        .enumerate()
        .map(|(place, fall)| fall_row((place + 1).to_string(), fall))
        .collect();
    // the longest is often one of the deepest
    if let Some(longest) = price
        .records
        .longest
        .filter(|longest| !falls.contains(longest))
    {
        rows.push(fall_row("longest".to_owned(), &longest));
    }
    let longest = price.records.longest.map_or_else(String::new, |fall| {
        format!(
            " The longest lasted {}, from {}.",
            count(fall.days, "day", "days"),
            date(fall.peak_at)
        )
    });
    (!rows.is_empty()).then(|| {
        table(
            format!("Deepest drawdowns by daily closes, prices in {quote}.{longest}"),
            columns([
                "No.",
                "#Depth",
                "Peak",
                "#Price",
                "Trough",
                "#Price",
                "Recovered",
                "#Days down",
                "#Days in all",
            ]),
            rows,
        )
    })
}

fn fall_row(name: String, fall: &crate::model::analysis::DrawdownVm) -> Vec<Cell> {
    vec![
        name.into(),
        signed(fall.depth).into(),
        date(fall.peak_at).into(),
        money(fall.peak).into(),
        date(fall.trough_at).into(),
        money(fall.trough).into(),
        fall.recovered_at
            .map_or_else(|| "not yet".to_owned(), date)
            .into(),
        integer(fall.days_down).into(),
        integer(fall.days).into(),
    ]
}

fn records(price: &PriceVm) -> AnyView {
    let (_, quote) = units(&price.instrument);
    let records = &price.records;
    let line = |what: String, day: &LargestVm| -> Vec<Cell> {
        vec![
            what.into(),
            date(day.opened_at).into(),
            format!("{} {quote}", money(day.value)).into(),
        ]
    };
    let prices = table(
        "Highest and lowest daily close",
        columns(["What", "Day (UTC)", "#Price"]),
        vec![
            line("Highest close".to_owned(), &records.highest_close),
            line("Lowest close".to_owned(), &records.lowest_close),
        ],
    );
    let list =
        |caption: &str, head: &'static str, days: &[LargestVm], write: &dyn Fn(f64) -> String| {
            (!days.is_empty()).then(|| {
                let rows = days
                    .iter()
                    .map(|day| vec![date(day.opened_at).into(), write(day.value).into()])
                    .collect();
                table(caption, columns(["Day (UTC)", head]), rows)
            })
        };
    let traded = |value: f64| {
        if value > 0.0 {
            amount(value, &price.instrument)
        } else {
            UNKNOWN.to_owned()
        }
    };
    let busiest: &[LargestVm] = match records.volume_days.first() {
        Some(most) if most.value > 0.0 => &records.volume_days,
        _ => &[],
    };
    view! {
        {prices}
        <div class="columns">
            {list("Largest gains of a day", "#Return", &records.up_days, &signed)}
            {list("Largest losses of a day", "#Return", &records.down_days, &signed)}
            {list("Highest volumes of a day", "#Volume", busiest, &traded)}
        </div>
    }
    .into_any()
}
