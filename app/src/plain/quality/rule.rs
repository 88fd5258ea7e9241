//! One rule: what it demands and why, its text, what it has proven, and a form to try it on history.

use leptos::prelude::*;

use super::{
    parts::{check_link, head, only_operators, span},
    record::{self, confirmed, noise},
    rules::limits,
    tabs::{Tab, document},
    trial::form,
};
use crate::{
    components::status::Level,
    format,
    links::encode,
    model::{RuleDetailVm, RuleVm, batch::Standing},
    plain::{parts::status, shell::Frame},
};

/// Address of a rule.
pub(super) fn href(id: &str) -> String {
    format!("/quality/rules/{}", encode(id))
}

/// The page, for a reader of this standing.
#[must_use]
pub fn rule(frame: Frame, vm: RuleDetailVm, reader: Standing) -> String {
    let title = vm.rule.id.clone();
    document(frame, Tab::Rules, &title, move || {
        let RuleDetailVm {
            rule,
            description,
            advice,
            runbook,
            text,
            file,
        } = vm;
        let trying = match reader {
            Standing::Operator => form(&text, super::trial::USUAL_DAYS),
            other => only_operators(other, "try and save rules", &href(&rule.id)),
        };
        let noisy =
            noise(&rule).map(|why| view! { <p>{status((Level::Warn, "Noisy"))}" "{why}</p> });
        view! {
            <header class="page-head">
                <p class="crumbs"><a href="/quality/rules">"Rules"</a></p>
                <h1>{rule.title.clone()}</h1>
                <p class="mono">{rule.id.clone()}</p>
                {noisy}
            </header>
            <div class="grid">
                <section class="panel" aria-labelledby="facts">
                    {head("Rule", "facts", ().into_any())}
                    {facts(&rule, file)}
                </section>
                <section class="panel span-2" aria-labelledby="why">
                    {head("Why, and what to do", "why", ().into_any())}
                    <div class="rule-words">
                        {paragraph(&description, "No description is written for this rule.")}
                        <h3>"What to do about a finding"</h3>
                        {paragraph(&advice, "No advice is written for this rule.")}
                        {link(&runbook)}
                    </div>
                </section>
            </div>
            <section class="panel" aria-labelledby="record">
                {head("Record", "record", format!("confirmed incidents: {}", confirmed(&rule)).into_any())}
                {record::table(&rule.records)}
            </section>
            <section class="panel" aria-labelledby="try">
                {head("Text, and trying another", "try", "nothing changes before it is saved".into_any())}
                {(reader != Standing::Operator).then(|| view! { <pre class="inspect" tabindex="0">{text}</pre> })}
                {trying}
            </section>
        }
        .into_any()
    })
}

fn paragraph(text: &str, without: &'static str) -> AnyView {
    if text.trim().is_empty() {
        return view! { <p class="hint">{without}</p> }.into_any();
    }
    let parts: Vec<AnyView> = text
        .split("\n\n")
        .map(|part| view! { <p>{part.trim().to_owned()}</p> }.into_any())
        .collect();
    parts.into_any()
}

/// A runbook is a link only if it is an address of the web: the text comes from a file that anybody may write.
fn link(runbook: &str) -> AnyView {
    if runbook.is_empty() {
        return ().into_any();
    }
    let is_web = runbook.starts_with("https://")
        || runbook.starts_with("http://")
        || runbook.starts_with('/');
    let (text, address) = (runbook.to_owned(), runbook.to_owned());
    if is_web {
        view! { <p>"Runbook: "<a rel="external noreferrer" href=address>{text}</a></p> }.into_any()
    } else {
        view! { <p>"Runbook: "{text}</p> }.into_any()
    }
}

fn facts(rule: &RuleVm, file: String) -> AnyView {
    let inhibitors: Vec<AnyView> = rule
        .inhibited_by
        .iter()
        .map(|check| view! { {check_link(check)}" " }.into_any())
        .collect();
    let inhibitors = if inhibitors.is_empty() {
        format::UNKNOWN.into_any()
    } else {
        inhibitors.into_any()
    };
    let origin = if rule.is_own {
        "own, not as shipped"
    } else {
        "as shipped"
    };
    view! {
        <dl class="facts facts-wide">
            <div><dt>"Kind"</dt><dd>{rule.kind.clone()}</dd></div>
            <div><dt>"Dataset"</dt><dd>{format!("{}, {}", rule.dataset, rule.layer)}</dd></div>
            <div><dt>"Dimension"</dt><dd>{rule.dimension.clone()}</dd></div>
            <div><dt>"Limits"</dt><dd>{limits(rule)}</dd></div>
            <div><dt>"Action"</dt><dd>{rule.action.clone()}</dd></div>
            <div><dt>"Fires after"</dt><dd class="num">{span(rule.for_ms)}</dd></div>
            <div><dt>"Resolved after"</dt><dd class="num">{span(rule.keep_firing_ms)}</dd></div>
            <div><dt>"Explained by"</dt><dd>{inhibitors}</dd></div>
            <div><dt>"Owner"</dt><dd>{rule.owner.clone()}</dd></div>
            <div><dt>"File"</dt><dd><span class="mono">{file}</span>", "{origin}</dd></div>
            <div><dt>"Alerts, 30 days"</dt><dd class="num">{format!("{}, {} open", rule.alerts_30d, rule.open_alerts)}</dd></div>
        </dl>
    }
    .into_any()
}
