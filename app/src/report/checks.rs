//! Results of checks, and the rows that show what was found.

use leptos::prelude::*;

use super::{
    parts::{Cell, Column, Section, columns, heading, nothing, paragraph, status, table},
    words::{capital, count, whole},
};
use crate::{
    components::status::of_check,
    format::{UNKNOWN, integer, plain},
    model::{
        analysis::{AnalysisVm, CheckEvidenceVm},
        format_utc_short,
    },
};

/// Longest cell of evidence in characters: raw rows may be long.
const CELL: usize = 200;

pub(super) fn section(vm: &AnalysisVm) -> Section {
    let checks = &vm.health.checks;
    let body = if checks.is_empty() {
        nothing("No check has run yet.")
    } else {
        let (found, fine): (Vec<&CheckEvidenceVm>, Vec<&CheckEvidenceVm>) = checks
            .iter()
            .partition(|check| check.check.state.severity().is_some());
        view! { {findings(&found)} {others(&fine)} }.into_any()
    };
    Section {
        id: "checks".to_owned(),
        title: "Checks and their evidence".to_owned(),
        body,
    }
}

fn findings(found: &[&CheckEvidenceVm]) -> AnyView {
    if found.is_empty() {
        return view! { {heading("Findings")} {paragraph("No check found anything wrong.")} }
            .into_any();
    }
    let each: Vec<_> = found.iter().map(|check| finding(check)).collect();
    view! {
        {heading(format!("Findings: {}", integer(whole(found.len()))))}
        <div class="findings">{each}</div>
    }
    .into_any()
}

fn finding(found: &CheckEvidenceVm) -> AnyView {
    let check = &found.check;
    let (level, word) = of_check(check.state);
    let mut facts = format!(
        "{} of {} broke the rule; judged on {} UTC",
        integer(check.failed),
        integer(check.tested),
        format_utc_short(check.evaluated_at)
    );
    if let Some(value) = check.value {
        facts.push_str(&format!("; value {}", plain(value)));
    }
    if !check.threshold.is_empty() {
        facts.push_str(&format!("; limit: {}", check.threshold));
    }
    view! {
        <article class="finding">
            <h4>{status(level, word)} " " {capital(&check.title)}</h4>
            <p>{capital(&check.summary)}</p>
            <p class="facts"><code>{check.check_id.clone()}</code>" · " <code>{check.entity.clone()}</code>" · " {facts}"."</p>
            {evidence(found)}
        </article>
    }
    .into_any()
}

fn evidence(found: &CheckEvidenceVm) -> Option<AnyView> {
    let evidence = &found.evidence;
    (!evidence.rows.is_empty()).then(|| {
        let heads = evidence
            .columns
            .iter()
            .map(|head| Column {
                head: head.clone(),
                numbers: false,
            })
            .collect();
        let rows: Vec<Vec<Cell>> = evidence
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| Cell::Mono(cut(cell))).collect())
            .collect();
        let caption = format!(
            "Rows that show it ({} of {})",
            rows.len(),
            integer(found.check.failed.max(whole(rows.len())))
        );
        table(caption, heads, rows)
    })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(CELL) {
        Some((place, _)) => format!("{}…", &text[..place]),
        None => text.to_owned(),
    }
}

fn others(fine: &[&CheckEvidenceVm]) -> Option<AnyView> {
    let rows: Vec<Vec<Cell>> = fine
        .iter()
        .map(|found| {
            let check = &found.check;
            let (level, word) = of_check(check.state);
            vec![
                Cell::Text(capital(&check.title)),
                Cell::View(status(level, word)),
                Cell::Mono(check.entity.clone()),
                integer(check.tested).into(),
                check.value.map_or_else(|| UNKNOWN.to_owned(), plain).into(),
                check.threshold.clone().into(),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| {
        let caption = format!(
            "{} without a finding. Only “Pass” means that the rule holds; “Not evaluated” and “No data” mean that nobody knows.",
            count(whole(rows.len()), "result", "results")
        );
        view! {
            {heading("Results without a finding")}
            {table(caption, columns(["Rule", "Result", "Concerns", "#Tested", "#Value", "Limit"]), rows)}
        }
        .into_any()
    })
}
