//! A rule tried on history: the form, and what came of it. Nothing changes before it is saved.

use leptos::prelude::*;

use super::{
    parts::{head, hidden, range},
    record,
    rule::href,
    tabs::{Tab, document},
};
use crate::{
    components::status::{Level, of_severity},
    format,
    fragment::Text,
    model::{Severity, TrialVm, format_utc},
    plain::{parts::status, shell::Frame},
};

/// Days that a rule is tried on unless others are asked for.
pub const USUAL_DAYS: i64 = 30;
/// Most days that a rule is tried on.
pub const MOST_DAYS: i64 = 366;
/// Longest text of a rule that is taken, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;

/// What was tried, and what came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tried {
    /// The text.
    pub text: String,
    /// Over how many days.
    pub days: i64,
    /// What came of it.
    pub trial: TrialVm,
}

/// The form with this text in it.
pub(super) fn form(text: &str, days: i64) -> AnyView {
    // written by hand, so that a text with an end tag in it stays inside
    let area = format!(
        "<textarea name=\"text\" rows=\"16\" required spellcheck=\"false\" maxlength=\"{MAX_TEXT}\" \
         aria-label=\"Text of the rule, TOML\" data-testid=\"rule-text\">\n{}</textarea>",
        Text(text)
    );
    view! {
        <form method="post" action="/quality/rules/try" class="try-form" data-testid="try-form">
            <div class="try-text" inner_html=area></div>
            <div class="fields">
                <label class="field"><span>"Days of history"</span>
                    <input type="number" name="days" min="1" max=MOST_DAYS.to_string() value=days.to_string()/></label>
                <button class="button button-main">"Try on history"</button>
            </div>
        </form>
    }
    .into_any()
}

/// The page of a trial.
#[must_use]
pub fn trial(frame: Frame, tried: Tried) -> String {
    document(frame, Tab::Rules, "Trial of a rule", move || {
        let Tried { text, days, trial } = tried;
        let id = trial.id.clone();
        let result = if trial.error.is_empty() {
            outcome(&trial, &text)
        } else {
            view! {
                <section class="load-error" role="alert" data-testid="trial-error">
                    <h2>"This is no rule yet"</h2>
                    <pre class="inspect" tabindex="0">{trial.error.clone()}</pre>
                </section>
            }
            .into_any()
        };
        view! {
            <header class="page-head">
                <p class="crumbs"><a href="/quality/rules">"Rules"</a></p>
                <h1>"Trial of a rule"</h1>
                {(!id.is_empty()).then(|| view! { <p><a class="mono" href=href(&id)>{id.clone()}</a></p> })}
            </header>
            {result}
            <section class="panel" aria-labelledby="again">
                {head("Change it and try again", "again", ().into_any())}
                {form(&text, days)}
            </section>
        }
        .into_any()
    })
}

fn outcome(trial: &TrialVm, text: &str) -> AnyView {
    let budget = trial.record.alerts_per_day;
    let words = match trial.record.alerts {
        0 => "No alert on this stretch.".to_owned(),
        1 => "One alert on this stretch.".to_owned(),
        many => format!(
            "{} alerts, {} a day.",
            format::integer(many),
            format::decimal(budget, 2)
        ),
    };
    view! {
        <div class="grid">
            <section class="panel span-2" aria-labelledby="result" data-testid="trial">
                {head("What it would have said", "result", range(trial.range).into_any())}
                <p class="trial-words">{words}</p>
                {record::table(std::slice::from_ref(&trial.record))}
            </section>
            <section class="panel" aria-labelledby="limits">
                {head("Limits for fewer or more alerts", "limits", ().into_any())}
                {suggestions(&trial.suggestions)}
                {save(&trial.id, text)}
            </section>
        </div>
        <section class="panel" aria-labelledby="findings">
            {head("First findings", "findings", format!("{}", trial.findings.len()).into_any())}
            {findings(&trial.findings)}
        </section>
    }
    .into_any()
}

fn save(id: &str, text: &str) -> AnyView {
    let area = format!(
        "<textarea name=\"text\" hidden readonly aria-hidden=\"true\">\n{}</textarea>",
        Text(text)
    );
    view! {
        <form method="post" action="/api/v1/rules" data-testid="save-form">
            {hidden(&[("back", &href(id))])}
            <div inner_html=area></div>
            <p class="actions"><button class="button button-main">"Save as it was tried"</button></p>
            <p class="hint">"It is in force at once, for live data and for files."</p>
        </form>
    }
    .into_any()
}

fn suggestions(suggestions: &[(f64, String)]) -> AnyView {
    if suggestions.is_empty() {
        return view! { <p class="hint">"This kind of rule has no limit to move."</p> }.into_any();
    }
    let rows: Vec<AnyView> = suggestions
        .iter()
        .map(|(budget, words)| {
            let budget = format!("At most {} a day", format::plain(*budget));
            view! { <div><dt>{budget}</dt><dd class="num">{words.clone()}</dd></div> }.into_any()
        })
        .collect();
    view! { <dl class="facts" data-testid="suggestions">{rows}</dl> }.into_any()
}

fn findings(findings: &[(i64, String, String, String)]) -> AnyView {
    if findings.is_empty() {
        return view! { <p class="empty empty-good">"It found nothing."</p> }.into_any();
    }
    let rows: Vec<AnyView> = findings
        .iter()
        .map(|(at, entity, severity, words)| {
            let level = match Severity::parse(severity) {
                Some(severity) => of_severity(Some(severity)),
                None => (Level::Unknown, "Unknown"),
            };
            view! {
                <tr data-testid="finding">
                    <td class="fold-head">{status(level)}</td>
                    <td class="num nowrap" data-label="Time, UTC">{format_utc(*at)}</td>
                    <td class="wide">{words.clone()}</td>
                    <td data-label="Where"><span class="mono">{entity.clone()}</span></td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="table-scroll history" tabindex="0" role="region" aria-label="First findings">
            <table class="fold">
                <thead>
                    <tr><th scope="col">"Severity"</th><th scope="col">"Time, UTC"</th><th scope="col">"Finding"</th><th scope="col">"Where"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::shell::part;

    #[test]
    fn the_text_of_a_rule_cannot_leave_its_field() {
        let hostile = "</textarea><script>alert(1)</script>\"&";
        for html in [part(|| form(hostile, 3)), part(|| save("a.b", hostile))] {
            assert!(!html.contains("<script"), "{html}");
            assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
            assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;"), "{html}");
        }
    }
}
