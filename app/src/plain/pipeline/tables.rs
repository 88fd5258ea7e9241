//! What the layers are made of, and the runs of both pipelines.

use leptos::prelude::*;

use super::head;
use crate::{
    components::status::of_run,
    format,
    model::{
        RunVm,
        pipeline::{PipelineVm, TableVm},
    },
    plain::parts::{ago, cut, file_name, status, took},
};

pub(super) fn tables(vm: &PipelineVm) -> AnyView {
    if vm.tables.is_empty() {
        return ().into_any();
    }
    let rows: Vec<AnyView> = vm
        .tables
        .iter()
        .map(|table| row(table, vm.server_now))
        .collect();
    view! {
        <details class="more">
            <summary>"Table by table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Tables of the layers">
                <table class="fold">
                    <thead>
                        <tr>
                            <th scope="col">"Table"</th>
                            <th scope="col" class="number">"Rows"</th>
                            <th scope="col" class="number">"Went no further"</th>
                            <th scope="col" class="number">"Newest data"</th>
                            <th scope="col" class="number">"Last write"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

fn row(table: &TableVm, now: i64) -> AnyView {
    view! {
        <tr data-testid="table-row">
            <td class="fold-head"><span class="cell-title">{table.name.clone()}</span> " " <span class="cell-note">{table.layer.clone()}</span></td>
            <td class="number num" data-label="Rows">{format::integer(table.rows)}</td>
            <td class="number num" data-label="Went no further">{format::integer(table.rejects)}</td>
            <td class="number" data-label="Newest data">{ago(table.newest_at, now)}</td>
            <td class="number" data-label="Last write">{ago(table.written_at, now)}</td>
        </tr>
    }
    .into_any()
}

pub(super) fn runs(vm: &PipelineVm) -> AnyView {
    let rows: Vec<AnyView> = vm.runs.iter().map(|one| run(one, vm.server_now)).collect();
    let list = if rows.is_empty() {
        view! { <p class="empty">"Nothing has run yet."</p> }.into_any()
    } else {
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Newest runs">
                <table class="fold">
                    <thead>
                        <tr>
                            <th scope="col">"Run"</th>
                            <th scope="col">"Pipeline"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="number">"Rows"</th>
                            <th scope="col" class="number">"Accepted"</th>
                            <th scope="col" class="number">"Quarantined"</th>
                            <th scope="col" class="number">"Began"</th>
                            <th scope="col" class="number">"Took"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        {head("Runs", "runs", "of both pipelines, at work first".to_owned())}
        {list}
        <p class="panel-more"><a href="/batches?show=runs#list">"All runs of files"</a></p>
    }
    .into_any()
}

fn run(run: &RunVm, now: i64) -> AnyView {
    let lasted = run.finished_at.map(|at| at - run.started_at);
    view! {
        <tr data-testid="pipeline-run" data-run-id=run.id.to_string() data-state=run.state.as_str()>
            <td class="fold-head name">
                <span class="cell-title">{format!("{} {}", run.kind, file_name(&run.subject))}</span>
                {(!run.detail.is_empty()).then(|| view! { <p class="cell-note">{cut(&run.detail)}</p> })}
            </td>
            <td data-label="Pipeline">{run.pipeline.as_str()}</td>
            <td data-label="State">{status(of_run(run.state))}</td>
            <td class="number num" data-label="Rows">{format::integer(run.rows)}</td>
            <td class="number num" data-label="Accepted">{format::integer(run.accepted)}</td>
            <td class="number num" data-label="Quarantined">{format::integer(run.quarantined)}</td>
            <td class="number" data-label="Began">{ago(Some(run.started_at), now)}</td>
            <td class="number num" data-label="Took">{took(lasted)}</td>
        </tr>
    }
    .into_any()
}
