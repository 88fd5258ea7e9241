//! How many of the candles that should be there are there, month by month.

use leptos::prelude::AnyView;

use super::super::{
    parts::{figure, key},
    plot::Plot,
    scale::{Tick, Time},
    words::{count, date, month, whole},
};
use crate::{
    format::percent,
    model::{
        DAY_MS,
        analysis::{PeriodVm, PriceVm},
    },
};

const HEIGHT: f64 = 34.0;
/// What is missing is drawn at least this high, or nobody would see it.
const LEAST: f64 = 2.5;

pub(in super::super) fn view(price: &PriceVm) -> Option<AnyView> {
    let (first, last) = (price.months.first()?, price.months.last()?);
    let time = Time::new(first.opened_at, next_month(last));
    let missing: Vec<&PeriodVm> = price
        .months
        .iter()
        .filter(|month| month.completeness < 1.0)
        .collect();
    let worst = missing
        .iter()
        .min_by(|a, b| a.completeness.total_cmp(&b.completeness));
    let series = format!("{} at {}", price.instrument, price.venue);
    let title = match worst {
        None => format!(
            "{series}: no candle is missing in {}",
            count(whole(price.months.len()), "month", "months")
        ),
        Some(worst) => format!(
            "{series}: {} of {} months lack candles, worst {} with {}",
            missing.len(),
            price.months.len(),
            month(worst.opened_at),
            percent(worst.completeness)
        ),
    };
    let mut plot = Plot::new(
        &title,
        &describe(&missing),
        "Share of candles that are there",
        HEIGHT,
    );
    plot.rows(&[
        Tick {
            at: 0.0,
            label: "100 %".to_owned(),
            bold: false,
        },
        Tick {
            at: HEIGHT,
            label: "0 %".to_owned(),
            bold: false,
        },
    ]);
    for period in &price.months {
        let from = time.at(period.opened_at);
        let width = (time.at(next_month(period)) - from - 0.8).max(0.8);
        let lacks = ((1.0 - period.completeness) * HEIGHT).clamp(0.0, HEIGHT);
        let lacks = if period.completeness < 1.0 {
            lacks.max(LEAST)
        } else {
            0.0
        };
        plot.rect("there", [from, lacks, width, HEIGHT - lacks]);
        if lacks > 0.0 {
            plot.rect("lacks", [from, 0.0, width, lacks]);
        }
    }
    for tick in time.ticks() {
        plot.column_name(tick.at, &tick.label, tick.bold);
    }
    let gaps = if missing.is_empty() {
        ""
    } else {
        " Small gaps are drawn larger than they are, so that they are seen."
    };
    let caption = format!(
        "{} from {} to {}, between the first and the last candle.{gaps}",
        count(whole(price.months.len()), "month", "months"),
        month(first.opened_at),
        month(last.opened_at)
    );
    let keys = vec![key("there", "There"), key("lacks", "Missing")];
    Some(figure(title, keys, plot, caption))
}

fn describe(missing: &[&PeriodVm]) -> String {
    if missing.is_empty() {
        return "No candle is missing.".to_owned();
    }
    let mut months: Vec<String> = missing
        .iter()
        .take(24)
        .map(|period| {
            format!(
                "{} {}",
                month(period.opened_at),
                percent(period.completeness)
            )
        })
        .collect();
    if missing.len() > 24 {
        months.push(format!("and {} more", missing.len() - 24));
    }
    format!("Incomplete months: {}.", months.join(", "))
}

/// First day of the month after.
pub(in super::super) fn next_month(period: &PeriodVm) -> i64 {
    // no month has more than 31 days, and 31 days after the first is in the next month
    let later = period.opened_at + 31 * DAY_MS;
    let day: i64 = date(later)
        .get(8..10)
        .and_then(|day| day.parse().ok())
        .unwrap_or(1);
    later - (day - 1) * DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::period;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        // 2020-02-01, 2021-12-01
        assert_eq!(
            next_month(&period(1_580_515_200_000, 0.0)),
            1_583_020_800_000
        );
        assert_eq!(
            next_month(&period(1_638_316_800_000, 0.0)),
            1_640_995_200_000
        );
    }
}
