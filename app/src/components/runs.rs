//! Batch runs, the running one with its progress.

use leptos::prelude::*;

use super::{
    ago::Ago,
    panel::Empty,
    show::Show,
    status::{Status, of_run},
};
use crate::{
    format,
    live::{merge, use_live},
    model::{Pipeline, RunState, RunVm, format_age},
};

const SHOWN: usize = 6;
/// Before this a run has no speed worth telling.
const SPEED_AFTER_MS: i64 = 1_000;

/// The list of the newest batch runs.
#[component]
pub fn Runs(
    /// As the page was loaded with.
    runs: Vec<RunVm>,
) -> impl IntoView {
    let live = use_live();
    let list = Memo::new(move |_| {
        live.runs.with(|newer| {
            let newer: Vec<RunVm> = newer
                .iter()
                .filter(|run| run.pipeline == Pipeline::Batch)
                .cloned()
                .collect();
            merge::runs(&runs, &newer, SHOWN)
        })
    });
    view! {
        <Show when=move || list.with(Vec::is_empty)>
            <Empty text="No file has been read yet. Start with: assay ingest PATH"/>
        </Show>
        <ul class="rows">
            <For each=move || list.get() key=|run| run.id let:run>
                <RunRow first=run list/>
            </For>
        </ul>
    }
}

#[component]
fn RunRow(first: RunVm, list: Memo<Vec<RunVm>>) -> impl IntoView {
    let live = use_live();
    let id = first.id;
    let title = format!("{} {}", first.kind, first.subject);
    let started_at = first.started_at;
    let run = Memo::new(move |_| {
        list.with(|list| list.iter().find(|run| run.id == id).cloned())
            .unwrap_or_else(|| first.clone())
    });
    let state = Memo::new(move |_| run.with(|run| run.state));
    let running = Memo::new(move |_| state.get() == RunState::Running);
    let percent = move || run.with(percent_done).map(|percent| percent.to_string());
    view! {
        <li class="row" data-testid="run-row" data-run-id=id.to_string() data-state=move || state.get().as_str()>
            <div class="row-main">
                <Status status=Signal::derive(move || of_run(state.get()))/>
                <span class="row-title">{title.clone()}</span>
            </div>
            <Show when=move || running.get()>
                <div class="progress">
                    <progress max="100" value=percent aria-label=format!("Progress of {title}")></progress>
                    <span class="num">{move || run.with(progress_text)}</span>
                    <span class="num">{move || run.with(|run| speed(run, live.now.get()))}</span>
                    <form method="post" action=format!("/runs/{id}/cancel")>
                        <button class="button" data-testid="cancel">"Cancel"</button>
                    </form>
                </div>
            </Show>
            <p class="row-meta num">
                <span>{move || run.with(outcome)}</span>
                <span>"began " <Ago at=Signal::derive(move || Some(started_at))/></span>
            </p>
            <Show when=move || run.with(|run| !run.detail.is_empty())>
                <p class="row-summary">{move || run.with(|run| run.detail.clone())}</p>
            </Show>
        </li>
    }
}

/// Whole percent of the bytes worked through; `None` where the size is not known.
#[must_use]
pub fn percent_done(run: &RunVm) -> Option<i64> {
    (run.bytes_total > 0)
        .then(|| (run.bytes_done.max(0).saturating_mul(100) / run.bytes_total).min(100))
}

fn progress_text(run: &RunVm) -> String {
    match percent_done(run) {
        Some(percent) => format!("{} {percent} %", run.phase),
        None if run.bytes_done == 0 => run.phase.clone(),
        None => format!("{} {}", run.phase, format::bytes(run.bytes_done)),
    }
}

/// `120,000 rows/s · about 12 s left`, as far as it is known at `now`.
fn speed(run: &RunVm, now: i64) -> String {
    let elapsed = now - run.started_at;
    if elapsed < SPEED_AFTER_MS {
        return String::new();
    }
    let mut parts = Vec::new();
    if run.rows > 0 {
        let rate = run.rows.saturating_mul(1000) / elapsed;
        parts.push(format!("{} rows/s", format::integer(rate)));
    }
    if run.bytes_done > 0 && run.bytes_total > run.bytes_done {
        let left = run.bytes_total - run.bytes_done;
        let left_ms = (elapsed as f64 * left as f64 / run.bytes_done as f64) as i64;
        parts.push(format!("about {} left", format_age(left_ms)));
    }
    parts.join(" · ")
}

fn outcome(run: &RunVm) -> String {
    // what only moves bytes has no rows
    let mut parts = vec![if run.rows == 0 && run.bytes_done > 0 {
        format::bytes(run.bytes_done)
    } else {
        format!("{} rows", format::integer(run.rows))
    }];
    for (count, word) in [
        (run.accepted, "accepted"),
        (run.deduplicated, "deduplicated"),
        (run.quarantined, "quarantined"),
        (run.flagged, "flagged"),
    ] {
        if count > 0 {
            parts.push(format!("{} {word}", format::integer(count)));
        }
    }
    if let Some(finished_at) = run.finished_at {
        parts.push(format!("took {}", format_age(finished_at - run.started_at)));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::merge::tests::run;

    #[test]
    fn progress_is_a_share_of_the_bytes() {
        assert_eq!(percent_done(&run(1, 50, None)), Some(50));
        assert_eq!(percent_done(&run(1, 500, None)), Some(100), "never above");
        let mut unknown = run(1, 50, None);
        unknown.bytes_total = 0;
        assert_eq!(percent_done(&unknown), None);
    }

    #[test]
    fn speed_is_rows_over_time_and_what_is_left() {
        let mut run = run(1, 50, None);
        run.started_at = 10_000;
        (run.rows, run.bytes_done, run.bytes_total) = (4_000, 25, 100);
        assert_eq!(speed(&run, 10_500), "", "too early to say");
        assert_eq!(speed(&run, 12_000), "2,000 rows/s · about 6 s left");
        run.bytes_total = 0;
        run.rows = 0;
        assert_eq!(speed(&run, 12_000), "");
        assert_eq!(speed(&run, 0), "", "the clock is not known");
    }

    #[test]
    fn an_outcome_names_only_what_happened() {
        let mut run = run(1, 50, Some(1001));
        run.accepted = 48;
        run.quarantined = 2;
        assert_eq!(
            outcome(&run),
            "50 rows · 48 accepted · 2 quarantined · took 1 s"
        );
    }
}
