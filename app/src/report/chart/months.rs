//! Returns of months as a table: a row for each year, coloured by size.

use leptos::prelude::*;

use super::super::{
    parts::figure_of,
    words::{count, date, month, signed, whole},
};
use crate::{
    format::decimal,
    model::analysis::{PeriodVm, PriceVm},
};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

pub(in super::super) fn view(price: &PriceVm) -> Option<AnyView> {
    if price.months.is_empty() {
        return None;
    }
    let best = price
        .months
        .iter()
        .max_by(|a, b| a.return_1.total_cmp(&b.return_1))?;
    let worst = price
        .months
        .iter()
        .min_by(|a, b| a.return_1.total_cmp(&b.return_1))?;
    let up = price
        .months
        .iter()
        .filter(|month| month.return_1 > 0.0)
        .count();
    let title = if price.months.len() == 1 {
        format!(
            "In {} the price changed by {}",
            month(best.opened_at),
            signed(best.return_1)
        )
    } else {
        format!(
            "{up} of {} months closed higher; best {} ({}), worst {} ({})",
            price.months.len(),
            signed(best.return_1),
            month(best.opened_at),
            signed(worst.return_1),
            month(worst.opened_at)
        )
    };
    let caption = format!(
        "Change from the close before the month to its last close, %; {}. Darker means larger, signs tell gains from losses. \
         The last column is the whole year; years and months at the ends may be incomplete.",
        count(whole(price.months.len()), "month", "months")
    );
    Some(figure_of(
        title.clone(),
        Vec::new(),
        grid(&price.months, title),
        caption,
    ))
}

fn grid(months: &[PeriodVm], label: String) -> AnyView {
    let rows: Vec<_> = years(months)
        .into_iter()
        .map(|(year, cells)| {
            let whole = compound(cells.iter().flatten().map(|month| month.return_1));
            let cells: Vec<_> = cells.iter().map(|month| cell(month.map(|month| month.return_1), "")).collect();
            view! { <tr><th scope="row" class="number">{year}</th>{cells}{cell(Some(whole), "total ")}</tr> }
        })
        .collect();
    let heads: Vec<_> = MONTHS
        .into_iter()
        .map(|name| view! { <th scope="col" class="number">{name}</th> })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table class="heat">
                <thead><tr><th scope="col" class="number">"%"</th>{heads}<th scope="col" class="number">"Year"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cell(value: Option<f64>, class: &str) -> AnyView {
    match value {
        None => view! { <td></td> }.into_any(),
        Some(value) => {
            let class = format!("{class}number {}", tint(value));
            view! { <td class=class>{short(value)}</td> }.into_any()
        }
    }
}

/// `+12.3`, without decimals from 100 on.
fn short(value: f64) -> String {
    let percent = value * 100.0;
    let text = decimal(percent, usize::from(percent.abs() < 99.95));
    if percent >= 0.05 {
        format!("+{text}")
    } else {
        text
    }
}

/// Class of a colour: steps at 0.5, 5, 10, 20 and 40 %.
fn tint(value: f64) -> String {
    let size = match value.abs() {
        size if size < 0.005 => return "even".to_owned(),
        size if size < 0.05 => 1,
        size if size < 0.10 => 2,
        size if size < 0.20 => 3,
        size if size < 0.40 => 4,
        _ => 5,
    };
    format!("{}{size}", if value > 0.0 { "gain" } else { "loss" })
}

/// Return of several months together.
pub(in super::super) fn compound(returns: impl Iterator<Item = f64>) -> f64 {
    returns.fold(1.0, |so_far, value| so_far * (1.0 + value)) - 1.0
}

type Year<'a> = (String, [Option<&'a PeriodVm>; 12]);

/// Years, newest first, with the twelve months of each.
fn years(months: &[PeriodVm]) -> Vec<Year<'_>> {
    let mut years: Vec<Year<'_>> = Vec::new();
    for period in months {
        let text = date(period.opened_at);
        let (year, place) = (
            text.get(..4).unwrap_or(""),
            text.get(5..7).and_then(|month| month.parse::<usize>().ok()),
        );
        let Some(place) = place
            .and_then(|place| place.checked_sub(1))
            .filter(|place| *place < 12)
        else {
            continue;
        };
        if years.last().is_none_or(|(last, _)| last != year) {
            years.push((year.to_owned(), [None; 12]));
        }
        if let Some((_, cells)) = years.last_mut() {
            cells[place] = Some(period);
        }
    }
    years.reverse();
    years
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::period;

    #[test]
    fn months_stand_in_their_year_and_column() {
        // 2020-02, 2021-12, 2022-01
        let months = [
            period(1_580_515_200_000, 0.1),
            period(1_638_316_800_000, -0.2),
            period(1_640_995_200_000, 0.0),
        ];
        let years = years(&months);
        let names: Vec<&str> = years.iter().map(|(year, _)| year.as_str()).collect();
        assert_eq!(names, ["2022", "2021", "2020"]);
        assert_eq!(years[1].1[11], Some(&months[1]));
        assert_eq!(years[2].1.iter().flatten().count(), 1);
    }

    #[test]
    fn cells_have_sign_and_colour() {
        assert_eq!(
            (short(0.1234).as_str(), tint(0.1234).as_str()),
            ("+12.3", "gain3")
        );
        assert_eq!(
            (short(-0.5).as_str(), tint(-0.5).as_str()),
            ("−50.0", "loss5")
        );
        assert_eq!(
            (short(12.0).as_str(), tint(0.0001).as_str()),
            ("+1,200", "even")
        );
        assert!((compound([0.5, -0.5].into_iter()) + 0.25).abs() < 1e-12);
    }
}
