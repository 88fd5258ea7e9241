//! Rows that were set apart, as they arrived: by reason and landing, with what can be done about them.

use leptos::prelude::*;

use super::{
    parts::{act, check_link, head, hidden, only_operators},
    tabs::{Tab, document},
};
use crate::{
    format,
    links::{self, encode},
    model::{QuarantineVm, batch::Standing},
    plain::{
        parts::{ago, file_name},
        shell::Frame,
    },
};

/// Longest raw text shown; the rest is in the database.
const RAW_SHOWN: usize = 400;
/// Reasons and landings offered as filters.
const SHOWN: usize = 12;
/// States a row can be in.
const STATES: [&str; 3] = ["open", "retried", "discarded"];

/// Which rows, as in the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// open, retried or discarded.
    pub state: &'static str,
    /// Rows that broke this rule; empty for all.
    pub rule: String,
    /// Rows of this landing.
    pub landing_id: Option<i64>,
    /// Rows older than this one.
    pub before: Option<i64>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            state: STATES[0],
            rule: String::new(),
            landing_id: None,
            before: None,
        }
    }
}

impl Asked {
    /// The state of that word; open for any other.
    #[must_use]
    pub fn state_of(word: &str) -> &'static str {
        STATES
            .into_iter()
            .find(|state| *state == word)
            .unwrap_or(STATES[0])
    }

    /// The address.
    #[must_use]
    pub fn href(&self) -> String {
        let mut parts = Vec::new();
        if self.state != STATES[0] {
            parts.push(format!("state={}", self.state));
        }
        if !self.rule.is_empty() {
            parts.push(format!("rule={}", encode(&self.rule)));
        }
        if let Some(id) = self.landing_id {
            parts.push(format!("landing={id}"));
        }
        if let Some(id) = self.before {
            parts.push(format!("before={id}"));
        }
        if parts.is_empty() {
            "/quality/quarantine".to_owned()
        } else {
            format!("/quality/quarantine?{}", parts.join("&"))
        }
    }
}

/// What the browser of quarantined rows shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuarantinePageVm {
    /// What was asked for.
    pub asked: Asked,
    /// Rows of that state by rule, most first. A row that broke two rules is in both.
    pub by_rule: Vec<(String, i64)>,
    /// Landing, origin and rows of that state, newest landing first.
    pub by_landing: Vec<(i64, String, i64)>,
    /// Rows of that state in all.
    pub total: i64,
    /// The rows asked for, newest first.
    pub rows: Vec<QuarantineVm>,
    /// There are older ones.
    pub has_older: bool,
}

/// The page, for a reader of this standing.
#[must_use]
pub fn quarantine(frame: Frame, vm: QuarantinePageVm, reader: Standing) -> String {
    let now = frame.start.server_now;
    document(frame, Tab::Quarantine, "Quarantine", move || {
        let note = format!(
            "{} {} in all",
            super::incidents::rows_words(vm.total),
            vm.asked.state
        )
        .into_any();
        view! {
            <h1 class="sr-only">"Quarantine"</h1>
            <section class="panel" aria-labelledby="quarantine">
                {head("Rows set apart", "quarantine", note)}
                {filters(&vm)}
                {together(&vm, reader)}
                {table(&vm, reader, now)}
                {pages(&vm)}
            </section>
        }
        .into_any()
    })
}

fn filters(vm: &QuarantinePageVm) -> AnyView {
    let asked = &vm.asked;
    let link = |name: String, count: Option<i64>, to: Asked| {
        let is_current = (to
            == Asked {
                before: None,
                ..asked.clone()
            })
        .then_some("true");
        let count = count
            .map(|count| view! { <span class="filter-note num">{format::integer(count)}</span> });
        view! { <a class="filter" href=to.href() aria-current=is_current>{name}{count}</a> }
            .into_any()
    };
    let first = Asked {
        before: None,
        ..asked.clone()
    };
    let states: Vec<AnyView> = STATES
        .into_iter()
        .map(|state| {
            link(
                state.to_owned(),
                None,
                Asked {
                    state,
                    ..Asked::default()
                },
            )
        })
        .collect();
    let mut rules = vec![link(
        "all".to_owned(),
        None,
        Asked {
            rule: String::new(),
            ..first.clone()
        },
    )];
    rules.extend(vm.by_rule.iter().take(SHOWN).map(|(rule, count)| {
        link(
            rule.clone(),
            Some(*count),
            Asked {
                rule: rule.clone(),
                ..first.clone()
            },
        )
    }));
    let mut landings = vec![link(
        "all".to_owned(),
        None,
        Asked {
            landing_id: None,
            ..first.clone()
        },
    )];
    landings.extend(vm.by_landing.iter().take(SHOWN).map(|(id, origin, count)| {
        let name = file_name(origin).chars().take(40).collect();
        link(
            name,
            Some(*count),
            Asked {
                landing_id: Some(*id),
                ..first.clone()
            },
        )
    }));
    view! {
        <nav aria-label="Filter of the rows" class="filter-rows">
            <div class="filters"><span class="filter-name">"State"</span>{states}</div>
            <div class="filters"><span class="filter-name">"Reason"</span>{rules}</div>
            <div class="filters"><span class="filter-name">"Landing"</span>{landings}</div>
        </nav>
    }
    .into_any()
}

