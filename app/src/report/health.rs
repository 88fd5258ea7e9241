//! State of the data: layers, alerts, quarantine.

use leptos::prelude::*;

use super::{
    parts::{Cell, Section, columns, heading, nothing, paragraph, status, table},
    verdict,
    words::{capital, count, date},
};
use crate::{
    components::status::{of_alert, of_check, of_severity},
    format::{UNKNOWN, integer},
    model::{
        CheckState,
        analysis::{AnalysisVm, HealthVm},
        format_utc_short,
    },
};

pub(super) fn section(vm: &AnalysisVm) -> Section {
    let health = &vm.health;
    Section {
        id: "health".to_owned(),
        title: "Data health".to_owned(),
        body: view! {
            <p>"The data are " {verdict(vm)} ": " {vm.verdict.reason.clone()} "."</p>
            {layers(health)}
            {results(health)}
            {alerts(health)}
            {quarantine(health)}
        }
        .into_any(),
    }
}

fn layers(health: &HealthVm) -> AnyView {
    let time = |at: Option<i64>| at.map_or_else(|| UNKNOWN.to_owned(), format_utc_short);
    let rows = health
        .layers
        .iter()
        .map(|layer| -> Vec<Cell> {
            let (level, word) = of_severity(layer.worst);
            let meaning = match layer.layer.as_str() {
                "bronze" => "as it arrived",
                "silver" => "clean, typed rows",
                "gold" => "summaries",
                _ => "",
            };
            vec![
                layer.layer.clone().into(),
                meaning.into(),
                Cell::View(status(level, word)),
                integer(layer.rows).into(),
                integer(layer.rejects).into(),
                integer(layer.open_alerts).into(),
                time(layer.newest_at).into(),
            ]
        })
        .collect();
    table(
        "The three layers of the data, each made from the one before. Set apart means: refused files (bronze), rows in \
         quarantine (silver), bars with a finding (gold).",
        columns([
            "Layer",
            "Holds",
            "Worst open alert",
            "#Rows",
            "#Set apart",
            "#Open alerts",
            "Newest data (UTC)",
        ]),
        rows,
    )
}

fn results(health: &HealthVm) -> AnyView {
    let all: i64 = health.check_counts.iter().map(|state| state.count).sum();
    if all == 0 {
        return nothing("No check has run yet, so nothing is known of the quality of the data.");
    }
    let states: Vec<_> = health
        .check_counts
        .iter()
        .map(|state| {
            let (level, word) = CheckState::parse(&state.name).map_or(
                (crate::components::status::Level::Unknown, "Unknown"),
                of_check,
            );
            view! { <li>{status(level, word)} " " <strong>{integer(state.count)}</strong></li> }
        })
        .collect();
    view! {
        {heading("Checks at a glance")}
        <p>{format!("{}, each for one file, series or source; the newest result of each counts.", count(all, "check", "checks"))}
            " "<a href="#checks">"All results and their evidence"</a>"."</p>
        <ul class="tally">{states}</ul>
    }
    .into_any()
}

fn alerts(health: &HealthVm) -> AnyView {
    if health.open_alerts.is_empty() {
        return view! { {heading("Open alerts")} {paragraph("None.")} }.into_any();
    }
    let rows = health
        .open_alerts
        .iter()
        .map(|alert| -> Vec<Cell> {
            let (level, word) = of_alert(alert.severity, alert.state);
            vec![
                Cell::View(status(level, word)),
                capital(&alert.title).into(),
                Cell::Mono(alert.entity.clone()),
                capital(&alert.summary).into(),
                date(alert.opened_at).into(),
                integer(alert.count).into(),
            ]
        })
        .collect();
    let shown = i64::try_from(health.open_alerts.len()).unwrap_or(0);
    let caption = if shown < health.open_alert_count {
        format!(
            "The worst {shown} of {} open alerts.",
            integer(health.open_alert_count)
        )
    } else {
        format!(
            "{}, worst first.",
            count(health.open_alert_count, "open alert", "open alerts")
        )
    };
    view! {
        {heading("Open alerts")}
        {table(caption, columns(["Severity", "Rule", "Concerns", "What is wrong", "Since", "#Seen"]), rows)}
    }
    .into_any()
}

fn quarantine(health: &HealthVm) -> AnyView {
    if health.quarantined == 0 {
        return view! {
            {heading("Quarantine")}
            {paragraph("No row was set apart: every row that was read broke no hard rule.")}
        }
        .into_any();
    }
    let rows = health
        .quarantine_reasons
        .iter()
        .map(|reason| {
            vec![
                Cell::Mono(reason.name.clone()),
                integer(reason.count).into(),
            ]
        })
        .collect();
    let caption = format!(
        "{} in quarantine, by the rule that was broken. A row that broke two rules counts for both. None of them is in any \
         number of this report.",
        count(health.quarantined, "row", "rows")
    );
    view! { {heading("Quarantine")} {table(caption, columns(["Rule", "#Rows"]), rows)} }.into_any()
}
