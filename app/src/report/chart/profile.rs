//! Hour of day × day of week as two heat maps: when is traded, and when prices move.

use leptos::prelude::*;

use super::super::{
    parts::{figure_of, nothing},
    plot::Plot,
    scale::{WIDTH, ends},
    words::{WEEKDAYS, count, date, weekday},
};
use crate::{
    format::decimal,
    model::analysis::{PriceVm, ProfileCellVm, ProfileVm},
};

const ROW: f64 = 22.0;
const COLUMN: f64 = WIDTH / 24.0;
/// Shades from the smallest to the largest value.
const SHADES: usize = 7;
/// Hours below which a week has not been seen often enough to say anything.
const LEAST_HOURS: i64 = 4 * 168;

pub(in super::super) fn view(price: &PriceVm) -> AnyView {
    let Some(profile) = &price.profile else {
        return nothing(
            "Hours of the week: these are daily data, so nothing is known of the hours within a day.",
        );
    };
    let span = format!(
        "{} from {} to {} (UTC){}",
        count(profile.hours, "hour", "hours"),
        date(profile.first_at),
        date(profile.last_at),
        if profile.hours < LEAST_HOURS {
            ". Fewer than four weeks: chance decides much of the picture.".to_owned()
        } else {
            format!(", about {} in each cell.", profile.hours / 168)
        }
    );
    view! {
        <div class="pair">
            {map(
                profile,
                |cell| (cell.volume_share > 0.0).then_some(cell.volume_share),
                2,
                |cell, text| format!("Most is traded on {} from {:02}:00 UTC: {text} of all volume; an even week would give 0.59 %", weekday(cell.weekday), cell.hour),
                "Volume: the files give none, or none of it falls into whole hours.",
                format!("Share of all volume in each hour of the week, %. {span}"),
            )}
            {map(
                profile,
                |cell| cell.mean_abs_return,
                3,
                |cell, text| format!("Prices move most on {} from {:02}:00 UTC: {text} an hour on average", weekday(cell.weekday), cell.hour),
                "Movement: no two hours follow each other, so no hour has a return.",
                format!("Mean size of the return of an hour, whatever its direction, %. {span}"),
            )}
        </div>
    }
    .into_any()
}

fn map(
    profile: &ProfileVm,
    value: fn(&ProfileCellVm) -> Option<f64>,
    decimals: usize,
    finding: fn(&ProfileCellVm, &str) -> String,
    none: &'static str,
    caption: String,
) -> AnyView {
    let values: Vec<(&ProfileCellVm, f64)> = profile
        .cells
        .iter()
        .filter_map(|cell| Some((cell, value(cell).filter(|value| value.is_finite())?)))
        .collect();
    let Some((top, most)) = values.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return nothing(none);
    };
    let (least, _) = ends(values.iter().map(|(_, value)| *value));
    let write = |value: f64| format!("{} %", decimal(value * 100.0, decimals));
    let title = finding(top, &write(*most));
    let description = format!(
        "{title}. The smallest of the {} cells is {}.",
        values.len(),
        write(least)
    );
    let mut plot = Plot::new(&title, &description, "Day of the week", ROW * 7.0)
        .across("Hour of the day (UTC)");
    for (day, name) in WEEKDAYS.into_iter().enumerate() {
        plot.row_name((day as f64 + 0.5) * ROW, name);
    }
    for hour in (0..24_i32).step_by(6) {
        plot.column_name(
            f64::from(hour) * COLUMN + COLUMN / 2.0,
            &format!("{hour:02}"),
            false,
        );
    }
    plot.column_name(WIDTH - COLUMN / 2.0, "23", false);
    for cell in &profile.cells {
        let found = value(cell).filter(|value| value.is_finite());
        let class = found.map_or_else(
            || "heat none".to_owned(),
            |value| format!("heat h{}", shade(value, least, *most)),
        );
        let (x, y) = (cell.hour as f64 * COLUMN, cell.weekday as f64 * ROW);
        plot.rect(&class, [x + 0.8, y + 1.0, COLUMN - 1.6, ROW - 2.0]);
    }
    plot.rect(
        "outline",
        [
            top.hour as f64 * COLUMN + 0.8,
            top.weekday as f64 * ROW + 1.0,
            COLUMN - 1.6,
            ROW - 2.0,
        ],
    );
    let scale: Vec<_> = (1..=SHADES)
        .map(|shade| {
            let swatch = format!(r#"<svg width="22" height="12" aria-hidden="true"><rect class="heat h{shade}" width="22" height="12"/></svg>"#);
            view! { <span class="swatch" inner_html=swatch></span> }
        })
        .collect();
    let (low, high) = (write(least), write(*most));
    let body = view! {
        <p class="ramp"><span>{low}</span>{scale}<span>{high}</span></p>
        <div class="plot narrow" inner_html=plot.finish()></div>
    }
    .into_any();
    figure_of(title, Vec::new(), body, caption)
}

/// 1 for the smallest to 7 for the largest value.
fn shade(value: f64, least: f64, most: f64) -> usize {
    let share = (value - least) / (most - least);
    if !share.is_finite() {
        return SHADES;
    }
    1 + ((share * SHADES as f64) as usize).min(SHADES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_run_from_least_to_most() {
        assert_eq!(shade(1.0, 1.0, 8.0), 1);
        assert_eq!(shade(8.0, 1.0, 8.0), 7);
        assert_eq!(shade(4.5, 1.0, 8.0), 4);
        assert_eq!(shade(3.0, 3.0, 3.0), 7);
    }
}