/// Buttons for all rows of a reason or landing.
fn together(vm: &QuarantinePageVm, reader: Standing) -> AnyView {
    let asked = &vm.asked;
    if reader != Standing::Operator {
        return only_operators(reader, "retry or discard rows", "/quality/quarantine");
    }
    if asked.state != STATES[0]
        || vm.rows.is_empty()
        || (asked.rule.is_empty() && asked.landing_id.is_none())
    {
        return ().into_any();
    }
    let landing = asked
        .landing_id
        .map_or_else(String::new, |id| id.to_string());
    let back = asked.href();
    let form = |what: &str, label: &'static str| {
        view! {
            <form method="post" action=format!("/api/v1/quarantine/{what}") class="act">
                {hidden(&[("rule", &asked.rule), ("landing", &landing), ("back", &back)])}
                <button class="button">{label}</button>
            </form>
        }
        .into_any()
    };
    view! {
        <div class="actions" data-testid="quarantine-together">
            {form("retry", "Retry all of this view")}
            {form("discard", "Discard all of this view")}
        </div>
    }
    .into_any()
}

fn table(vm: &QuarantinePageVm, reader: Standing, now: i64) -> AnyView {
    if vm.rows.is_empty() {
        let words = if vm.asked.state == STATES[0] {
            "No row is set apart here."
        } else {
            "No such row."
        };
        return view! { <p class="empty empty-good">{words}</p> }.into_any();
    }
    let can_act = reader == Standing::Operator && vm.asked.state != "retried";
    let rows: Vec<AnyView> = vm
        .rows
        .iter()
        .map(|one| row(one, &vm.asked, can_act, now))
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Quarantined rows">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Row as it arrived"</th>
                        <th scope="col">"What is wrong"</th>
                        <th scope="col">"From"</th>
                        <th scope="col" class="number">"Line"</th>
                        <th scope="col" class="number">"Seen"</th>
                        <th scope="col"><span class="sr-only">"What to do"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(row: &QuarantineVm, asked: &Asked, can_act: bool, now: i64) -> AnyView {
    let rules: Vec<AnyView> = row
        .rules
        .iter()
        .map(|rule| view! { {check_link(rule)}" " }.into_any())
        .collect();
    let about = format!("line {} of {}", row.line_no, file_name(&row.origin));
    let back = asked.href();
    let buttons = can_act.then(|| {
        let action = |what: &str| format!("/api/v1/quarantine/{}/{what}", row.id);
        let discard = (asked.state == STATES[0]).then(|| act(action("discard"), &back, "Discard", &about));
        view! { <div class="row-actions">{act(action("retry"), &back, "Retry", &about)}{discard}</div> }
    });
    view! {
        <tr data-testid="quarantine-row" data-row=row.id.to_string() data-landing-id=row.landing_id.to_string()>
            <td class="wide"><code class="raw" tabindex="0">{shortened(&row.raw)}</code></td>
            <td class="wide">{row.reason.clone()}<p class="cell-note">{rules}</p></td>
            <td class="wide">
                <a class="mono" href=links::batch(row.landing_id)>{file_name(&row.origin).to_owned()}</a>
                <p class="cell-note">{row.dataset.as_str()}", landing "{row.landing_id}</p>
            </td>
            <td class="number num" data-label="Line">{format::integer(row.line_no)}</td>
            <td class="number" data-label="Seen">{ago(Some(row.seen_at), now)}</td>
            <td class="number">{buttons}</td>
        </tr>
    }
    .into_any()
}

fn pages(vm: &QuarantinePageVm) -> AnyView {
    let newest = vm.asked.before.map(|_| {
        let href = Asked {
            before: None,
            ..vm.asked.clone()
        }
        .href();
        view! { <a href=href>"Newest"</a> }
    });
    let older = vm.rows.last().filter(|_| vm.has_older).map(|last| {
        let href = Asked {
            before: Some(last.id),
            ..vm.asked.clone()
        }
        .href();
        view! { <a href=href data-testid="older">"Older"</a> }
    });
    (newest.is_some() || older.is_some())
        .then(|| view! { <p class="panel-more pages">{newest} {older}</p> })
        .into_any()
}

/// The text up to [`RAW_SHOWN`] characters.
fn shortened(raw: &str) -> String {
    match raw.char_indices().nth(RAW_SHOWN) {
        Some((end, _)) => format!("{}…", &raw[..end]),
        None => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_rows_are_cut_between_characters() {
        assert_eq!(shortened("a,b"), "a,b");
        let long = "é".repeat(RAW_SHOWN + 1);
        assert_eq!(shortened(&long).chars().count(), RAW_SHOWN + 1);
        assert!(shortened(&long).ends_with('…'));
    }

    #[test]
    fn a_view_has_an_address() {
        assert_eq!(Asked::default().href(), "/quality/quarantine");
        let asked = Asked {
            state: Asked::state_of("discarded"),
            rule: "a&b".into(),
            landing_id: Some(3),
            before: Some(9),
        };
        assert_eq!(
            asked.href(),
            "/quality/quarantine?state=discarded&rule=a%26b&landing=3&before=9"
        );
        assert_eq!(Asked::state_of("<script>"), "open");
    }
}
