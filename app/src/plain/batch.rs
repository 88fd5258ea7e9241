//! `/batches/{id}`: what a file held, whether it can be trusted, and why.

mod findings;

use leptos::prelude::*;

use self::findings::{checks, quarantine, runs};
use super::{
    drawing::{histogram, months, words},
    parts::{file_name, instrument, panel, status, step, value, verdict, when},
    shell::{Frame, document},
};
use crate::{
    components::{panel::Empty, status::Shape, status::of_landing},
    format, links,
    model::{
        LandingState,
        analysis::{DistributionVm, ProfileOfFileVm},
        batch::{BatchRowVm, BatchVm},
        format_utc,
    },
};

/// Seconds until the page of a batch that is still at work loads itself again.
const AGAIN_S: u32 = 2;

/// The whole document.
#[must_use]
pub fn render(frame: Frame, vm: BatchVm) -> String {
    let at_work = matches!(
        vm.batch.state,
        LandingState::Landing | LandingState::Landed | LandingState::Refining
    );
    let title = file_name(&vm.batch.origin).to_owned();
    document(frame, &title, at_work.then_some(AGAIN_S), move || {
        content(&vm)
    })
}

fn content(vm: &BatchVm) -> AnyView {
    let batch = &vm.batch;
    let name = file_name(&batch.origin).to_owned();
    let note = format!(
        "#{} · arrived {} UTC",
        batch.id,
        format_utc(batch.received_at)
    );
    let profile = match &vm.profile {
        Some(profile) => shape(vm, profile),
        None => view! { <Empty text="No profile: no row of this file became silver."/> }.into_any(),
    };
    view! {
        <header class="page-head">
            <p class="crumbs"><a href="/batches">"Batches"</a></p>
            <h1 data-testid="batch-name">{name}</h1>
            <p class="hint num">{note}</p>
        </header>
        {sentence(batch)}
        <div class="grid">
            {panel("What came in", "origin", "span-2", origin(vm))}
            {panel("Rows", "rows", "", counts(batch))}
            {panel("Profile", "profile", "span-3", profile)}
            {panel("Against the batch before it", "drift", "span-3", drift(vm))}
            {panel("Checks", "checks", "span-3", checks(vm))}
            {panel("Quarantine", "quarantine", "span-3", quarantine(vm))}
            {panel("Runs of this file", "runs", "span-3", runs(&vm.runs))}
        </div>
    }
    .into_any()
}

/// Shape, word and reason.
fn sentence(batch: &BatchRowVm) -> AnyView {
    let (level, start, word) = if batch.verdict.is_empty() {
        let (level, word) = of_landing(batch.state);
        (level, "This batch is ", word.to_lowercase())
    } else {
        let (level, _) = verdict(&batch.verdict);
        (level, "This batch is ", batch.verdict.clone())
    };
    let reason = [&batch.reason, &batch.detail]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or_else(|| ".".to_owned(), |text| format!(": {text}"));
    view! {
        <div class=format!("verdict level-{}", level.as_str()) data-testid="batch-verdict" data-level=level.as_str()>
            <Shape level/>
            <p class="verdict-text">{start} <strong>{word}</strong> {reason}</p>
        </div>
    }
    .into_any()
}

fn origin(vm: &BatchVm) -> AnyView {
    let batch = &vm.batch;
    let format = if batch.format.is_empty() {
        "not recognised".to_owned()
    } else {
        batch.format.clone()
    };
    let columns = vm.schema.as_ref().map(|schema| {
        let separator = &schema.separator;
        format!("{} (separated by {separator})", schema.columns.join(", "))
    });
    view! {
        <dl class="facts facts-wide">
            <div><dt>"Origin"</dt><dd class="mono">{batch.origin.clone()}</dd></div>
            <div><dt>"SHA-256"</dt><dd class="mono">{batch.sha256.clone()}</dd></div>
            <div><dt>"Size"</dt><dd class="num">{format::bytes(batch.bytes)}</dd></div>
            <div><dt>"Holds"</dt><dd>{format!("{} {}", batch.dataset, step(batch.step_ms))}</dd></div>
            <div><dt>"Instrument"</dt><dd>{instrument(batch).to_owned()}</dd></div>
            <div><dt>"Venue"</dt><dd>{batch.venue.clone()}</dd></div>
            <div><dt>"Format"</dt><dd>{format}</dd></div>
            {columns.map(|columns| view! { <div><dt>"Columns"</dt><dd class="mono">{columns}</dd></div> })}
            <div><dt>"State"</dt><dd>{status(of_landing(batch.state))}</dd></div>
            <div><dt>"Refined last"</dt><dd>{when(batch.finished_at)}</dd></div>
        </dl>
        {(!vm.evidence.is_empty()).then(|| view! {
            <details class="more">
                <summary>"Why it was taken for that"</summary>
                <pre class="inspect" tabindex="0">{vm.evidence.clone()}</pre>
            </details>
        })}
    }
    .into_any()
}

