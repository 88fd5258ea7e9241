//! Daily close with its means of 50 and 200 days, over the trend of each day.

use leptos::prelude::AnyView;

use super::{
    super::{
        parts::{figure, key},
        plot::Plot,
        scale::{Scale, Time, price_label},
        words::{count, date, units, went, whole},
    },
    daily,
};
use crate::{
    format,
    model::{
        DAY_MS,
        analysis::{DayVm, PriceVm, Regime},
    },
};

const HEIGHT: f64 = 300.0;
/// The lane below the price that repeats the trend for eyes and printers that miss the shading.
const LANE: f64 = 10.0;

pub(in super::super) fn view(price: &PriceVm) -> Option<AnyView> {
    let (first, last) = (price.days.first()?, price.days.last()?);
    let (_, quote) = units(&price.instrument);
    let time = Time::new(first.opened_at, last.opened_at + DAY_MS);
    let scale = Scale::around(
        price
            .days
            .iter()
            .flat_map(|day| [Some(day.close), day.sma_50, day.sma_200])
            .flatten(),
        HEIGHT - LANE - 6.0,
    );
    let title = format!(
        "{} went from {} to {} {quote} ({}) between {} and {}",
        price.instrument,
        format::price(first.close),
        format::price(last.close),
        went(first.close, last.close),
        date(first.opened_at),
        date(last.opened_at)
    );
    let unit = format!(
        "Close, {quote}{}",
        if scale.log { ", logarithmic scale" } else { "" }
    );
    let description = format!(
        "{}. Highest close {} {quote} on {}, lowest {} {quote} on {}.",
        price.summary.trim_end_matches('.'),
        format::price(price.records.highest_close.value),
        date(price.records.highest_close.opened_at),
        format::price(price.records.lowest_close.value),
        date(price.records.lowest_close.opened_at),
    );
    let mut plot = Plot::new(&title, &description, &unit, HEIGHT).across("Day (UTC)");
    shade(&mut plot, &price.days, time);
    plot.rows(&scale.ticks(6, price_label));
    plot.columns(&time.ticks());
    let line = |value: fn(&DayVm) -> Option<f64>| {
        daily(
            price.days.iter().map(|day| (day.opened_at, value(day))),
            time,
            scale,
        )
    };
    for (class, value) in [
        (
            "line sma50",
            (|day| day.sma_50) as fn(&DayVm) -> Option<f64>,
        ),
        ("line sma200", |day| day.sma_200),
        ("line close", |day| Some(day.close)),
    ] {
        for piece in line(value) {
            plot.curve(class, &piece);
        }
    }
    for record in [price.records.highest_close, price.records.lowest_close] {
        if (first.opened_at..=last.opened_at).contains(&record.opened_at) {
            plot.dot(
                "dot",
                (time.at(record.opened_at), scale.at(record.value)),
                3.5,
            );
        }
    }
    let mut keys = vec![key("line close", "Close of the day")];
    for (class, words, there) in [
        (
            "line sma50",
            "Mean of 50 days",
            price.days.iter().any(|day| day.sma_50.is_some()),
        ),
        (
            "line sma200",
            "Mean of 200 days",
            price.days.iter().any(|day| day.sma_200.is_some()),
        ),
        ("trend up", "Trend up", has(&price.days, Regime::Up)),
        ("trend down", "Trend down", has(&price.days, Regime::Down)),
        (
            "trend mixed",
            "Trend mixed",
            has(&price.days, Regime::Mixed),
        ),
    ] {
        if there {
            keys.push(key(class, words));
        }
    }
    let lane = if has(&price.days, Regime::Up)
        || has(&price.days, Regime::Down)
        || has(&price.days, Regime::Mixed)
    {
        " The lane below repeats the trend of each day: up or down if the close and the 50-day mean both lie above or below \
         the 200-day mean, else mixed."
    } else {
        ""
    };
    let caption = format!(
        "{}. Dots mark the highest and the lowest close.{lane}",
        count(whole(price.days.len()), "daily close", "daily closes")
    );
    Some(figure(title, keys, plot, caption))
}

fn has(days: &[DayVm], regime: Regime) -> bool {
    days.iter().any(|day| day.regime == regime)
}

fn shade(plot: &mut Plot, days: &[DayVm], time: Time) {
    for run in
        days.chunk_by(|a, b| a.regime == b.regime && b.opened_at - a.opened_at <= super::HOLE_MS)
    {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let class = match first.regime {
            Regime::Up => "trend up",
            Regime::Down => "trend down",
            Regime::Mixed => "trend mixed",
            Regime::Unknown => continue,
        };
        let from = time.at(first.opened_at);
        let width = time.at(last.opened_at + DAY_MS) - from;
        if first.regime != Regime::Mixed {
            let class = if first.regime == Regime::Up {
                "shade up"
            } else {
                "shade down"
            };
            plot.rect(class, [from, 0.0, width, HEIGHT - LANE]);
        }
        plot.rect(class, [from, HEIGHT - LANE, width, LANE]);
    }
}
