//! A notice for Slack's incoming webhooks, and for what understands their JSON: `text` for those who show nothing else,
//! and blocks. <https://api.slack.com/reference/block-kit/blocks>

use serde_json::{Value, json};

use super::{Letter, template};
use crate::config::TemplateConfig;

/// Longest header that Slack takes, in characters.
const HEADER: usize = 150;
/// Longest section that Slack takes, in characters.
const SECTION: usize = 3000;

/// The body of the request.
///
/// # Errors
/// When the templates of this build cannot be filled.
pub(super) fn body(own: &TemplateConfig, letter: &Letter) -> Result<Value, minijinja::Error> {
    let (subject, text) = template::for_slack(own, letter)?;
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": clip(&subject, HEADER), "emoji": false },
    })];
    if !text.trim().is_empty() {
        blocks.push(json!({
            "type": "section",
            "text": { "type": "mrkdwn", "text": clip(text.trim(), SECTION) },
        }));
    }
    if let Some(url) = &letter.url {
        let link = format!(
            "<{}|Open in Assay>",
            template::escape_slack(url).replace('|', "%7C")
        );
        blocks.push(json!({
            "type": "context",
            "elements": [{ "type": "mrkdwn", "text": link }],
        }));
    }
    Ok(json!({ "text": subject, "blocks": blocks }))
}

/// The beginning of an escaped text, without half a character reference at its end.
fn clip(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest - 1).collect();
    let whole = match kept.rfind('&') {
        Some(at) if !kept[at..].contains(';') => &kept[..at],
        _ => &kept,
    };
    format!("{whole}…")
}
