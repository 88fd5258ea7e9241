//! How far each close lies under the highest close before it.

use leptos::prelude::AnyView;

use super::{
    super::{
        parts::{figure, key},
        plot::Plot,
        scale::{Scale, Time, ends, percent_label},
        words::{count, date, signed, whole},
    },
    daily,
};
use crate::model::{DAY_MS, analysis::PriceVm};

const HEIGHT: f64 = 170.0;
/// Drawdowns that carry their number of the table.
const MARKED: usize = 3;

pub(in super::super) fn view(price: &PriceVm) -> Option<AnyView> {
    let (first, last) = (price.days.first()?, price.days.last()?);
    let time = Time::new(first.opened_at, last.opened_at + DAY_MS);
    let (deepest, _) = ends(price.days.iter().map(|day| day.drawdown));
    let scale = Scale::linear(deepest.min(-0.01) * 1.12, 0.0, HEIGHT);
    let title = match price.records.deepest.first() {
        Some(fall) => format!(
            "The deepest fall was {}: from {} to {}, {}",
            signed(fall.depth),
            date(fall.peak_at),
            date(fall.trough_at),
            match fall.recovered_at {
                Some(at) => format!("recovered on {}", date(at)),
                None => format!("not recovered by {}", date(last.opened_at)),
            }
        ),
        None => "No close lies under an earlier one".to_owned(),
    };
    let description = format!(
        "{title}. On the last day, {}, the close is {} from the highest close so far.",
        date(last.opened_at),
        signed(last.drawdown)
    );
    let mut plot = Plot::new(
        &title,
        &description,
        "Close against the highest close before it, %",
        HEIGHT,
    )
    .across("Day (UTC)");
    plot.rows(&scale.ticks(5, percent_label));
    plot.columns(&time.ticks());
    for piece in daily(
        price
            .days
            .iter()
            .map(|day| (day.opened_at, Some(day.drawdown))),
        time,
        scale,
    ) {
        if let (Some(start), Some(end)) = (piece.first(), piece.last()) {
            plot.area("fill down", &piece, &[(start.0, 0.0), (end.0, 0.0)]);
        }
        plot.curve("line down", &piece);
    }
    for (place, fall) in price.records.deepest.iter().take(MARKED).enumerate() {
        if fall.trough_at >= first.opened_at {
            let (x, y) = (time.at(fall.trough_at), scale.at(fall.depth));
            plot.dot("dot", (x, y), 3.5);
            plot.label(
                "value",
                (x, (y + 15.0).min(HEIGHT - 2.0)),
                &(place + 1).to_string(),
            );
        }
    }
    let caption = format!(
        "{}. Numbers refer to the table of drawdowns.",
        count(whole(price.days.len()), "daily close", "daily closes")
    );
    Some(figure(
        title,
        vec![key("fill down", "Drawdown")],
        plot,
        caption,
    ))
}
