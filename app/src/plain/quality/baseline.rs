//! The tested value beside what it was held against: values before it, their middle, limits, and the point.

use std::fmt::Write as _;

use leptos::prelude::*;

use crate::{
    format,
    fragment::Text,
    model::{Baseline, Severity, format_utc_short},
};

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 150.0;
/// Room for the marker at the edges.
const MARGIN: f64 = 10.0;
/// Most points drawn: more are no longer told apart.
const MAX_POINTS: usize = 400;

/// Where things are in the picture.
struct Scale {
    from: i64,
    to: i64,
    low: f64,
    high: f64,
}

impl Scale {
    /// Holds every finite value; a limit that is infinite lies at the edge.
    fn of(baseline: &Baseline) -> Option<Self> {
        let limits = baseline
            .limits
            .iter()
            .flat_map(|(_, low, high)| [*low, *high]);
        let values = baseline.points.iter().map(|(_, value)| *value);
        let all = values
            .chain(limits)
            .chain([baseline.centre, baseline.tested.1]);
        let (low, high) = all
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if !baseline.tested.1.is_finite() || low > high {
            return None;
        }
        // one value alone lies in the middle
        let room = if high > low {
            (high - low) * 0.06
        } else {
            high.abs().max(1.0)
        };
        let times = baseline
            .points
            .iter()
            .map(|(at, _)| *at)
            .chain([baseline.tested.0]);
        let (from, to) = times.fold((i64::MAX, i64::MIN), |(from, to), at| {
            (from.min(at), to.max(at))
        });
        Some(Self {
            from,
            to,
            low: low - room,
            high: high + room,
        })
    }

    fn x(&self, at: i64) -> f64 {
        let length = self.to.saturating_sub(self.from);
        let share = if length > 0 {
            at.saturating_sub(self.from) as f64 / length as f64
        } else {
            1.0
        };
        MARGIN + share * (WIDTH - 2.0 * MARGIN)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        (1.0 - share.clamp(0.0, 1.0)) * HEIGHT
    }
}

/// The picture with its numbers; nothing where the tested value is no number. Rules that hold a value against fixed limits
/// know none before it: there is nothing to draw then but numbers. `name` is what tests know it by.
pub(super) fn baseline(baseline: &Baseline, name: &'static str) -> AnyView {
    let Some(scale) = Scale::of(baseline) else {
        return ().into_any();
    };
    let limits: Vec<AnyView> = baseline
        .limits
        .iter()
        .map(|(severity, low, high)| {
            let words = match (low.is_finite(), high.is_finite()) {
                (true, true) => format!("{} … {}", format::plain(*low), format::plain(*high)),
                (true, false) => format!("at least {}", format::plain(*low)),
                (false, true) => format!("at most {}", format::plain(*high)),
                (false, false) => format::UNKNOWN.to_owned(),
            };
            view! { <div><dt>"Holds below "{severity.clone()}</dt><dd class="num">{words}</dd></div> }.into_any()
        })
        .collect();
    let (at, value) = baseline.tested;
    let before = baseline.points.len();
    let against = match before {
        0 => "its limits".to_owned(),
        before => format!("{before} before it"),
    };
    view! {
        <figure class="baseline" data-testid=name>
            <figcaption class="hint">{baseline.label.clone()}", tested value against "{against}</figcaption>
            {(before > 0).then(|| view! {
                <div inner_html=picture(baseline, &scale)></div>
                <p class="axis num"><span>{format_utc_short(scale.from)}</span><span>{format_utc_short(scale.to)}" UTC"</span></p>
            })}
            <dl class="facts">
                <div><dt>"Tested, "{format_utc_short(at)}</dt><dd class="num"><strong>{format::plain(value)}</strong></dd></div>
                {(before > 0).then(|| view! {
                    <div><dt>"Middle of the values before"</dt><dd class="num">{format::plain(baseline.centre)}</dd></div>
                })}
                {limits}
            </dl>
        </figure>
    }
    .into_any()
}

