//! Live against batch: how many minutes agree by day and venue, and the minutes that differ.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;

use super::{
    parts::head,
    tabs::{Tab, document},
};
use crate::{
    components::status::{Level, Shape},
    format,
    links::{self, encode},
    model::{Difference, DifferenceVm, ReconcileDayVm, ReconcileVm, format_utc_short},
    plain::{parts::when, shell::Frame},
};

/// Below this share of equal minutes a day is worth a look, and below the other one it is wrong: the limits of
/// `rec.live_vs_batch` as shipped.
const WARN: f64 = 0.999;
const ERROR: f64 = 0.99;
/// Days shown.
const DAYS: usize = 31;

/// Which differences are shown, as in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `BTC-USD`; empty for all.
    pub instrument: String,
    /// `kraken`; empty for all.
    pub venue: String,
    /// Only those of this kind.
    pub kind: Option<Difference>,
}

impl Asked {
    fn query(&self) -> String {
        let parts = [
            ("instrument", self.instrument.as_str()),
            ("venue", &self.venue),
            ("kind", self.kind.map_or("", Difference::as_str)),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!("?{}", parts.join("&"))
        }
    }

    fn href(&self) -> String {
        format!("/quality/reconciliation{}#differences", self.query())
    }
}

/// The page.
#[must_use]
pub fn reconciliation(frame: Frame, vm: ReconcileVm, asked: Asked) -> String {
    document(frame, Tab::Reconciliation, "Reconciliation", move || {
        let note = format!("{} in all", format::integer(vm.total)).into_any();
        view! {
            <h1 class="sr-only">"Reconciliation"</h1>
            <section class="panel" aria-labelledby="days">
                {head("Live against batch", "days", "share of minutes that agree, by day and venue".into_any())}
                {days(&vm.days)}
            </section>
            <section class="panel" aria-labelledby="differences">
                {head("Minutes that differ", "differences", note)}
                {filters(&vm, &asked)}
                {differences(&vm.differences, &asked)}
            </section>
        }
        .into_any()
    })
}

