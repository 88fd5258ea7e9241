//! All rules with their limits and what they have proven.

use leptos::prelude::*;

use super::{
    parts::{check_link, head, share},
    record::{confirmed, noise, on, per_day, slowest, worst_recall},
    tabs::{Tab, document},
};
use crate::{
    components::status::Level,
    format,
    model::RuleVm,
    plain::{parts::status, shell::Frame},
};

/// The page; `dataset` limits it to the rules of one, empty for all.
#[must_use]
pub fn rules(frame: Frame, rules: Vec<RuleVm>, dataset: &str) -> String {
    let chosen = dataset.to_owned();
    document(frame, Tab::Rules, "Rules", move || {
        let mut datasets: Vec<String> = rules.iter().map(|rule| rule.dataset.clone()).collect();
        datasets.sort();
        datasets.dedup();
        let shown: Vec<&RuleVm> = rules
            .iter()
            .filter(|rule| chosen.is_empty() || rule.dataset == chosen)
            .collect();
        let noisy = rules.iter().filter(|rule| noise(rule).is_some()).count();
        let note = format!("{} rules, {noisy} noisy", rules.len()).into_any();
        view! {
            <h1 class="sr-only">"Rules"</h1>
            <section class="panel" aria-labelledby="rules">
                {head("Rules", "rules", note)}
                {filters(&datasets, &chosen)}
                {table(&shown)}
                <p class="hint legend">
                    "Alerts a day are measured on generated data without faults and on real prices of 2018; caught is the "
                    "share of injected faults, of the kind it catches worst; confirmed are incidents that people judged."
                </p>
            </section>
        }
        .into_any()
    })
}

fn filters(datasets: &[String], chosen: &str) -> AnyView {
    let link = |name: String, href: String, is_current: bool| {
        view! { <a class="filter" href=href aria-current=is_current.then_some("true")>{name}</a> }
            .into_any()
    };
    let mut links = vec![link(
        "all".to_owned(),
        "/quality/rules".to_owned(),
        chosen.is_empty(),
    )];
    links.extend(datasets.iter().map(|dataset| {
        let href = format!("/quality/rules?dataset={}", crate::links::encode(dataset));
        link(dataset.clone(), href, dataset == chosen)
    }));
    view! { <nav class="filters" aria-label="Rules by dataset"><span class="filter-name">"Dataset"</span>{links}</nav> }.into_any()
}

fn table(rules: &[&RuleVm]) -> AnyView {
    if rules.is_empty() {
        return view! { <p class="empty">"No rule is in force here."</p> }.into_any();
    }
    let rows: Vec<AnyView> = rules.iter().map(|rule| row(rule)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Rules">
            <table class="fold rule-table">
                <thead>
                    <tr>
                        <th scope="col">"Rule"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Limits"</th>
                        <th scope="col">"Action"</th>
                        <th scope="col">"Owner"</th>
                        <th scope="col" class="number">"Quiet, a day"</th>
                        <th scope="col" class="number">"Prices, a day"</th>
                        <th scope="col" class="number">"Caught"</th>
                        <th scope="col" class="number">"Delay"</th>
                        <th scope="col" class="number">"Confirmed"</th>
                        <th scope="col" class="number">"30 days"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Limits by severity, the mildest first.
pub(super) fn limits(rule: &RuleVm) -> AnyView {
    if rule.limits.is_empty() {
        return format::UNKNOWN.into_any();
    }
    let items: Vec<AnyView> = rule
        .limits
        .iter()
        .map(|(severity, words)| {
            view! { <li><span class="cell-note">{severity.clone()}</span>" "<span class="num">{words.clone()}</span></li> }
                .into_any()
        })
        .collect();
    view! { <ul class="limits">{items}</ul> }.into_any()
}

fn row(rule: &RuleVm) -> AnyView {
    let noise = noise(rule);
    let noisy = noise.map(|why| {
        view! { <p class="cell-note">{status((Level::Warn, "Noisy"))}" "{why}</p> }
    });
    let recall = worst_recall(rule)
        .map_or_else(|| format::UNKNOWN.to_owned(), |recall| share(recall.recall));
    let fault = worst_recall(rule).map(|recall| recall.fault.replace('_', " "));
    let alerts = match rule.open_alerts {
        0 => format::integer(rule.alerts_30d),
        open => format!("{}, {open} open", format::integer(rule.alerts_30d)),
    };
    view! {
        <tr data-testid="rule-row" data-rule=rule.id.clone()>
            <td class="wide fold-head">
                {check_link(&rule.id)}
                {rule.is_own.then(|| view! { <span class="badge">"own"</span> })}
                <p class="cell-note">{rule.title.clone()}</p>
                {noisy}
            </td>
            <td data-label="Kind"><span class="nowrap">{rule.kind.clone()}</span><p class="cell-note">{rule.dimension.clone()}</p></td>
            <td data-label="Limits">{limits(rule)}</td>
            <td data-label="Action">{rule.action.clone()}</td>
            <td data-label="Owner">{rule.owner.clone()}</td>
            <td class="number num" data-label="Quiet, a day">{per_day(on(rule, "quiet"))}</td>
            <td class="number num" data-label="Prices, a day">{per_day(on(rule, "prices"))}</td>
            <td class="number num" data-label="Caught" title=fault>{recall}</td>
            <td class="number num" data-label="Delay">{slowest(rule)}</td>
            <td class="number num" data-label="Confirmed">{confirmed(rule)}</td>
            <td class="number num" data-label="30 days">{alerts}</td>
        </tr>
    }
    .into_any()
}
