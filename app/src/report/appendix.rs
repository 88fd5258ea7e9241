//! The numbers behind the charts: years and months of every series.

use leptos::prelude::*;

use super::{
    chart::{completeness::next_month, months::compound},
    parts::{Cell, Section, columns, heading, simulated, table},
    scale::ends,
    words::{month, rounded_or, signed, units, year},
};
use crate::{
    chart::label,
    format::{UNKNOWN, integer, percent, price as money},
    model::analysis::{AnalysisVm, DayVm, PeriodVm, PriceVm},
};

pub(super) fn section(vm: &AnalysisVm) -> Option<Section> {
    let each: Vec<_> = vm
        .prices
        .iter()
        .filter(|price| !price.months.is_empty())
        .map(series)
        .collect();
    (!each.is_empty()).then(|| Section {
        id: "numbers".to_owned(),
        title: "The numbers by year and month".to_owned(),
        body: each.into_any(),
    })
}

fn series(price: &PriceVm) -> AnyView {
    let (base, quote) = units(&price.instrument);
    let name = format!("{} at {}", price.instrument, price.venue);
    let heads = |first: &str| {
        let mut heads = columns([
            "",
            "#Days",
            "#Open",
            "#High",
            "#Low",
            "#Close",
            "#Return",
            "#Volatility a year",
            "#Deepest fall",
            "#Volume",
            "#Complete",
        ]);
        first.clone_into(&mut heads[0].head);
        heads
    };
    let words = format!("{name}: prices in {quote}, volume in {base}");
    let months = price
        .months
        .iter()
        .rev()
        .map(|month_| row(month(month_.opened_at), &Numbers::of(month_)))
        .collect();
    view! {
        {heading(name)}
        {simulated(price.simulated)}
        {table(format!("Years, newest first. {words}. The first and the last year may be incomplete."), heads("Year"), years(price))}
        {table(format!("Months, newest first. {words}."), heads("Month"), months)}
    }
    .into_any()
}

/// A line of the tables.
struct Numbers {
    days: i64,
    /// Open, high, low, close.
    prices: [f64; 4],
    return_1: f64,
    volatility: Option<f64>,
    fall: f64,
    volume: f64,
    completeness: Option<f64>,
}

impl Numbers {
    const fn of(period: &PeriodVm) -> Self {
        Self {
            days: period.days,
            prices: [period.open, period.high, period.low, period.close],
            return_1: period.return_1,
            volatility: period.volatility,
            fall: period.max_drawdown,
            volume: period.volume,
            completeness: Some(period.completeness),
        }
    }
}

fn row(name: String, numbers: &Numbers) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![name.into(), integer(numbers.days).into()];
    row.extend(numbers.prices.map(|value| Cell::from(money(value))));
    row.extend(
        [
            signed(numbers.return_1),
            rounded_or(numbers.volatility),
            signed(numbers.fall),
            if numbers.volume > 0.0 {
                label::volume(numbers.volume)
            } else {
                UNKNOWN.to_owned()
            },
            numbers
                .completeness
                .map_or_else(|| UNKNOWN.to_owned(), percent),
        ]
        .map(Cell::from),
    );
    row
}

/// Years, newest first, from months and days.
fn years(price: &PriceVm) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = price
        .months
        .chunk_by(|a, b| year(a.opened_at) == year(b.opened_at))
        .filter_map(|months| {
            let name = year(months.first()?.opened_at);
            Some(row(name, &of_year(months, days_of(&price.days, months))?))
        })
        .collect();
    rows.reverse();
    rows
}

/// The days from the first to the last month of a year, and the one before them; both are in the order of time.
fn days_of<'a>(days: &'a [DayVm], months: &[PeriodVm]) -> &'a [DayVm] {
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return &[];
    };
    let from = days.partition_point(|day| day.opened_at < first.opened_at);
    let to = days.partition_point(|day| day.opened_at < next_month(last));
    days.get(from.saturating_sub(1)..to).unwrap_or_default()
}

fn of_year(months: &[PeriodVm], days: &[DayVm]) -> Option<Numbers> {
    let (first, last) = (months.first()?, months.last()?);
    let (low, _) = ends(months.iter().map(|month| month.low));
    let (_, high) = ends(months.iter().map(|month| month.high));
    // the variance of a month counts as often as it has days
    let (mut variance, mut weight) = (0.0, 0.0);
    for month in months {
        if let Some(volatility) = month.volatility {
            variance += volatility * volatility * month.days as f64;
            weight += month.days as f64;
        }
    }
    let mut peak = f64::NEG_INFINITY;
    let fall = days.iter().fold(0.0_f64, |fall, day| {
        peak = peak.max(day.close);
        fall.min(day.close / peak - 1.0)
    });
    let all: f64 = months.iter().map(|month| month.days as f64).sum();
    let complete: f64 = months
        .iter()
        .map(|month| month.completeness * month.days as f64)
        .sum();
    Some(Numbers {
        days: months.iter().map(|month| month.days).sum(),
        prices: [first.open, high, low, last.close],
        return_1: compound(months.iter().map(|month| month.return_1)),
        volatility: (weight > 0.0).then(|| (variance / weight).sqrt()),
        fall,
        volume: months.iter().map(|month| month.volume).sum(),
        completeness: (all > 0.0).then(|| complete / all),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{day, period};

    #[test]
    fn a_year_is_made_of_its_months_and_the_close_before() {
        let jan_2021 = 1_609_459_200_000;
        let months = [
            period(jan_2021, 0.5),
            period(jan_2021 + 31 * 86_400_000, -0.5),
        ];
        let days = [
            day(jan_2021 - 86_400_000, 200.0),
            day(jan_2021, 100.0),
            day(jan_2021 + 86_400_000, 150.0),
        ];
        let of = days_of(&days, &months);
        assert_eq!(of.len(), 3);
        let numbers = of_year(&months, of).expect("a year");
        assert!((numbers.return_1 + 0.25).abs() < 1e-12);
        assert!((numbers.fall + 0.5).abs() < 1e-12);
        assert_eq!(numbers.days, 60);
        assert!(days_of(&days, &[]).is_empty());
    }
}
