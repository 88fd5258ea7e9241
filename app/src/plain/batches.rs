//! The Batches page but for its runs: the box that takes a file, jobs, inbox and the list.

mod list;

use leptos::prelude::*;

use self::list::{files, runs};
use super::{
    SignIn,
    parts::{cut, status, when},
    shell::part,
};
use crate::{
    components::status::Level,
    format,
    links::encode,
    model::{
        BatchesVm, LandingState, RunState,
        batch::{BatchFilter, BatchListVm, InboxVm, JobVm, Standing},
    },
};

/// The page's data, for a reader of this standing.
#[must_use]
pub fn page(vm: BatchListVm, standing: Standing) -> BatchesVm {
    let rest = part(|| {
        view! {
            <div class="grid">
                <section class="panel span-2" aria-labelledby="jobs">
                    <header class="panel-head"><h2 id="jobs">"Scheduled jobs"</h2></header>
                    {jobs(&vm.jobs)}
                </section>
                <section class="panel" aria-labelledby="inbox">
                    <header class="panel-head"><h2 id="inbox">"Inbox"</h2></header>
                    {inbox(vm.inbox.as_ref(), standing)}
                </section>
            </div>
            <section class="panel" aria-labelledby="list">
                <header class="panel-head">
                    <h2 id="list">{if vm.filter.runs { "All runs" } else { "All files" }}</h2>
                </header>
                {filters(&vm.filter)}
                {if vm.filter.runs { runs(&vm) } else { files(&vm) }}
                {older(&vm)}
            </section>
        }
        .into_any()
    });
    BatchesVm {
        runs: vm.newest_runs,
        rest,
    }
}

/// The box that takes a file, for a reader of this standing.
#[must_use]
pub fn upload_box(max_mb: u64, standing: Standing) -> String {
    part(|| upload(max_mb, standing))
}

fn upload(max_mb: u64, standing: Standing) -> AnyView {
    let body = match standing {
        Standing::Operator => view! {
            <div class="upload">
                <form method="post" action="/upload" enctype="multipart/form-data" target="upload-frame" data-testid="upload-form">
                    <label class="drop">
                        <span>"Prices or news, plain or compressed. Choose a file or drop it here."</span>
                        <input type="file" name="file" required/>
                    </label>
                    <p><button class="button button-main">"Upload and inspect"</button></p>
                    <p class="hint">"While it arrives, its run is shown below. Nothing is taken in before you commit it."</p>
                </form>
                <iframe name="upload-frame" src="/upload/frame" title="The uploaded file" data-testid="upload-frame"></iframe>
            </div>
        }
        .into_any(),
        Standing::MustSignIn => view! {
            <p class="hint">"Operators may upload files, cancel runs and start jobs."</p>
            <SignIn back="/batches".to_owned()/>
        }
        .into_any(),
        Standing::Elsewhere => view! {
            <p class="empty">
                "Files are only taken from the machine itself, since no operator token is configured. There: assay ingest PATH"
            </p>
        }
        .into_any(),
    };
    view! {
        <header class="panel-head">
            <h2 id="upload">"Upload"</h2>
            <p class="panel-note">{format!("at most {} MB", format::integer(max_mb.cast_signed()))}</p>
        </header>
        {body}
    }
    .into_any()
}

