//! Newest results of the checks, worst first.

use leptos::prelude::*;

use crate::{
    components::status::{Level, of_check},
    format,
    model::CheckVm,
    plain::parts::{ago, status},
};

/// A heading and the results below it.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    name: &'static str,
    open: bool,
    checks: Vec<CheckVm>,
}

/// Groups from worst to fine; empty ones are left out. Passing results are folded away when others exist.
fn groups(checks: &[CheckVm]) -> Vec<Group> {
    let of = |name, levels: &[Level]| Group {
        name,
        open: true,
        checks: checks
            .iter()
            .filter(|check| levels.contains(&of_check(check.state).0))
            .cloned()
            .collect(),
    };
    let mut groups = vec![
        of("Failing", &[Level::Crit]),
        of("Warnings", &[Level::Warn]),
        of("Not judged", &[Level::NoData, Level::Unknown, Level::Info]),
        of("Passing", &[Level::Ok]),
    ];
    groups.retain(|group| !group.checks.is_empty());
    let several = groups.len() > 1;
    if let Some(last) = groups.last_mut() {
        last.open = !several || last.name != "Passing";
    }
    groups
}

/// The groups of these results.
pub(super) fn checks(checks: &[CheckVm], now: i64) -> AnyView {
    let groups = groups(checks);
    if groups.is_empty() {
        return view! { <p class="empty">"No check has run yet in this view."</p> }.into_any();
    }
    groups
        .into_iter()
        .map(|group| table(group, now))
        .collect_view()
        .into_any()
}

fn table(group: Group, now: i64) -> AnyView {
    let count = group.checks.len();
    let rows: Vec<AnyView> = group
        .checks
        .into_iter()
        .map(|check| row(check, now))
        .collect();
    view! {
        <details class="check-group" open=group.open>
            <summary><h3>{group.name}</h3> <span class="count num">{count}</span></summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Checks: {}", group.name)>
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
        </details>
    }
    .into_any()
}

fn row(check: CheckVm, now: i64) -> AnyView {
    let value = check
        .value
        .map_or_else(|| format::UNKNOWN.to_owned(), format::plain);
    view! {
        <tr data-testid="check-row" data-check=check.check_id.clone() data-entity=check.entity.clone()
            data-state=check.state.as_str()>
            <td>{status(of_check(check.state))}</td>
            <td class="wide">
                <span class="cell-title">{check.title}</span>
                <p class="cell-note">{check.summary}</p>
                <p class="cell-note"><span class="mono">{check.check_id.clone()}</span>" · "{check.dimension}</p>
            </td>
            <td><span class="mono">{check.entity.clone()}</span><p class="cell-note">{check.layer}</p></td>
            <td class="number num">{format::integer(check.failed)}" / "{format::integer(check.tested)}</td>
            <td class="number num">{value}</td>
            <td>{check.threshold}</td>
            <td class="number">{ago(Some(check.since), now)}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CheckState;

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
    fn the_worst_group_comes_first_and_passing_ones_are_folded() {
        let all: Vec<CheckVm> = [
            CheckState::Pass,
            CheckState::NoData,
            CheckState::Warn,
            CheckState::Failed,
            CheckState::Critical,
        ]
        .map(check)
        .into();
        let groups = groups(&all);
        let names: Vec<_> = groups
            .iter()
            .map(|group| (group.name, group.checks.len(), group.open))
            .collect();
        assert_eq!(
            names,
            [
                ("Failing", 2, true),
                ("Warnings", 1, true),
                ("Not judged", 1, true),
                ("Passing", 1, false)
            ]
        );
    }

    #[test]
    fn passing_results_alone_are_open() {
        let groups = groups(&[check(CheckState::Pass)]);
        assert!(groups[0].open);
    }
}
