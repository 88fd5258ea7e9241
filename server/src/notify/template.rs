//! Words of notices: Jinja templates over a [`Letter`], those that come with Assay or an operator's own.

use app::model::{format_age, format_utc_short};
use minijinja::{Environment, Error, Value, syntax::SyntaxConfig, value::Serde};
use serde_json::Value as Json;

use super::{
    Letter,
    letter::{Head, of_test, plain},
};
use crate::{config::TemplateConfig, quality::notice::NoticeKind};

/// Longest template of one's own, in bytes.
const MAX_TEMPLATE: usize = 20_000;
/// What rendering one text may cost: some tens of thousands of steps, some megabytes.
const FUEL: u64 = 100_000;
/// Longest text that is sent, in characters.
const MAX_TEXT: usize = 20_000;
/// Longest subject, in characters.
const MAX_SUBJECT: usize = 200;

const INCIDENT_TEXT: &str = include_str!("texts/incident.txt");
const INCIDENT_SLACK: &str = include_str!("texts/incident.slack");
const INCIDENT_HTML: &str = include_str!("texts/incident.html");
const DIGEST_TEXT: &str = include_str!("texts/digest.txt");
const DIGEST_SLACK: &str = include_str!("texts/digest.slack");
const DIGEST_HTML: &str = include_str!("texts/digest.html");

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// The words for mail: values are escaped in the HTML.
///
/// # Errors
/// When the templates of this build cannot be filled, which a test excludes.
pub fn for_mail(own: &TemplateConfig, letter: &Letter) -> Result<Texts, Error> {
    let value = serde_json::to_value(letter).unwrap_or(Json::Null);
    let (text, html) = match letter.kind {
        NoticeKind::Digest => (DIGEST_TEXT, DIGEST_HTML),
        _ => (INCIDENT_TEXT, INCIDENT_HTML),
    };
    Ok(Texts {
        subject: subject(own, letter, &value)?,
        text: fill(of(letter, own.text.as_deref()), text, "notice.txt", &value)?,
        html: fill(of(letter, own.html.as_deref()), html, "notice.html", &value)?,
    })
}

/// Subject and text in Slack's markup: in all values what could be markup is escaped.
///
/// # Errors
/// As [`for_mail`].
pub fn for_slack(own: &TemplateConfig, letter: &Letter) -> Result<(String, String), Error> {
    let mut value = serde_json::to_value(letter).unwrap_or(Json::Null);
    escape_all(&mut value);
    let text = match letter.kind {
        NoticeKind::Digest => DIGEST_SLACK,
        _ => INCIDENT_SLACK,
    };
    Ok((
        subject(own, letter, &value)?,
        fill(of(letter, own.text.as_deref()), text, "notice.txt", &value)?,
    ))
}

/// The subject of a webhook.
///
/// # Errors
/// As [`for_mail`].
pub fn for_webhook(own: &TemplateConfig, letter: &Letter) -> Result<String, Error> {
    let value = serde_json::to_value(letter).unwrap_or(Json::Null);
    subject(own, letter, &value)
}

/// Refuses a template of one's own that cannot be read or filled.
///
/// # Errors
/// In words what is wrong with it.
pub fn check(template: &str) -> Result<(), String> {
    if template.len() > MAX_TEMPLATE {
        return Err(format!(
            "it has {} bytes, expected at most {MAX_TEMPLATE}",
            template.len()
        ));
    }
    let head = Head {
        id: "test".to_owned(),
        thread: None,
        channel: "test".to_owned(),
        at: 0,
        base_url: None,
    };
    let value = serde_json::to_value(of_test(head)).unwrap_or(Json::Null);
    match render(template, "notice.txt", &value) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Own templates are about incidents; the digest has its own form.
fn of<'a>(letter: &Letter, own: Option<&'a str>) -> Option<&'a str> {
    own.filter(|_| letter.kind != NoticeKind::Digest)
}

fn subject(own: &TemplateConfig, letter: &Letter, value: &Json) -> Result<String, Error> {
    let own = of(letter, own.subject.as_deref());
    let line = fill(own, "{{ subject }}", "subject.txt", value)?;
    Ok(plain(line.trim(), MAX_SUBJECT))
}

/// With one's own template, or where it fails with the one that comes with Assay: a notice in plain words is better
/// than none.
fn fill(own: Option<&str>, ours: &str, name: &str, value: &Json) -> Result<String, Error> {
    if let Some(own) = own {
        match render(own, name, value) {
            Ok(text) => return Ok(text),
            Err(error) => tracing::warn!(%error, "a template of a notice cannot be filled"),
        }
    }
    render(ours, name, value)
}

fn render(template: &str, name: &str, value: &Json) -> Result<String, Error> {
    // values are escaped in what is named .html
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    environment.add_filter("utc", |at: i64| format!("{} UTC", format_utc_short(at)));
    environment.add_filter("age", format_age);
    let text = environment
        .template_from_named_str(name, template)?
        .render(Value::from(Serde(value)))?;
    Ok(text.chars().take(MAX_TEXT).collect())
}

/// Slack takes `&`, `<` and `>` for its own: <https://api.slack.com/reference/surfaces/formatting#escaping>.
pub(super) fn escape_slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn escape_all(value: &mut Json) {
    match value {
        Json::String(text) => *text = escape_slack(text),
        Json::Array(values) => values.iter_mut().for_each(escape_all),
        Json::Object(fields) => fields.values_mut().for_each(escape_all),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