/// The differences of that kind as CSV, times in UTC.
#[must_use]
pub fn csv(vm: &ReconcileVm, kind: Option<Difference>) -> String {
    let mut text = "instrument,venue,minute,difference,live_close,live_volume,batch_close,batch_volume,price_bps,volume_share\n".to_owned();
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for one in vm
        .differences
        .iter()
        .filter(|one| kind.is_none_or(|kind| one.kind == kind))
    {
        let cells = [
            quoted(&one.instrument),
            quoted(&one.venue),
            format_utc_short(one.opened_at),
            one.kind.to_string(),
            number(one.live.map(|(close, _)| close)),
            number(one.live.map(|(_, volume)| volume)),
            number(one.batch.map(|(close, _)| close)),
            number(one.batch.map(|(_, volume)| volume)),
            number(one.price_bps),
            number(one.volume_share),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A name as a cell: in quotation marks where it would be read as more than one, or as a formula.
fn quoted(name: &str) -> String {
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte))
        && !name.starts_with('-');
    if is_plain {
        name.to_owned()
    } else {
        format!("\"'{}\"", name.replace('"', "\"\""))
    }
}

fn days(days: &[ReconcileDayVm]) -> AnyView {
    if days.is_empty() {
        return view! {
            <p class="empty">
                "No minute is in both pipelines yet. Backfill some: assay backfill --venue V --from T --to T"
            </p>
        }
        .into_any();
    }
    let columns: BTreeSet<(&str, &str)> = days
        .iter()
        .map(|day| (day.instrument.as_str(), day.venue.as_str()))
        .collect();
    let mut by_day: BTreeMap<i64, BTreeMap<(&str, &str), &ReconcileDayVm>> = BTreeMap::new();
    for day in days {
        by_day
            .entry(day.day_at)
            .or_default()
            .insert((&day.instrument, &day.venue), day);
    }
    let heads: Vec<AnyView> = columns
        .iter()
        .map(|(instrument, venue)| {
            view! { <th scope="col" class="number">{(*venue).to_owned()}<p class="cell-note">{(*instrument).to_owned()}</p></th> }
                .into_any()
        })
        .collect();
    let rows: Vec<AnyView> = by_day
        .iter()
        .rev()
        .take(DAYS)
        .map(|(day_at, cells)| {
            let cells: Vec<AnyView> = columns.iter().map(|key| cell(cells.get(key).copied())).collect();
            let day = format_utc_short(*day_at);
            let day = day.split(' ').next().unwrap_or_default().to_owned();
            view! { <tr data-testid="reconcile-day"><th scope="row" class="num nowrap">{day}</th>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Live against batch, by day and venue">
            <table class="reconcile">
                <thead><tr><th scope="col">"Day, UTC"</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Level and word of a match rate.
fn level(rate: f64) -> (Level, &'static str) {
    match rate {
        rate if rate < ERROR => (Level::Crit, "error"),
        rate if rate < WARN => (Level::Warn, "warning"),
        _ => (Level::Ok, "agrees"),
    }
}

fn cell(day: Option<&ReconcileDayVm>) -> AnyView {
    let Some(day) = day.filter(|day| day.compared > 0) else {
        return view! { <td class="number"><span class="cell-note">"not compared"</span></td> }
            .into_any();
    };
    let rate = day.matched as f64 / day.compared as f64;
    let (level, word) = level(rate);
    let parts = [
        (day.price, "price"),
        (day.volume, "volume"),
        (day.missing_live, "not live"),
        (day.missing_batch, "not in batch"),
        (day.restated, "restated"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", format::integer(count)))
        .collect();
    view! {
        <td class=format!("number level-{}", level.as_str()) data-testid="reconcile-cell" data-venue=day.venue.clone()>
            <Shape level/>" "<span class="num">{format::percent(rate)}</span><span class="sr-only">", "{word}</span>
            <p class="cell-note num">{format!("of {}", format::integer(day.compared))}</p>
            {(!parts.is_empty()).then(|| view! { <p class="cell-note">{parts.join(", ")}</p> })}
        </td>
    }
    .into_any()
}

/// The words of a kind.
fn kind_word(kind: Difference) -> &'static str {
    match kind {
        Difference::Price => "price",
        Difference::Volume => "volume",
        Difference::MissingLive => "missing in live",
        Difference::MissingBatch => "missing in batch",
        Difference::Restated => "restated",
    }
}

fn filters(vm: &ReconcileVm, asked: &Asked) -> AnyView {
    let link = |name: String, to: Asked| {
        let is_current = (to == *asked).then_some("true");
        view! { <a class="filter" href=to.href() aria-current=is_current>{name}</a> }.into_any()
    };
    let mut venues: Vec<String> = vm.days.iter().map(|day| day.venue.clone()).collect();
    // the one asked for is shown even where it has no day
    venues.push(asked.venue.clone());
    venues.sort();
    venues.dedup();
    venues.retain(|venue| !venue.is_empty());
    let mut of_venues = vec![link(
        "all".to_owned(),
        Asked {
            venue: String::new(),
            ..asked.clone()
        },
    )];
    of_venues.extend(venues.into_iter().map(|venue| {
        link(
            venue.clone(),
            Asked {
                venue,
                ..asked.clone()
            },
        )
    }));
    let kinds = [
        Difference::Price,
        Difference::Volume,
        Difference::MissingLive,
        Difference::MissingBatch,
        Difference::Restated,
    ];
    let mut of_kinds = vec![link(
        "all".to_owned(),
        Asked {
            kind: None,
            ..asked.clone()
        },
    )];
    of_kinds.extend(kinds.into_iter().map(|kind| {
        link(
            kind_word(kind).to_owned(),
            Asked {
                kind: Some(kind),
                ..asked.clone()
            },
        )
    }));
    let export = format!("/quality/differences.csv{}", asked.query());
    view! {
        <nav class="filters" aria-label="Filter of the differences">
            <span class="filter-name">"Venue"</span> {of_venues}
            <span class="filter-name">"Kind"</span> {of_kinds}
            <a class="button" href=export download="differences.csv">"Export as CSV"</a>
        </nav>
    }
    .into_any()
}

fn differences(all: &[DifferenceVm], asked: &Asked) -> AnyView {
    let shown: Vec<&DifferenceVm> = all
        .iter()
        .filter(|one| asked.kind.is_none_or(|kind| one.kind == kind))
        .collect();
    if shown.is_empty() {
        return view! { <p class="empty empty-good">"No minute differs in this view."</p> }
            .into_any();
    }
    let rows: Vec<AnyView> = shown.into_iter().map(row).collect();
    view! {
        <div class="table-scroll history" tabindex="0" role="region" aria-label="Minutes that differ">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Difference"</th>
                        <th scope="col">"Minute, UTC"</th>
                        <th scope="col">"Series"</th>
                        <th scope="col" class="number">"Live close, volume"</th>
                        <th scope="col" class="number">"Batch close, volume"</th>
                        <th scope="col" class="number">"Price apart"</th>
                        <th scope="col" class="number">"Volume apart"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(one: &DifferenceVm) -> AnyView {
    let side = |side: Option<(f64, f64)>| {
        side.map_or_else(
            || format::UNKNOWN.to_owned(),
            |(close, volume)| format!("{}, {}", format::price(close), format::decimal(volume, 4)),
        )
    };
    let chart = format!(
        "{}&at={}",
        links::market(&one.instrument, &one.venue, "1m"),
        one.opened_at
    );
    view! {
        <tr data-testid="difference" data-kind=one.kind.as_str() data-venue=one.venue.clone()>
            <td class="fold-head">{kind_word(one.kind)}</td>
            <td data-label="Minute, UTC"><a href=chart title="Show on chart">{when(Some(one.opened_at))}</a></td>
            <td data-label="Series">{one.instrument.clone()}" "{one.venue.clone()}</td>
            <td class="number num" data-label="Live">{side(one.live)}</td>
            <td class="number num" data-label="Batch">{side(one.batch)}</td>
            <td class="number num" data-label="Price apart">{one.price_bps.map_or_else(|| format::UNKNOWN.to_owned(), format::bps)}</td>
            <td class="number num" data-label="Volume apart">
                {one.volume_share.map_or_else(|| format::UNKNOWN.to_owned(), |share| format!("{} %", format::decimal(share * 100.0, 2)))}
            </td>
        </tr>
    }
    .into_any()
}
