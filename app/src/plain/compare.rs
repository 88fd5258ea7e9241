//! `/batches/compare?a=1&b=2`: two batches side by side, what differs marked.

use leptos::prelude::*;

use super::{
    batch::quantiles,
    drawing::{months, overlay},
    parts::{file_name, panel, series, status, step, value, verdict},
    shell::{Frame, document},
};
use crate::{
    components::{panel::Empty, status::of_check, status::of_landing},
    format, links,
    model::{
        analysis::{CheckEvidenceVm, DistributionVm, ProfileOfFileVm},
        batch::{BatchVm, CompareVm},
        format_age, format_utc_short,
    },
};

/// The whole document.
#[must_use]
pub fn render(frame: Frame, vm: CompareVm) -> String {
    document(frame, "Compare batches", None, move || content(&vm))
}

/// A line of a table: what, in A, in B, and the difference where it is a number.
struct Line {
    what: String,
    a: String,
    b: String,
    change: String,
}

impl Line {
    fn text(what: &str, a: impl Into<String>, b: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            a: a.into(),
            b: b.into(),
            change: String::new(),
        }
    }

    fn count(what: &str, a: i64, b: i64) -> Self {
        let change = match b - a {
            0 => String::new(),
            more if more > 0 => format!("+{}", format::integer(more)),
            less => format::integer(less),
        };
        Self {
            change,
            ..Self::text(what, format::integer(a), format::integer(b))
        }
    }

    fn time(what: &str, a: Option<i64>, b: Option<i64>) -> Self {
        let word = |at: Option<i64>| at.map_or(format::UNKNOWN.to_owned(), format_utc_short);
        let change = match a.zip(b) {
            Some((a, b)) if b > a => format!("{} later", format_age(b - a)),
            Some((a, b)) if b < a => format!("{} earlier", format_age(a - b)),
            _ => String::new(),
        };
        Self {
            change,
            ..Self::text(what, word(a), word(b))
        }
    }

    fn value(name: &str, what: &str, a: f64, b: f64) -> Self {
        let change = if a == b || a == 0.0 || !(b / a).is_finite() {
            String::new()
        } else {
            let percent = (b - a) / a.abs() * 100.0;
            let sign = if percent > 0.0 { "+" } else { "" };
            format!("{sign}{} %", format::decimal(percent, 1))
        };
        Self {
            change,
            ..Self::text(what, value(name, a), value(name, b))
        }
    }
}

fn content(vm: &CompareVm) -> AnyView {
    let (a, b) = (&vm.a, &vm.b);
    let swap = format!("/batches/compare?a={}&b={}", b.batch.id, a.batch.id);
    let mut writing = vec![
        Line::text(
            "Dataset",
            a.batch.dataset.as_str(),
            b.batch.dataset.as_str(),
        ),
        Line::text("Series", series(&a.batch), series(&b.batch)),
        Line::text("Step", step(a.batch.step_ms), step(b.batch.step_ms)),
        Line::text("Format", &a.batch.format, &b.batch.format),
    ];
    if let (Some(old), Some(new)) = (&a.schema, &b.schema) {
        writing.push(Line::text("Separator", &old.separator, &new.separator));
        writing.push(Line::text(
            "Columns",
            old.columns.join(", "),
            new.columns.join(", "),
        ));
    }
    let (x, y) = (&a.batch, &b.batch);
    let counts = vec![
        Line::count("Rows", x.rows, y.rows),
        Line::count("Accepted", x.accepted, y.accepted),
        Line::count("Deduplicated", x.deduplicated, y.deduplicated),
        Line::count("Quarantined", x.quarantined, y.quarantined),
        Line::count("Flagged", x.flagged, y.flagged),
        Line::time("From", x.first_at, y.first_at),
        Line::time("To", x.last_at, y.last_at),
        Line::text(
            "Complete between its ends",
            completeness(a),
            completeness(b),
        ),
    ];
    let distributions: Vec<AnyView> = pairs(a, b).map(|(old, new)| both(vm, old, new)).collect();
    let distributions = if distributions.is_empty() {
        view! { <Empty text="The two have no distribution in common."/> }.into_any()
    } else {
        view! { <div class="cards">{distributions}</div> }.into_any()
    };
    let strips = [("A", a), ("B", b)].map(|(name, one)| {
        let strip = one.profile.as_ref().map(|profile| months(&profile.months));
        view! { <section class="card"><h3>{name}</h3>{strip}</section> }.into_any()
    });
    let strips =
        view! { <div class="pair">{strips.into_iter().collect::<Vec<_>>()}</div> }.into_any();
    view! {
        <header class="page-head">
            <p class="crumbs"><a href="/batches">"Batches"</a></p>
            <h1>"Compare two batches"</h1>
            <p class="hint"><a href=swap>"Swap A and B"</a></p>
        </header>
        <div class="pair">{side("A", a)} {side("B", b)}</div>
        <div class="grid">
            {panel("How they are written", "writing", "span-3", table(writing))}
            {panel("Rows and range", "counts", "span-3", table(counts))}
            {panel("Completeness", "completeness", "span-3", strips)}
            {panel("Distributions", "distributions", "span-3", distributions)}
            {panel("Checks that differ", "checks", "span-3", checks(a, b))}
        </div>
    }
    .into_any()
}

