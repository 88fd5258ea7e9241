//! Annualised volatility: of the last 20 daily returns, and of each day where prices within the day are known.

use leptos::prelude::AnyView;

use super::{
    super::{
        parts::{figure, key, nothing},
        plot::Plot,
        scale::{Scale, Time, ends, percent_label},
        words::{count, date, median, rounded, whole},
    },
    daily,
};
use crate::model::{
    DAY_MS,
    analysis::{DayVm, PriceVm},
};

const HEIGHT: f64 = 190.0;
/// Days of "lately".
const LATELY: i64 = 365;

pub(in super::super) fn view(price: &PriceVm) -> Option<AnyView> {
    let (first, last) = (price.days.first()?, price.days.last()?);
    let time = Time::new(first.opened_at, last.opened_at + DAY_MS);
    let rolling: Vec<(i64, f64)> = price
        .days
        .iter()
        .filter_map(|day| Some((day.opened_at, day.volatility_20?)))
        .collect();
    let within = price
        .days
        .iter()
        .filter(|day| day.volatility.is_some())
        .count();
    if rolling.is_empty() && within < 2 {
        return Some(nothing(
            "Volatility: too few days. 21 daily closes are needed for the volatility of 20 daily returns.",
        ));
    }
    let title = title(&rolling, last.opened_at, within, &price.days);
    let (_, highest) = ends(
        price
            .days
            .iter()
            .flat_map(|day| [day.volatility, day.volatility_20])
            .flatten(),
    );
    let scale = Scale::linear(0.0, highest.max(0.01) * 1.05, HEIGHT);
    let mut plot = Plot::new(&title, &title, "Volatility, % a year", HEIGHT).across("Day (UTC)");
    plot.rows(&scale.ticks(5, percent_label));
    plot.columns(&time.ticks());
    let mut keys = Vec::new();
    for (class, words, value) in [
        (
            "line faint",
            "Within each day (realised)",
            (|day| day.volatility) as fn(&DayVm) -> Option<f64>,
        ),
        ("line strong", "Of the last 20 daily returns", |day| {
            day.volatility_20
        }),
    ] {
        let pieces = daily(
            price.days.iter().map(|day| (day.opened_at, value(day))),
            time,
            scale,
        );
        if !pieces.is_empty() {
            keys.push(key(class, words));
        }
        for piece in pieces {
            plot.curve(class, &piece);
        }
    }
    let inside = if within > 0 {
        format!(
            ", {} with prices within the day",
            count(whole(within), "day", "days")
        )
    } else {
        String::new()
    };
    let caption = format!(
        "{} with 20 returns before them{inside}. Multiplied by √365, so 100 % means a typical change of about 5.2 % a day.",
        count(whole(rolling.len()), "day", "days")
    );
    Some(figure(title, keys, plot, caption))
}

fn title(rolling: &[(i64, f64)], end: i64, within: usize, days: &[DayVm]) -> String {
    let Some((_, latest)) = rolling.last() else {
        let middle = median(days.iter().filter_map(|day| day.volatility).collect()).unwrap_or(0.0);
        return format!(
            "Volatility within a day: median {} a year over {within} days",
            rounded(middle)
        );
    };
    let all = median(rolling.iter().map(|(_, value)| *value).collect()).unwrap_or(*latest);
    let lately = median(
        rolling
            .iter()
            .filter(|(at, _)| end - at < LATELY * DAY_MS)
            .map(|(_, value)| *value)
            .collect(),
    )
    .unwrap_or(*latest);
    let whole_time = rolling
        .first()
        .is_some_and(|(at, _)| end - at >= LATELY * DAY_MS);
    if whole_time {
        let word = match lately / all {
            ratio if ratio < 0.9 => "calmer than usual",
            ratio if ratio > 1.1 => "wilder than usual",
            _ => "about as usual",
        };
        format!(
            "The last year was {word}: median volatility {} against {} over all days",
            rounded(lately),
            rounded(all)
        )
    } else {
        format!(
            "Volatility on {}: {} a year, median of all days {}",
            date(end),
            rounded(*latest),
            rounded(all)
        )
    }
}
