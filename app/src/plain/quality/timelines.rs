//! States of checks over time, as strips: what is wrong is higher and darker than what is well, so that the strip reads
//! without colour; the words beside it say the same.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{
    history::Stretch,
    parts::{check_link, head},
};
use crate::{
    components::status::{Level, of_check},
    format, links,
    model::{AlertVm, CheckState, TimelineVm, format_age, format_utc_short},
};

/// Rows shown; the worst come first.
const SHOWN: usize = 16;
/// Width of a strip in its own units.
const WIDTH: f64 = 480.0;
/// Levels with a shape of their own, and top and height of it.
const SHAPES: [(Level, u8, u8); 5] = [
    (Level::Ok, 9, 2),
    (Level::Unknown, 6, 5),
    (Level::NoData, 6, 5),
    (Level::Warn, 4, 9),
    (Level::Crit, 0, 14),
];

/// The panel. `here` is the address of the view for the other stretch.
pub(super) fn panel(
    timelines: &[TimelineVm],
    alerts: &[AlertVm],
    stretch: Stretch,
    hrefs: [String; 2],
) -> AnyView {
    let [day, week] = hrefs;
    let note = view! {
        <span class="filters">
            <a class="filter" href=day aria-current=(!stretch.is_week).then_some("true")>"24 h"</a>
            <a class="filter" href=week aria-current=stretch.is_week.then_some("true")>"7 days"</a>
        </span>
    }
    .into_any();
    let body = if timelines.is_empty() {
        view! { <p class="empty empty-good">{format!("Every check was well in the {}.", stretch.words())}</p> }.into_any()
    } else {
        table(timelines, alerts, stretch)
    };
    view! {
        <section class="panel" aria-labelledby="states">
            {head("States over time", "states", note)}
            {body}
        </section>
    }
    .into_any()
}

fn table(timelines: &[TimelineVm], alerts: &[AlertVm], stretch: Stretch) -> AnyView {
    let rows: Vec<AnyView> = timelines
        .iter()
        .take(SHOWN)
        .map(|one| row(one, alerts, stretch))
        .collect();
    let more = timelines.len().saturating_sub(SHOWN);
    let (from, to) = (
        format_utc_short(stretch.from()),
        format_utc_short(stretch.to),
    );
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="States of checks over time">
            <table class="states">
                <thead>
                    <tr>
                        <th scope="col">"Check"</th>
                        <th scope="col" class="states-axis"><span class="num">{from}</span><span class="num">{to}" UTC"</span></th>
                        <th scope="col">"Not well"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="hint legend">
            <span><span class="strip-key key-ok"></span>"pass"</span>
            <span><span class="strip-key key-warn"></span>"warning"</span>
            <span><span class="strip-key key-crit"></span>"error or critical"</span>
            <span><span class="strip-key key-no-data"></span>"no data or not evaluated"</span>
            {(more > 0).then(|| view! { <span>{format!("and {} more", format::integer(more as i64))}</span> })}
        </p>
    }
    .into_any()
}

fn row(one: &TimelineVm, alerts: &[AlertVm], stretch: Stretch) -> AnyView {
    let words = words(one, stretch);
    let alert = alerts
        .iter()
        .find(|alert| alert.check_id == one.check_id && alert.entity == one.entity);
    let words_shown = match alert {
        Some(alert) => view! { <a href=links::alert(alert.id)>{words.clone()}</a> }.into_any(),
        None => words.clone().into_any(),
    };
    let strip = strip(one, stretch, &words);
    view! {
        <tr data-testid="state-row" data-check=one.check_id.clone() data-entity=one.entity.clone()>
            <td>{check_link(&one.check_id)}<p class="cell-note mono">{one.entity.clone()}</p></td>
            <td class="states-strip" inner_html=strip></td>
            <td>{words_shown}</td>
        </tr>
    }
    .into_any()
}

