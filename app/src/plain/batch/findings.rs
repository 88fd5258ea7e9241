//! What was found in a file: checks with evidence, rows set apart, runs.

use leptos::prelude::*;

use crate::{
    components::{
        panel::Empty,
        status::{Level, of_check, of_run},
    },
    format,
    model::{
        Evidence, LandingState, RunState, RunVm,
        analysis::CheckEvidenceVm,
        batch::{BatchVm, SetApartVm},
    },
    plain::parts::{cut, status, took, when},
};

/// A check that compares a file with the one before it, and has a place of its own.
pub fn is_drift(one: &CheckEvidenceVm) -> bool {
    one.check.check_id.ends_with("_drift")
}

/// Every result but those of drift; what passed is folded away.
pub fn checks(vm: &BatchVm) -> AnyView {
    if vm.checks.is_empty() {
        return view! { <Empty text="No check has judged this file."/> }.into_any();
    }
    let (fine, found): (Vec<_>, Vec<_>) = vm
        .checks
        .iter()
        .filter(|check| !is_drift(check))
        .partition(|check| of_check(check.check.state).0 == Level::Ok);
    let count = fine.len();
    let nothing = found.is_empty();
    let found: Vec<AnyView> = found.into_iter().map(|one| check(one, false)).collect();
    let fine: Vec<AnyView> = fine.into_iter().map(|one| check(one, false)).collect();
    view! {
        {nothing.then(|| view! { <Empty good=true text="No check found anything."/> })}
        <div class="findings">{found}</div>
        <details class="more">
            <summary>{format!("{count} passed")}</summary>
            <div class="findings">{fine}</div>
        </details>
    }
    .into_any()
}

/// One result with the rows that show it; folded unless `open`.
pub fn check(one: &CheckEvidenceVm, open: bool) -> AnyView {
    let check = &one.check;
    let tested = format!(
        "{} of {}",
        format::integer(check.failed),
        format::integer(check.tested)
    );
    let limit = (!check.threshold.is_empty()).then(|| format!("limit {}", check.threshold));
    let value = check
        .value
        .map(|value| format!("value {}", format::plain(value)));
    view! {
        <article class="finding" data-testid="batch-check" data-check=check.check_id.clone() data-state=check.state.as_str()>
            <p class="finding-head">
                {status(of_check(check.state))}
                <span class="cell-title">{check.title.clone()}</span>
                <span class="mono hint">{check.check_id.clone()}</span>
            </p>
            <p>{check.summary.clone()}</p>
            <p class="hint num"><span>{tested} " failed"</span> <span>{value}</span> <span>{limit}</span></p>
            {evidence(&one.evidence, open)}
        </article>
    }
    .into_any()
}

fn evidence(evidence: &Evidence, open: bool) -> AnyView {
    if evidence.rows.is_empty() {
        return ().into_any();
    }
    let columns: Vec<_> = evidence
        .columns
        .iter()
        .map(|name| view! { <th scope="col">{name.clone()}</th> })
        .collect();
    let rows: Vec<_> = evidence
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .map(|cell| view! { <td class="mono">{cut(cell)}</td> })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    view! {
        <details class="more" open=open>
            <summary>{format!("Evidence: the first {}", evidence.rows.len())}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Evidence">
                <table class="compact"><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>
            </div>
        </details>
    }
    .into_any()
}

/// Rows set apart: by rule, the first of them, and a way to read them again.
pub fn quarantine(vm: &BatchVm) -> AnyView {
    if vm.reasons.is_empty() {
        return view! { <Empty good=true text="No row was set apart."/> }.into_any();
    }
    let reasons: Vec<_> = vm
        .reasons
        .iter()
        .map(|reason| {
            view! {
                <tr><td class="mono">{reason.name.clone()}</td><td class="number num">{format::integer(reason.count)}</td></tr>
            }
        })
        .collect();
    let rows: Vec<AnyView> = vm.set_apart.iter().map(row).collect();
    let count = rows.len();
    let retry = format!("/batches/{}/retry", vm.batch.id);
    let can_retry = vm.batch.state == LandingState::Done && vm.batch.quarantined > 0;
    view! {
        <table class="sum" data-testid="reasons">
            <thead><tr><th scope="col">"Rule"</th><th scope="col" class="number">"Rows"</th></tr></thead>
            <tbody>{reasons}</tbody>
        </table>
        <details class="more" open>
            <summary>{format!("The first {count} rows")}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Quarantined rows">
                <table class="fold">
                    <thead>
                        <tr>
                            <th scope="col" class="number">"Line"</th>
                            <th scope="col">"Row as it arrived"</th>
                            <th scope="col">"What is wrong"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
        {can_retry.then(|| view! {
            <form method="post" action=retry class="actions">
                <button class="button" data-testid="retry">"Read them again by the rules of now"</button>
                <a href="/quality">"All quarantined rows"</a>
            </form>
        })}
    }
    .into_any()
}

fn row(row: &SetApartVm) -> AnyView {
    view! {
        <tr data-testid="set-apart">
            <td class="number num" data-label="Line">{format::integer(row.line_no)}</td>
            <td class="wide" data-label="Row as it arrived"><code class="raw">{row.raw.clone()}</code></td>
            <td class="wide" data-label="What is wrong">
                {row.reason.clone()} <p class="cell-note mono">{row.rules.join(", ")}</p>
            </td>
            <td data-label="State">{row.state.clone()}</td>
        </tr>
    }
    .into_any()
}

/// Runs of a file, newest first.
pub fn runs(runs: &[RunVm]) -> AnyView {
    if runs.is_empty() {
        return view! { <Empty text="Its runs are not known any more."/> }.into_any();
    }
    let rows: Vec<AnyView> = runs.iter().map(run).collect();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

fn run(run: &RunVm) -> AnyView {
    let lasted = run.finished_at.map(|at| at - run.started_at);
    let cancel = (run.state == RunState::Running).then(|| {
        view! {
            <form method="post" action=format!("/runs/{}/cancel", run.id)><button class="button">"Cancel"</button></form>
        }
    });
    view! {
        <li class="row" data-state=run.state.as_str()>
            <div class="row-main">
                {status(of_run(run.state))}
                <span class="row-title">{format!("{} #{}", run.kind, run.id)}</span>
                <span class="hint">{run.phase.clone()}</span>
                {cancel}
            </div>
            <p class="row-meta num">
                <span>{format!("{} rows", format::integer(run.rows))}</span>
                <span>"began " {when(Some(run.started_at))} ", took " {took(lasted)}</span>
            </p>
            {(!run.detail.is_empty()).then(|| view! { <p class="row-summary">{cut(&run.detail)}</p> })}
        </li>
    }
    .into_any()
}