/// The counts, whether they add up, and how they divide.
fn counts(batch: &BatchRowVm) -> AnyView {
    let sum = batch.accepted + batch.deduplicated + batch.quarantined;
    let line = |sign: &'static str, name: &'static str, count: i64| {
        view! {
            <tr><td class="sign">{sign}</td><td>{name}</td><td class="number num">{format::integer(count)}</td></tr>
        }
    };
    let balance = if batch.state != LandingState::Done {
        "The books are not closed yet.".to_owned()
    } else if sum == batch.rows {
        "Every row is accounted for.".to_owned()
    } else {
        format!(
            "They do not add up: {} rows are missing from the books.",
            format::integer(batch.rows - sum)
        )
    };
    view! {
        <table class="sum">
            <tbody>
                {line("", "Rows read", batch.rows)}
                {line("=", "Accepted", batch.accepted)}
                {line("+", "Deduplicated", batch.deduplicated)}
                {line("+", "Quarantined", batch.quarantined)}
                {line("", "Flagged, of the accepted", batch.flagged)}
            </tbody>
        </table>
        <p class="hint" data-testid="balance">{balance}</p>
        <dl class="facts">
            <div><dt>"From"</dt><dd>{when(batch.first_at)}</dd></div>
            <div><dt>"To"</dt><dd>{when(batch.last_at)}</dd></div>
        </dl>
    }
    .into_any()
}

fn shape(vm: &BatchVm, profile: &ProfileOfFileVm) -> AnyView {
    let cards: Vec<AnyView> = profile
        .distributions
        .iter()
        .map(|distribution| card(vm, distribution))
        .collect();
    let by_month: Vec<AnyView> = profile
        .months
        .iter()
        .map(|month| view! { <li>{words(month)}</li> }.into_any())
        .collect();
    view! {
        {months(&profile.months)}
        <details class="more"><summary>"By month"</summary><ul class="columns num">{by_month}</ul></details>
        <div class="cards">{cards}</div>
    }
    .into_any()
}

fn card(vm: &BatchVm, distribution: &DistributionVm) -> AnyView {
    let name = distribution.name.clone();
    let picture = vm
        .histograms
        .iter()
        .find(|one| one.name == name)
        .map(histogram);
    let rows = quantiles(distribution).map(|(label, number)| {
        view! { <div><dt>{label}</dt><dd class="num">{value(&name, number)}</dd></div> }.into_any()
    });
    view! {
        <section class="card">
            <h3>{name.replace('_', " ")} " " <small class="num">{format!("{} values", format::integer(distribution.count))}</small></h3>
            {picture}
            <dl class="facts">{rows.into_iter().collect::<Vec<_>>()}</dl>
        </section>
    }
    .into_any()
}

/// Names and values of the quantiles.
pub(super) fn quantiles(of: &DistributionVm) -> [(&'static str, f64); 7] {
    [
        ("min", of.min),
        ("1 %", of.q01),
        ("25 %", of.q25),
        ("median", of.q50),
        ("75 %", of.q75),
        ("99 %", of.q99),
        ("max", of.max),
    ]
}

fn drift(vm: &BatchVm) -> AnyView {
    let found: Vec<AnyView> = vm
        .checks
        .iter()
        .filter(|check| findings::is_drift(check))
        .map(|check| findings::check(check, true))
        .collect();
    let way = match &vm.before {
        Some((id, name)) => {
            let href = format!("/batches/compare?a={id}&b={}", vm.batch.id);
            view! {
                <p>
                    "The batch before it of the same series: "
                    <a href=links::batch(*id)>{file_name(name).to_owned()}</a> ". "
                    <a href=href data-testid="compare-before">"Compare the two"</a>
                </p>
            }
            .into_any()
        }
        None => {
            view! { <p class="hint">"It is the first batch of its series and step."</p> }.into_any()
        }
    };
    view! { {way} <div class="findings">{found}</div> }.into_any()
}
