//! The list of files, and the list of runs.

use leptos::prelude::*;

use crate::{
    components::status::{of_landing, of_run},
    format, links,
    model::{
        RunState,
        batch::{BatchListVm, BatchRowVm, BatchRunVm},
    },
    plain::parts::{cut, file_name, instrument, note, series, status, step, took, verdict, when},
};

/// Files, and two columns to choose which of them to compare.
pub fn files(vm: &BatchListVm) -> AnyView {
    if vm.batches.is_empty() {
        let text = if vm.filter.state.is_empty() && vm.filter.before.is_none() {
            "No file has been taken in yet. Upload one, put it into the inbox, or run: assay ingest PATH"
        } else {
            "No file in this view."
        };
        return view! { <p class="empty">{text}</p> }.into_any();
    }
    let can_compare = vm.batches.len() > 1;
    // the newest that has one before it of the same series
    let picked = vm.batches.iter().find_map(|newest| {
        let same = |batch: &&BatchRowVm| {
            let key = |batch: &BatchRowVm| (batch.dataset, batch.step_ms);
            batch.id < newest.id
                && key(batch) == key(newest)
                && series(batch) == series(newest)
                && !batch.verdict.is_empty()
        };
        let before = vm.batches.iter().find(same)?;
        (!newest.verdict.is_empty()).then_some((before.id, newest.id))
    });
    let picked = (picked.map(|pair| pair.0), picked.map(|pair| pair.1));
    let rows: Vec<AnyView> = vm
        .batches
        .iter()
        .map(|batch| file(batch, picked, can_compare))
        .collect();
    view! {
        <form method="get" action="/batches/compare">
            <div class="table-scroll" tabindex="0" role="region" aria-label="Files">
                <table class="fold batch-table">
                    <thead>
                        <tr>
                            <th scope="col">"File"</th>
                            <th scope="col">"Series"</th>
                            <th scope="col">"State and verdict"</th>
                            <th scope="col" class="number">"Rows"</th>
                            <th scope="col" class="number"><span aria-hidden="true">"= "</span>"Accepted"</th>
                            <th scope="col" class="number"><span aria-hidden="true">"+ "</span>"Dedupl."</th>
                            <th scope="col" class="number"><span aria-hidden="true">"+ "</span>"Quarant."</th>
                            <th scope="col" class="number">"Flagged"</th>
                            <th scope="col">"Range"</th>
                            <th scope="col" class="number">"Took"</th>
                            <th scope="col">"Arrived"</th>
                            {can_compare.then(|| view! { <th scope="col">"A"</th><th scope="col">"B"</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {can_compare.then(|| view! {
                <p class="panel-more"><button class="button" data-testid="compare">"Compare A with B"</button></p>
            })}
        </form>
    }
    .into_any()
}

fn file(batch: &BatchRowVm, picked: (Option<i64>, Option<i64>), can_compare: bool) -> AnyView {
    let name = file_name(&batch.origin).to_owned();
    let about = format!(
        "#{} · {} · {} · {}",
        batch.id,
        batch.dataset,
        if batch.format.is_empty() {
            "not recognised"
        } else {
            &batch.format
        },
        format::bytes(batch.bytes)
    );
    let number = format::integer;
    let choice = |column: &'static str, picked: Option<i64>| {
        view! {
            <td class="pick" data-label=format!("Compare as {}", column.to_uppercase())>
                <input type="radio" name=column value=batch.id.to_string() checked={picked == Some(batch.id)}
                    aria-label=format!("{name} as {}", column.to_uppercase())/>
            </td>
        }
    };
    view! {
        <tr data-testid="batch-row" data-batch-id=batch.id.to_string() data-state=batch.state.as_str()>
            <td class="fold-head name">
                <a class="cell-title" rel="external" href=links::batch(batch.id)>{name.clone()}</a>
                <p class="cell-note">{about}</p>
                {(!batch.detail.is_empty()).then(|| view! { <p class="cell-note">{note(&batch.detail)}</p> })}
            </td>
            <td data-label="Series">
                <span>
                    <span class="nowrap">{instrument(batch).to_owned()}</span> " " <span class="nowrap">{batch.venue.clone()}</span>
                </span>
                <p class="cell-note">{step(batch.step_ms)}</p></td>
            <td data-label="State and verdict">
                {status(of_landing(batch.state))}
                {(!batch.verdict.is_empty()).then(|| view! { <p>{status(verdict(&batch.verdict))}</p> })}
            </td>
            <td class="number num" data-label="Rows">{number(batch.rows)}</td>
            <td class="number num" data-label="= Accepted">{number(batch.accepted)}</td>
            <td class="number num" data-label="+ Deduplicated">{number(batch.deduplicated)}</td>
            <td class="number num" data-label="+ Quarantined">{number(batch.quarantined)}</td>
            <td class="number num" data-label="Flagged">{number(batch.flagged)}</td>
            <td data-label="Range">{range(batch)}</td>
            <td class="number num" data-label="Took">{took(batch.took_ms)}</td>
            <td data-label="Arrived">{when(Some(batch.received_at))}</td>
            {can_compare.then(|| view! { {choice("a", picked.0)} {choice("b", picked.1)} })}
        </tr>
    }
    .into_any()
}

fn range(batch: &BatchRowVm) -> AnyView {
    match batch.first_at {
        None => format::UNKNOWN.into_any(),
        first => view! {
            <span><span class="nowrap">{when(first)} " –"</span> " " {when(batch.last_at)}</span>
        }
        .into_any(),
    }
}

/// Runs.
pub fn runs(vm: &BatchListVm) -> AnyView {
    if vm.runs.is_empty() {
        return view! { <p class="empty">"No run in this view."</p> }.into_any();
    }
    let rows: Vec<AnyView> = vm.runs.iter().map(run).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Runs">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Run"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Rows"</th>
                        <th scope="col" class="number">"Accepted"</th>
                        <th scope="col" class="number">"Dedupl."</th>
                        <th scope="col" class="number">"Quarant."</th>
                        <th scope="col">"Began"</th>
                        <th scope="col" class="number">"Took"</th>
                        <th scope="col"><span class="sr-only">"Batch"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn run(one: &BatchRunVm) -> AnyView {
    let run = &one.run;
    let lasted = run.finished_at.map(|at| at - run.started_at);
    let way = match one.landing_id {
        _ if run.state == RunState::Running => view! {
            <form method="post" action=format!("/runs/{}/cancel", run.id)><button class="button">"Cancel"</button></form>
        }
        .into_any(),
        Some(id) => view! { <a rel="external" href=links::batch(id)>"Batch"</a> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <tr data-testid="run-list-row" data-run-id=run.id.to_string() data-state=run.state.as_str()>
            <td class="fold-head name">
                <span class="cell-title">{format!("{} {}", run.kind, file_name(&run.subject))}</span>
                <p class="cell-note">{format!("#{} {}", run.id, cut(&run.detail))}</p>
            </td>
            <td data-label="State">{status(of_run(run.state))}</td>
            <td class="number num" data-label="Rows">{format::integer(run.rows)}</td>
            <td class="number num" data-label="Accepted">{format::integer(run.accepted)}</td>
            <td class="number num" data-label="Deduplicated">{format::integer(run.deduplicated)}</td>
            <td class="number num" data-label="Quarantined">{format::integer(run.quarantined)}</td>
            <td data-label="Began">{when(Some(run.started_at))}</td>
            <td class="number num" data-label="Took">{took(lasted)}</td>
            <td class="number">{way}</td>
        </tr>
    }
    .into_any()
}