/// `error now; 3 h 20 min in 4 spells`
fn words(one: &TimelineVm, stretch: Stretch) -> String {
    let mut length = 0;
    let mut spells = 0;
    let mut was_well = true;
    for (from, to, state) in &one.spans {
        let (from, to) = ((*from).max(stretch.from()), (*to).min(stretch.to));
        if to <= from {
            continue;
        }
        let is_well = matches!(state, CheckState::Pass | CheckState::NotEvaluated);
        if !is_well {
            length += to - from;
            spells += i64::from(was_well);
        }
        was_well = is_well;
    }
    let now = one.spans.last().map(|(_, _, state)| of_check(*state).1);
    let now = now.map_or_else(String::new, |word| format!("{} now; ", word.to_lowercase()));
    match spells {
        0 => format!("{now}never"),
        1 => format!("{now}{} in one spell", format_age(length)),
        spells => format!("{now}{} in {spells} spells", format_age(length)),
    }
}

/// One path for each level: a picture of hundreds of spans stays small.
fn strip(one: &TimelineVm, stretch: Stretch, words: &str) -> String {
    let mut svg = format!(
        "<svg class=\"strip\" viewBox=\"0 0 480 14\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        crate::fragment::Text(&format!("{}: {words}", stretch.words()))
    );
    for (level, top, height) in SHAPES {
        let mut path = String::new();
        let mut draw = |(x, end): (f64, f64)| {
            let width = ((end - x) * 10.0).round() / 10.0;
            // writing into a String cannot fail
            let _ = write!(path, "M{x} {top}h{width}v{height}h-{width}z");
        };
        // what touches the one before is drawn with it
        let mut open: Option<(f64, f64)> = None;
        for (from, to, state) in &one.spans {
            if of_check(*state).0 != level || *to <= stretch.from() || *from >= stretch.to {
                continue;
            }
            let x = (stretch.x(*from, WIDTH) * 10.0).round() / 10.0;
            // the shortest spell is still seen
            let end = stretch.x(*to, WIDTH).max(x + 1.5);
            open = Some(match open {
                Some((start, drawn_to)) if x <= drawn_to => (start, drawn_to.max(end)),
                Some(done) => {
                    draw(done);
                    (x, end)
                }
                None => (x, end),
            });
        }
        open.into_iter().for_each(draw);
        if !path.is_empty() {
            let _ = write!(
                svg,
                "<path class=\"state-{}\" d=\"{path}\"/>",
                level.as_str()
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DAY_MS, HOUR_MS};

    const STRETCH: Stretch = Stretch {
        to: DAY_MS,
        is_week: false,
    };

    fn timeline(spans: &[(i64, i64, CheckState)]) -> TimelineVm {
        TimelineVm {
            check_id: "feed.silence".into(),
            entity: "BTC-USD/kraken/live".into(),
            spans: spans.to_vec(),
        }
    }

    #[test]
    fn words_tell_what_the_strip_shows() {
        let one = timeline(&[
            (-HOUR_MS, HOUR_MS, CheckState::Error),
            (HOUR_MS, 2 * HOUR_MS, CheckState::Pass),
            (2 * HOUR_MS, 3 * HOUR_MS, CheckState::Warn),
            (3 * HOUR_MS, 4 * HOUR_MS, CheckState::Critical),
            (4 * HOUR_MS, DAY_MS, CheckState::Pass),
        ]);
        assert_eq!(words(&one, STRETCH), "pass now; 3 h 0 min in 2 spells");
        let html = strip(&one, STRETCH, "x");
        assert!(
            html.contains("state-crit\" d=\"M0 0h20v14h-20zM60 0h20v14h-20z\""),
            "{html}"
        );
        assert_eq!(words(&timeline(&[]), STRETCH), "never");
    }

    #[test]
    fn thousands_of_short_spells_make_a_small_picture() {
        let spans: Vec<_> = (0..20_000)
            .map(|i| {
                let state = if i % 2 == 0 {
                    CheckState::Pass
                } else {
                    CheckState::Error
                };
                (i * DAY_MS / 20_000, (i + 1) * DAY_MS / 20_000, state)
            })
            .collect();
        let html = strip(&timeline(&spans), STRETCH, "x");
        assert!(html.len() < 60_000, "{}", html.len());
        let one = timeline(&[(5, 6, CheckState::Critical)]);
        assert!(
            strip(&one, STRETCH, "x").contains("h1.5v14"),
            "the shortest is seen"
        );
    }
}
