//! Prices around strong news: mean and confidence band, hour by hour or day by day.

use leptos::prelude::*;

use super::super::{
    parts::{figure, key},
    plot::Plot,
    scale::{Scale, Tick, WIDTH, ends, percent_label},
    words::{count, p_value, plus, signed},
};
use crate::model::{
    HOUR_MS,
    analysis::{EventGroupVm, EventPointVm, EventStudyVm},
};

const HEIGHT: f64 = 190.0;

/// What is drawn of a point: mean, low and high end of its band.
type Read = fn(&EventPointVm) -> (f64, Option<f64>, Option<f64>);

pub(in super::super) fn view(study: &EventStudyVm) -> Option<AnyView> {
    let groups: Vec<&EventGroupVm> = study
        .groups
        .iter()
        .filter(|group| !group.points.is_empty())
        .collect();
    if groups.is_empty() {
        return None;
    }
    let returns: Read = |point| (point.mean, point.low, point.high);
    let sizes: Read = |point| {
        (
            point.volatility,
            point.volatility_low,
            point.volatility_high,
        )
    };
    let returns_scale = scale(&groups, returns, None);
    let sizes_scale = scale(&groups, sizes, Some(0.0));
    let pairs: Vec<_> = groups
        .iter()
        .map(|group| {
            view! { <div class="pair">{movement(study, group, returns, returns_scale)}{size(study, group, sizes, sizes_scale)}</div> }
        })
        .collect();
    Some(pairs.into_any())
}

/// One scale for all groups, so that they can be compared.
fn scale(groups: &[&EventGroupVm], read: Read, floor: Option<f64>) -> Scale {
    let values = groups
        .iter()
        .flat_map(|group| &group.points)
        .flat_map(|point| {
            let (mean, low, high) = read(point);
            [Some(mean), low, high, Some(0.0)]
        });
    let (lo, hi) = ends(values.flatten());
    let room = (hi - lo).max(1e-6) * 0.06;
    Scale::linear(floor.unwrap_or(lo - room), hi + room, HEIGHT)
}

fn movement(study: &EventStudyVm, group: &EventGroupVm, read: Read, scale: Scale) -> AnyView {
    let after = if study.step_ms == HOUR_MS {
        "24 hours"
    } else {
        "3 days"
    };
    let title = match (group.after, group.p_corrected) {
        (Some(after_mean), Some(p)) => format!(
            "After {} news: {} in {after}, usually {} (corrected p {})",
            group.name,
            signed(after_mean.exp_m1()),
            signed(group.usual.unwrap_or(0.0).exp_m1()),
            p_words(p)
        ),
        (Some(after_mean), None) => format!(
            "After {} news: {} in {after}, too few events to judge",
            group.name,
            signed(after_mean.exp_m1())
        ),
        _ => format!("Around {} news", group.name),
    };
    let caption = format!(
        "{} of {} that qualified ({} too close to the one before, {} without prices around). Mean cumulated log return from the \
         close before the event, with the 95 % confidence band of the mean; 0 is the {} of the news.",
        count(group.events, "event", "events"),
        group.candidates,
        group.overlapping,
        group.without_prices,
        unit(study)
    );
    chart(
        study,
        group,
        read,
        scale,
        title,
        "Cumulated return, %",
        caption,
    )
}

fn size(study: &EventStudyVm, group: &EventGroupVm, read: Read, scale: Scale) -> AnyView {
    let most = group
        .points
        .iter()
        .max_by(|a, b| a.volatility.total_cmp(&b.volatility));
    let title = most.map_or_else(String::new, |most| {
        format!(
            "Around {} news prices move most at {} {}s: {}",
            group.name,
            plus(most.offset as f64, 0),
            unit(study),
            percent_label(most.volatility, 4)
        )
    });
    let caption = format!(
        "{}. Mean size of the log return of each {}, whatever its direction, with the 95 % confidence band of the mean.",
        count(group.events, "event", "events"),
        unit(study)
    );
    chart(
        study,
        group,
        read,
        scale,
        title,
        "Size of the return, %",
        caption,
    )
}

const fn unit(study: &EventStudyVm) -> &'static str {
    if study.step_ms == HOUR_MS {
        "hour"
    } else {
        "day"
    }
}

fn chart(
    study: &EventStudyVm,
    group: &EventGroupVm,
    read: Read,
    scale: Scale,
    title: String,
    axis: &'static str,
    caption: String,
) -> AnyView {
    let across = if study.step_ms == HOUR_MS {
        "Hours from the news"
    } else {
        "Days from the news"
    };
    let (first, last) = match (group.points.first(), group.points.last()) {
        (Some(first), Some(last)) => (first.offset, last.offset),
        _ => (0, 0),
    };
    let x = |offset: i64| (offset - first) as f64 / ((last - first).max(1)) as f64 * WIDTH;
    let mut plot =
        Plot::new(&title, &format!("{title}. {}", study.verdict), axis, HEIGHT).across(across);
    plot.rows(&scale.ticks(5, percent_label));
    let every = if last - first > 12 { 12 } else { 1 };
    let ticks: Vec<Tick> = (first..=last)
        .filter(|offset| offset % every == 0)
        .map(|offset| Tick {
            at: x(offset),
            label: plus(offset as f64, 0),
            bold: offset == 0,
        })
        .collect();
    plot.columns(&ticks);
    let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for point in &group.points {
        let (middle, below, above) = read(point);
        mean.push((x(point.offset), scale.at(middle)));
        if let (Some(below), Some(above)) = (below, above) {
            low.push((x(point.offset), scale.at(below)));
            high.push((x(point.offset), scale.at(above)));
        }
    }
    let mut keys = vec![key("line strong", "Mean")];
    if !low.is_empty() {
        keys.push(key("band", "95 % confidence band"));
    }
    plot.area("band", &high, &low);
    plot.line("zero", (0.0, scale.at(0.0)), (WIDTH, scale.at(0.0)));
    plot.line("event", (x(0), 0.0), (x(0), HEIGHT));
    plot.curve("line strong", &mean);
    figure(title, keys, plot, caption)
}

/// `= 0.031`, `< 0.001`: what follows a p.
fn p_words(p: f64) -> String {
    let text = p_value(p);
    if text.starts_with('<') {
        text
    } else {
        format!("= {text}")
    }
}
