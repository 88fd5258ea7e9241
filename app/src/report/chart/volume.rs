//! Traded amount, in days or weeks.

use leptos::prelude::AnyView;

use super::super::{
    parts::{figure, nothing},
    plot::Plot,
    scale::{Scale, Time, ends},
    words::{count, date, units, whole},
};
use crate::{
    format,
    model::{DAY_MS, WEEK_MS, analysis::PriceVm, bucket_start},
};

const HEIGHT: f64 = 150.0;
/// More days than this are summed up to weeks: a bar must stay visible.
const BY_DAY: usize = 400;

pub(in super::super) fn view(price: &PriceVm) -> Option<AnyView> {
    let (first, last) = (price.days.first()?, price.days.last()?);
    let (base, _) = units(&price.instrument);
    let (_, most) = ends(price.days.iter().map(|day| day.volume));
    if most.is_nan() || most <= 0.0 {
        return Some(nothing("Volume: the data say nothing of it."));
    }
    let weekly = price.days.len() > BY_DAY;
    let step = if weekly { WEEK_MS } else { DAY_MS };
    let sums: Vec<(i64, f64)> = price
        .days
        .chunk_by(|a, b| bucket_start(a.opened_at, step) == bucket_start(b.opened_at, step))
        .filter_map(|group| {
            let first = group.first()?;
            // the mean of the days, so that a week with missing days does not look calm
            Some((
                bucket_start(first.opened_at, step),
                group.iter().map(|day| day.volume).sum::<f64>() / group.len() as f64,
            ))
        })
        .collect();
    let time = Time::new(bucket_start(first.opened_at, step), last.opened_at + DAY_MS);
    let (_, highest) = ends(sums.iter().map(|(_, volume)| *volume));
    let scale = Scale::linear(0.0, highest * 1.05, HEIGHT);
    let title = match price.records.volume_days.first() {
        Some(most) => format!(
            "Most was traded on {}: {}",
            date(most.opened_at),
            format::volume(most.value, &price.instrument)
        ),
        None => "Volume".to_owned(),
    };
    let unit = format!(
        "{base} a day{}",
        if weekly { ", mean of each week" } else { "" }
    );
    let mut plot = Plot::new(&title, &title, &unit, HEIGHT).across("Day (UTC)");
    plot.rows(&scale.ticks(4, |value, _| amount(value)));
    plot.columns(&time.ticks());
    let width = time.length(step) * 0.85;
    plot.bars(
        "bar",
        sums.iter()
            .map(|(at, volume)| [time.at(*at), width, HEIGHT, scale.at(*volume)]),
    );
    let caption = format!(
        "{}{}.",
        count(whole(price.days.len()), "day", "days"),
        if weekly {
            ", each bar the mean of the days of a week"
        } else {
            ", a bar for each"
        }
    );
    Some(figure(title, Vec::new(), plot, caption))
}

/// Marks are round: `25 k` rather than `25.00 k`.
fn amount(value: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, " G"), (1e6, " M"), (1e3, " k")];
    UNITS
        .into_iter()
        .find(|(size, _)| value >= *size)
        .map_or_else(
            || format::plain(value),
            |(size, unit)| format!("{}{unit}", format::plain(value / size)),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_short() {
        let marks = [0.0, 0.5, 500.0, 20_000.0, 2_500_000.0].map(amount);
        assert_eq!(marks, ["0", "0.5", "500", "20 k", "2.5 M"]);
    }
}
