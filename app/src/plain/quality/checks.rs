//! Newest results of the checks: those that do not pass as rows, worst first, the others as counts.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    parts::{check_link, head},
    tabs::{Tab, document},
};
use crate::{
    components::status::{Level, of_check},
    format,
    model::CheckVm,
    plain::{
        parts::{ago, status},
        shell::Frame,
    },
};

/// Results on the first page that do not pass; the others are on the page of all results.
const SHOWN: usize = 25;

/// True for results that a reader has to see: findings, missing data, broken checks.
fn is_shown(check: &CheckVm) -> bool {
    matches!(
        of_check(check.state).0,
        Level::Warn | Level::Crit | Level::NoData
    )
}

/// The panel on the first page.
pub(super) fn panel(checks: &[CheckVm], now: i64) -> AnyView {
    let (mut shown, rest): (Vec<&CheckVm>, Vec<&CheckVm>) =
        checks.iter().partition(|check| is_shown(check));
    shown.sort_by_key(|check| std::cmp::Reverse(of_check(check.state).0));
    let note = view! {
        <a rel="external" href="/quality/checks">{format!("all {} results", format::integer(checks.len() as i64))}</a>
    }
    .into_any();
    let body = if checks.is_empty() {
        view! { <p class="empty">"No check has run yet in this view."</p> }.into_any()
    } else {
        let more = shown.len().saturating_sub(SHOWN);
        view! {
            {if shown.is_empty() {
                view! { <p class="empty empty-good">"Every check that was evaluated passes."</p> }.into_any()
            } else {
                table("Checks that do not pass", shown.iter().take(SHOWN).copied(), now)
            }}
            {(more > 0).then(|| view! {
                <p class="panel-more"><a rel="external" href="/quality/checks">{format!("{more} more that do not pass")}</a></p>
            })}
            {counts(&rest)}
        }
        .into_any()
    };
    view! {
        <section class="panel" aria-labelledby="checks">
            {head("Checks", "checks", note)}
            {body}
        </section>
    }
    .into_any()
}

/// The page of all results.
#[must_use]
pub fn checks(frame: Frame, mut checks: Vec<CheckVm>) -> String {
    let now = frame.start.server_now;
    checks.sort_by_key(|check| std::cmp::Reverse(of_check(check.state).0));
    document(frame, Tab::Health, "Checks", move || {
        view! {
            <header class="page-head">
                <p class="crumbs"><a href="/quality">"Health"</a></p>
                <h1>"Results of the checks"</h1>
            </header>
            <section class="panel" aria-label="Results">
                {if checks.is_empty() {
                    view! { <p class="empty">"No check has run yet."</p> }.into_any()
                } else {
                    table("All results, worst first", checks.iter(), now)
                }}
            </section>
        }
        .into_any()
    })
}

/// What needs no look, by dataset: how many pass, and how many were not evaluated.
fn counts(checks: &[&CheckVm]) -> AnyView {
    let mut by_dataset: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for check in checks {
        let dataset = check.check_id.split('.').next().unwrap_or_default();
        let (passed, other) = by_dataset.entry(dataset).or_default();
        match of_check(check.state).0 {
            Level::Ok => *passed += 1,
            _ => *other += 1,
        }
    }
    if by_dataset.is_empty() {
        return ().into_any();
    }
    let items: Vec<AnyView> = by_dataset
        .into_iter()
        .map(|(dataset, (passed, other))| {
            let other = (other > 0).then(|| format!(", {other} not evaluated"));
            view! {
                <li data-testid="passing"><span class="cell-title">{dataset.to_owned()}</span>
                    " "<span class="num">{passed}</span>" pass"{other}
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="passing" aria-label="Checks that pass, by dataset">{items}</ul> }.into_any()
}

fn table<'a>(name: &'static str, checks: impl Iterator<Item = &'a CheckVm>, now: i64) -> AnyView {
    let rows: Vec<AnyView> = checks.map(|check| row(check, now)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=name>
            <table class="fixed">
                <thead>
                    <tr>
                        <th scope="col">"Result"</th>
                        <th scope="col" class="col-check">"Check"</th>
                        <th scope="col" class="col-where">"Where"</th>
                        <th scope="col" class="number">"Failed / tested"</th>
                        <th scope="col" class="number">"Value"</th>
                        <th scope="col">"Limit"</th>
                        <th scope="col" class="number">"Since"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(check: &CheckVm, now: i64) -> AnyView {
    let value = check
        .value
        .map_or_else(|| format::UNKNOWN.to_owned(), format::plain);
    view! {
        <tr data-testid="check-row" data-check=check.check_id.clone() data-entity=check.entity.clone()
            data-state=check.state.as_str()>
            <td>{status(of_check(check.state))}</td>
            <td class="wide">
                <span class="cell-title">{check.title.clone()}</span>
                <p class="cell-note">{check.summary.clone()}</p>
                <p class="cell-note">{check_link(&check.check_id)}" · "{check.dimension.clone()}</p>
            </td>
            <td><span class="mono">{check.entity.clone()}</span><p class="cell-note">{check.layer.clone()}</p></td>
            <td class="number num">{format::integer(check.failed)}" / "{format::integer(check.tested)}</td>
            <td class="number num">{value}</td>
            <td>{check.threshold.clone()}</td>
            <td class="number">{ago(Some(check.since), now)}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::CheckState, plain::shell::part};

    fn check(state: CheckState) -> CheckVm {
        CheckVm {
            check_id: "candle.ohlc".into(),
            title: "prices fit together".into(),
            layer: "silver".into(),
            dimension: "validity".into(),
            entity: "BTC-USD/bitfinex/a.csv".into(),
            state,
            tested: 10,
            failed: 0,
            value: None,
            threshold: String::new(),
            summary: String::new(),
            evaluated_at: 0,
            since: 0,
        }
    }

    #[test]
    fn the_worst_comes_first_and_what_passes_is_a_count() {
        let all: Vec<CheckVm> = [
            CheckState::Pass,
            CheckState::NoData,
            CheckState::Warn,
            CheckState::NotEvaluated,
            CheckState::Failed,
            CheckState::Critical,
        ]
        .map(check)
        .into();
        let html = part(|| panel(&all, 0));
        assert_eq!(html.matches("data-testid=\"check-row\"").count(), 4);
        let at = |state: &str| {
            html.find(&format!("data-state=\"{state}\""))
                .expect("a row")
        };
        assert!(at("failed") < at("warn") && at("warn") < at("no_data"));
        assert!(html.contains("not evaluated"), "{html}");
    }

    #[test]
    fn a_thousand_results_make_a_small_page() {
        let mut all = vec![check(CheckState::Pass); 5_000];
        all.extend(vec![check(CheckState::Error); 500]);
        let html = part(|| panel(&all, 0));
        assert!(html.len() < 40_000, "{}", html.len());
        assert!(html.contains("475 more that do not pass"));
    }
}
