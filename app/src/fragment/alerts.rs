//! The newest alerts as a list.

use std::fmt::Write as _;

use super::{Text, ago, status};
use crate::{
    components::{alerts::state_words, status::of_alert},
    format, links,
    model::AlertVm,
};

/// The first `shown` alerts, open ones first. `judged` is false while no check has run: then no alert is no good news.
#[must_use]
pub fn alerts(list: &[AlertVm], shown: usize, judged: bool, now: i64) -> String {
    if list.is_empty() {
        return if judged {
            "<p class=\"empty empty-good\">No alerts: no check has found a problem.</p>"
        } else {
            "<p class=\"empty\">No alerts, but nothing has been judged yet.</p>"
        }
        .to_owned();
    }
    let mut html = "<ul class=\"rows\">".to_owned();
    for alert in list.iter().take(shown) {
        row(&mut html, alert, now);
    }
    html.push_str("</ul>");
    html
}

fn row(html: &mut String, alert: &AlertVm, now: i64) {
    let badge = match state_words(alert) {
        words if words.is_empty() => words,
        words => format!(" <span class=\"badge\">{words}</span>"),
    };
    let count = match alert.count {
        1 => "seen once".to_owned(),
        count => format!("seen {} times", format::integer(count)),
    };
    // writing into a String cannot fail
    let _ = write!(
        html,
        "<li class=\"row alert\" data-testid=\"alert-row\" data-alert-id=\"{id}\" data-check=\"{check}\" data-entity=\"{entity}\" \
         data-state=\"{state}\"><div class=\"row-main\">{status}{badge}<span class=\"row-end\">{since}</span></div>\
         <p class=\"row-summary\"><a class=\"row-title\" href=\"{href}\">{summary}</a></p>\
         <p class=\"row-meta\"><span>Rule: {title}</span> <span class=\"num\">{count}</span></p>\
         <p class=\"row-meta\"><span class=\"mono\">{entity}</span></p></li>",
        id = alert.id,
        check = Text(&alert.check_id),
        entity = Text(&alert.entity),
        state = alert.state,
        status = status(of_alert(alert.severity, alert.state)),
        since = ago(Some(alert.opened_at), now),
        href = links::alert(alert.id),
        summary = Text(&alert.summary),
        title = Text(&alert.title),
    );
}