fn picture(baseline: &Baseline, scale: &Scale) -> String {
    let label = format!(
        "{}: {} at {}, middle of {} values before {}",
        baseline.label,
        format::plain(baseline.tested.1),
        format_utc_short(baseline.tested.0),
        baseline.points.len(),
        format::plain(baseline.centre)
    );
    let mut svg = format!(
        "<svg viewBox=\"0 0 480 150\" role=\"img\" aria-label=\"{}\">",
        Text(&label)
    );
    // writing into a String cannot fail
    if let Some((_, low, high)) = baseline.limits.first() {
        let (top, foot) = (
            scale.y(at_edge(*high, scale.high)),
            scale.y(at_edge(*low, scale.low)),
        );
        let _ = write!(
            svg,
            "<rect class=\"baseline-band\" x=\"0\" y=\"{top:.1}\" width=\"480\" height=\"{:.1}\"/>",
            (foot - top).max(0.0)
        );
    }
    for (severity, low, high) in &baseline.limits {
        let level = match Severity::parse(severity) {
            Some(Severity::Warn | Severity::Info) | None => "warn",
            Some(Severity::Error | Severity::Critical) => "crit",
        };
        for limit in [low, high].into_iter().filter(|limit| limit.is_finite()) {
            let y = scale.y(*limit);
            let _ = write!(
                svg,
                "<path class=\"baseline-limit level-{level}\" d=\"M0 {y:.1}H480\"/>"
            );
        }
    }
    if baseline.centre.is_finite() {
        let _ = write!(
            svg,
            "<path class=\"baseline-centre\" d=\"M0 {:.1}H480\"/>",
            scale.y(baseline.centre)
        );
    }
    let skipped = baseline.points.len().saturating_sub(MAX_POINTS);
    let mut path = String::new();
    for (at, value) in baseline
        .points
        .iter()
        .skip(skipped)
        .filter(|(_, value)| value.is_finite())
    {
        let verb = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{verb}{:.1} {:.1}", scale.x(*at), scale.y(*value));
    }
    let (x, y) = (scale.x(baseline.tested.0), scale.y(baseline.tested.1));
    let _ = write!(
        svg,
        "<path class=\"baseline-line\" d=\"{path}\"/><path class=\"baseline-point\" d=\"M{x:.1} {:.1}l6 6l-6 6l-6 -6z\"/></svg>",
        y - 6.0
    );
    svg
}

fn at_edge(limit: f64, edge: f64) -> f64 {
    if limit.is_finite() { limit } else { edge }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::shell::part;

    fn of(points: &[(i64, f64)], limits: &[(&str, f64, f64)], tested: (i64, f64)) -> String {
        let one = Baseline {
            label: "return, <b>%".into(),
            points: points.to_vec(),
            centre: 0.0,
            limits: limits
                .iter()
                .map(|(word, low, high)| ((*word).into(), *low, *high))
                .collect(),
            tested,
        };
        // marks between texts, which a browser that takes the page over would need
        part(|| baseline(&one, "baseline")).replace("<!>", "")
    }

    #[test]
    fn the_tested_point_lies_outside_the_band_it_left() {
        let html = of(
            &[(0, -1.0), (10, 1.0)],
            &[("warn", -2.0, 2.0), ("error", -4.0, 4.0)],
            (20, 8.0),
        );
        assert!(
            html.contains("baseline-band") && html.contains("baseline-limit level-crit"),
            "{html}"
        );
        assert!(
            html.contains("−2 … 2") && html.contains("<strong>8</strong>"),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }

    #[test]
    fn odd_values_draw_nothing_odd() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let html = of(
            &[(i64::MIN, nan), (i64::MAX, inf)],
            &[("warn", -inf, 5.0)],
            (3, 7.0),
        );
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        assert!(html.contains("at most 5"));
        assert!(!of(&[], &[], (3, nan)).contains("svg"));
        assert!(of(&[(1, 1.0)], &[], (3, 1.0)).contains("baseline-point"));
    }

    #[test]
    fn without_values_before_it_there_are_only_numbers() {
        let html = of(&[], &[("warn", 0.0, 5.0)], (3, 9.0));
        assert!(html.contains("against its limits"), "{html}");
        assert!(
            html.contains("0 … 5") && html.contains("<strong>9</strong>"),
            "{html}"
        );
        assert!(!html.contains("svg") && !html.contains("Middle"), "{html}");
    }
}
