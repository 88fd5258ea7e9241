//! Small pictures of a file: completeness by month, and shapes of distributions. SVG that stretches to its place; texts
//! stand beside it, where they are not stretched.

use leptos::prelude::*;

use super::parts::value;
use crate::{
    format,
    model::{
        analysis::MonthVm,
        batch::{HistogramVm, OverlayVm},
    },
};

/// Height of a picture in its own units.
const HEIGHT: f64 = 100.0;
/// Width of a month in its own units.
const MONTH: usize = 10;
/// Fewer months than this leave room at the right, or each would be as wide as a hand.
const MIN_MONTHS: usize = 36;
/// A month that has less of its rows is marked.
const COMPLETE: f64 = 0.9;

/// One bar a month: how much of what should be there is there; rows where that is not known.
pub fn months(months: &[MonthVm]) -> AnyView {
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return ().into_any();
    };
    let most = months.iter().map(|month| month.rows).max().unwrap_or(0);
    let bars: Vec<AnyView> = months
        .iter()
        .enumerate()
        .map(|(index, month)| {
            let full = if month.expected > 0 {
                month.expected
            } else {
                most
            };
            let share = share(month.rows, full);
            let height = (share * HEIGHT).max(2.0);
            let class = match month.expected {
                0 => "month",
                _ if share < COMPLETE => "month month-low",
                _ => "month",
            };
            let x = (index * MONTH).to_string();
            view! {
                <g>
                    <title>{words(month)}</title>
                    <rect class="month-track" x=x.clone() y="0" width="9" height="100"/>
                    <rect class=class x=x y=number(HEIGHT - height) width="9" height=number(height)/>
                </g>
            }
            .into_any()
        })
        .collect();
    let known: Vec<&MonthVm> = months.iter().filter(|month| month.expected > 0).collect();
    let low = known
        .iter()
        .filter(|month| share(month.rows, month.expected) < COMPLETE);
    let label = match known.len() {
        0 => format!("Rows by month, {} to {}", first.month, last.month),
        _ => format!(
            "Completeness by month, {} to {}: {} of {} months below {} %",
            first.month,
            last.month,
            low.count(),
            known.len(),
            COMPLETE * 100.0
        ),
    };
    let slots = months.len().max(MIN_MONTHS);
    let axis = (slots == months.len()).then(|| {
        let (from, to) = (first.month.clone(), last.month.clone());
        view! { <p class="axis num"><span>{from}</span><span>{to}</span></p> }
    });
    view! {
        <figure class="months">
            <figcaption class="hint">{label.clone()}</figcaption>
            <svg viewBox=format!("0 0 {} 100", slots * MONTH) preserveAspectRatio="none" role="img" aria-label=label>
                {bars}
            </svg>
            {axis}
        </figure>
    }
    .into_any()
}

/// `2018-01: 44,640 of 44,640 rows, 100.00 %`
pub fn words(month: &MonthVm) -> String {
    let rows = format::integer(month.rows);
    match month.expected {
        0 => format!("{}: {rows} rows", month.month),
        expected => format!(
            "{}: {rows} of {} rows, {}",
            month.month,
            format::integer(expected),
            format::percent(share(month.rows, expected))
        ),
    }
}

fn share(rows: i64, expected: i64) -> f64 {
    if expected > 0 {
        (rows as f64 / expected as f64).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// The shape of one distribution.
pub fn histogram(one: &HistogramVm) -> AnyView {
    let most = one.shares.iter().copied().fold(0.0, f64::max);
    picture(
        one,
        format!("Distribution of {}", one.name),
        view! { <path class="hist" d=area(&one.shares, most)/> }.into_any(),
    )
}

/// Two distributions, one over the other.
pub fn overlay(both: &OverlayVm) -> AnyView {
    let shares = both.a.shares.iter().chain(&both.b.shares);
    let most = shares.copied().fold(0.0, f64::max);
    picture(
        &both.a,
        format!("Distribution of {}, A filled and B as a line", both.a.name),
        view! {
            <path class="hist" d=area(&both.a.shares, most)/>
            <path class="hist-line" d=line(&both.b.shares, most)/>
        }
        .into_any(),
    )
}

fn picture(scale: &HistogramVm, label: String, shapes: AnyView) -> AnyView {
    let viewbox = format!("0 0 {} 100", scale.shares.len());
    let unit = if scale.is_log {
        "logarithmic scale"
    } else {
        ""
    };
    view! {
        <svg class="histogram" viewBox=viewbox preserveAspectRatio="none" role="img" aria-label=label>{shapes}</svg>
        <p class="axis num">
            <span>{value(&scale.name, scale.from)}</span>
            <span>{unit}</span>
            <span>{value(&scale.name, scale.to)}</span>
        </p>
    }
    .into_any()
}

/// Steps from bin to bin.
fn line(shares: &[f64], most: f64) -> String {
    let mut path = String::from("M0 100");
    for (index, share) in shares.iter().enumerate() {
        let height = if most > 0.0 { share / most } else { 0.0 };
        // one unit stays free above, or the line would be cut
        let y = number(HEIGHT - height * (HEIGHT - 2.0));
        path.push_str(&format!("L{index} {y}L{} {y}", index + 1));
    }
    path.push_str(&format!("L{} 100", shares.len()));
    path
}

fn area(shares: &[f64], most: f64) -> String {
    line(shares, most) + "Z"
}

fn number(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(rows: i64, expected: i64) -> MonthVm {
        MonthVm {
            month: "2018-01".to_owned(),
            rows,
            expected,
        }
    }

    #[test]
    fn months_say_what_is_there_of_what_should_be() {
        assert_eq!(
            words(&month(40_000, 44_640)),
            "2018-01: 40,000 of 44,640 rows, 89.60 %"
        );
        assert_eq!(words(&month(7, 0)), "2018-01: 7 rows");
        let html =
            Owner::new().with(|| months(&[month(40_000, 44_640), month(44_640, 44_640)]).to_html());
        assert!(html.contains("1 of 2 months below 90 %"), "{html}");
        assert_eq!(html.matches("month-low").count(), 1, "{html}");
    }

    #[test]
    fn the_highest_bin_fills_the_picture_and_nothing_is_divided_by_nothing() {
        assert_eq!(
            line(&[0.0, 0.5], 0.5),
            "M0 100L0 100.00L1 100.00L1 2.00L2 2.00L2 100"
        );
        assert_eq!(area(&[0.0], 0.0), "M0 100L0 100.00L1 100.00L1 100Z");
    }
}