fn side(name: &'static str, vm: &BatchVm) -> AnyView {
    let batch = &vm.batch;
    let word = if batch.verdict.is_empty() {
        of_landing(batch.state)
    } else {
        verdict(&batch.verdict)
    };
    view! {
        <section class="panel side" data-testid=format!("side-{}", name.to_lowercase()) data-batch-id=batch.id.to_string()>
            <p class="side-name">{name}</p>
            <div>
                <h2><a href=links::batch(batch.id)>{file_name(&batch.origin).to_owned()}</a></h2>
                <p class="hint num">{format!("#{} · arrived {} UTC", batch.id, format_utc_short(batch.received_at))}</p>
                <p>{status(word)} " " <span class="hint">{batch.reason.clone()}</span></p>
            </div>
        </section>
    }
    .into_any()
}

fn table(lines: Vec<Line>) -> AnyView {
    let rows: Vec<AnyView> = lines
        .into_iter()
        .map(|line| {
            let differs = (line.a != line.b).then_some("true");
            view! {
                <tr data-differs=differs>
                    <th scope="row">{line.what}</th>
                    <td>{line.a}</td>
                    <td>{line.b}</td>
                    <td class="number">{line.change}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="A and B">
            <table class="compare num">
                <thead>
                    <tr>
                        <th scope="col"><span class="sr-only">"What"</span></th>
                        <th scope="col">"A"</th>
                        <th scope="col">"B"</th>
                        <th scope="col" class="number">"Difference"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Share of the rows of all months that are there.
fn completeness(vm: &BatchVm) -> String {
    let months = |profile: &ProfileOfFileVm| {
        let known = profile.months.iter().filter(|month| month.expected > 0);
        known.fold((0, 0), |(rows, expected), month| {
            (
                rows + month.rows.min(month.expected),
                expected + month.expected,
            )
        })
    };
    match vm.profile.as_ref().map(months) {
        Some((rows, expected)) if expected > 0 => format::percent(rows as f64 / expected as f64),
        _ => format::UNKNOWN.to_owned(),
    }
}

fn pairs<'a>(
    a: &'a BatchVm,
    b: &'a BatchVm,
) -> impl Iterator<Item = (&'a DistributionVm, &'a DistributionVm)> {
    let of = |vm: &'a BatchVm| vm.profile.iter().flat_map(|profile| &profile.distributions);
    of(a).filter_map(move |old| Some((old, of(b).find(|new| new.name == old.name)?)))
}

fn both(vm: &CompareVm, old: &DistributionVm, new: &DistributionVm) -> AnyView {
    let name = old.name.clone();
    let picture = vm
        .overlays
        .iter()
        .find(|both| both.a.name == name)
        .map(overlay);
    let mut lines = vec![Line::count("values", old.count, new.count)];
    for ((what, a), (_, b)) in quantiles(old).into_iter().zip(quantiles(new)) {
        lines.push(Line::value(&name, what, a, b));
    }
    view! {
        <section class="card">
            <h3>{name.replace('_', " ")}</h3>
            {picture}
            <p class="legend hint"><span class="key key-a"></span>"A" <span class="key key-b"></span>"B"</p>
            {table(lines)}
        </section>
    }
    .into_any()
}

/// Checks whose states differ, or that only one of the two has.
fn checks(a: &BatchVm, b: &BatchVm) -> AnyView {
    let find = |vm: &'_ BatchVm, id: &str| -> Option<CheckEvidenceVm> {
        vm.checks
            .iter()
            .find(|check| check.check.check_id == id)
            .cloned()
    };
    let mut ids: Vec<&str> = a
        .checks
        .iter()
        .chain(&b.checks)
        .map(|check| check.check.check_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<AnyView> = ids
        .into_iter()
        .filter_map(|id| {
            let (old, new) = (find(a, id), find(b, id));
            let state = |one: &Option<CheckEvidenceVm>| one.as_ref().map(|one| one.check.state);
            (state(&old) != state(&new)).then(|| {
                let title = [&new, &old]
                    .into_iter()
                    .flatten()
                    .map(|one| one.check.title.clone())
                    .next();
                view! {
                    <tr data-testid="differing-check">
                        <th scope="row">{title} <p class="cell-note mono">{id.to_owned()}</p></th>
                        <td>{cell(old)}</td>
                        <td>{cell(new)}</td>
                    </tr>
                }
                .into_any()
            })
        })
        .collect();
    if rows.is_empty() {
        return view! { <Empty text="All checks ended the same way."/> }.into_any();
    }
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Checks that differ">
            <table class="compare differing">
                <thead><tr><th scope="col">"Check"</th><th scope="col">"A"</th><th scope="col">"B"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cell(one: Option<CheckEvidenceVm>) -> AnyView {
    match one {
        Some(one) => view! { {status(of_check(one.check.state))} <p class="cell-note">{one.check.summary}</p> }
            .into_any(),
        None => "not evaluated".into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn differences_are_told_as_numbers() {
        assert_eq!(Line::count("Rows", 100, 90).change, "−10");
        assert_eq!(Line::count("Rows", 100, 1_190).change, "+1,090");
        assert_eq!(Line::count("Rows", 5, 5).change, "");
        assert_eq!(Line::value("volume", "median", 2.0, 3.0).change, "+50.0 %");
        assert_eq!(
            Line::value("return", "1 %", -0.01, -0.02).change,
            "−100.0 %"
        );
        assert_eq!(Line::value("return", "median", 0.0, 0.1).change, "");
        assert_eq!(
            Line::time("From", Some(0), Some(60_000)).change,
            "1 min 0 s later"
        );
    }
}