fn jobs(jobs: &[JobVm]) -> AnyView {
    if jobs.is_empty() {
        return view! { <p class="empty">"No job is scheduled. Add [[batch.schedule]] to the configuration."</p> }
            .into_any();
    }
    let rows: Vec<AnyView> = jobs.iter().map(job).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Scheduled jobs">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Job"</th>
                        <th scope="col">"When"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Last run"</th>
                        <th scope="col">"Next run"</th>
                        <th scope="col"><span class="sr-only">"Run now"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn job(job: &JobVm) -> AnyView {
    let state = match job.state.as_str() {
        "idle" => (Level::NoData, "Waiting"),
        "running" => (Level::Info, "Running"),
        "done" => (Level::Ok, "Done"),
        "failed" => (Level::Crit, "Failed"),
        "cancelled" => (Level::NoData, "Cancelled"),
        _ => (Level::Unknown, "Unknown"),
    };
    let next = match job.next_run_at {
        Some(_) => when(job.next_run_at),
        None => "not scheduled any more".into_any(),
    };
    let action = format!("/jobs/{}/run", encode(&job.name));
    view! {
        <tr data-testid="job-row" data-state=job.state.clone()>
            <td class="fold-head">
                <span class="cell-title">{job.name.clone()}</span>
                <p class="cell-note">{format!("{} · {}", job.kind, job.subject)}</p>
            </td>
            <td data-label="When"><span class="mono nowrap">{job.cron.clone()}</span></td>
            <td data-label="State">{status(state)}<p class="cell-note">{cut(&job.detail)}</p></td>
            <td data-label="Last run">{when(job.last_run_at)}</td>
            <td data-label="Next run">{next}</td>
            <td class="number">
                <form method="post" action=action><button class="button">"Run now"</button></form>
            </td>
        </tr>
    }
    .into_any()
}

fn inbox(inbox: Option<&InboxVm>, standing: Standing) -> AnyView {
    let Some(inbox) = inbox else {
        return view! { <p class="empty">"No folder is watched. Set inbox in [batch] of the configuration."</p> }
            .into_any();
    };
    let waiting = match inbox.waiting {
        Some(0) => "nothing".to_owned(),
        Some(1) => "1 file".to_owned(),
        Some(count) => format!("{count} files"),
        None => "the folder cannot be read".to_owned(),
    };
    // a path tells of the machine: only those who run it need it
    let folder = (standing == Standing::Operator).then(|| inbox.folder.clone());
    view! {
        <dl class="facts" data-testid="inbox">
            {folder.map(|folder| view! { <div><dt>"Folder"</dt><dd class="mono">{folder}</dd></div> })}
            <div><dt>"Waiting"</dt><dd>{waiting}</dd></div>
            <div><dt>"Taken"</dt><dd class="num">{inbox.done}</dd></div>
            <div><dt>"Refused"</dt><dd class="num">{inbox.refused}</dd></div>
        </dl>
    }
    .into_any()
}

/// Address of a view of the list, at the list: the page is long.
fn href(filter: &BatchFilter) -> String {
    filter.href() + "#list"
}

/// Plain links; the router takes them over in the browser.
fn filters(filter: &BatchFilter) -> AnyView {
    let link = |text: &str, to: BatchFilter| {
        let current = (to.runs == filter.runs && to.state == filter.state).then_some("true");
        view! { <a class="filter" href=href(&to) aria-current=current>{text.to_owned()}</a> }
            .into_any()
    };
    let shows = [("Files", false), ("Runs", true)].map(|(text, runs)| {
        let current = (runs == filter.runs).then_some("true");
        let to = BatchFilter {
            runs,
            ..BatchFilter::default()
        };
        view! { <a class="filter" href=href(&to) aria-current=current>{text}</a> }.into_any()
    });
    let states: Vec<&str> = if filter.runs {
        [
            RunState::Running,
            RunState::Done,
            RunState::Refused,
            RunState::Failed,
            RunState::Interrupted,
            RunState::Cancelled,
        ]
        .map(RunState::as_str)
        .to_vec()
    } else {
        [
            LandingState::Refining,
            LandingState::Done,
            LandingState::Refused,
            LandingState::Failed,
            LandingState::Cancelled,
        ]
        .map(LandingState::as_str)
        .to_vec()
    };
    let states: Vec<AnyView> = std::iter::once("")
        .chain(states)
        .map(|state| {
            let to = BatchFilter {
                runs: filter.runs,
                state: state.to_owned(),
                before: None,
            };
            link(if state.is_empty() { "all" } else { state }, to)
        })
        .collect();
    view! {
        <nav class="filters" aria-label="Filter of the list">
            <span class="filter-name">"Show"</span> {shows.into_iter().collect::<Vec<_>>()}
            <span class="filter-name">"State"</span> {states}
        </nav>
    }
    .into_any()
}

fn older(vm: &BatchListVm) -> AnyView {
    let newest = vm.filter.before.map(|_| {
        let to = BatchFilter {
            before: None,
            ..vm.filter.clone()
        };
        view! { <a href=href(&to)>"Newest"</a> }
    });
    let older = vm
        .older
        .as_ref()
        .map(|to| view! { <a href=href(to) data-testid="older">"Older"</a> });
    (newest.is_some() || older.is_some())
        .then(|| view! { <p class="panel-more pages">{newest} {older}</p> })
        .into_any()
}
