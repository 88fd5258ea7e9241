//! Maintenance windows: times in which findings are expected. They come from `data/checks/maintenance.toml`.

use std::ops::Range;

use app::model::WEEK_MS;
use chrono::{DateTime, Utc};
use croner::Cron;
use serde::Deserialize;

use super::{
    mute::matches,
    rule::file::{RuleError, duration_ms},
};
use crate::when;

/// Most windows of a file.
const MAX_WINDOWS: usize = 200;
/// Longest pattern and reason, in bytes.
const MAX_TEXT: usize = 200;

/// All maintenance windows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    windows: Vec<Window>,
}

/// A time in which findings are expected, once or again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Check, or a pattern with `*`.
    pub check_id: String,
    /// Entity, or a pattern with `*`.
    pub entity: String,
    /// Why.
    pub reason: String,
    when: When,
}

#[derive(Debug, Clone, PartialEq)]
enum When {
    Once { from: i64, to: i64 },
    Often { cron: Box<Cron>, for_ms: i64 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    window: Vec<toml::Spanned<WindowText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowText {
    reason: String,
    #[serde(default = "anything")]
    check: String,
    #[serde(default = "anything")]
    entity: String,
    from: Option<String>,
    to: Option<String>,
    cron: Option<String>,
    #[serde(rename = "for")]
    length: Option<String>,
}

fn anything() -> String {
    "*".to_owned()
}

impl Calendar {
    /// The calendar that a file's text says; `file` is its name, for messages.
    ///
    /// # Errors
    /// When something in it is not a window, with the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        let fault = |span: Option<Range<usize>>, message: String| RuleError {
            file: file.to_owned(),
            line: line_of(text, span.map_or(0, |span| span.start)),
            message,
        };
        let parsed: File = toml::from_str(text)
            .map_err(|error| fault(error.span(), error.message().replace('\n', " ")))?;
        if parsed.window.len() > MAX_WINDOWS {
            return Err(fault(
                None,
                format!(
                    "{} windows, but at most {MAX_WINDOWS} are taken",
                    parsed.window.len()
                ),
            ));
        }
        let windows = parsed
            .window
            .into_iter()
            .map(|window| {
                let span = window.span();
                window_of(window.into_inner()).map_err(|message| fault(Some(span), message))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { windows })
    }

    /// The reason of a window that holds now for a check and entity.
    #[must_use]
    pub fn reason(&self, check_id: &str, entity: &str, now_ms: i64) -> Option<&str> {
        self.windows
            .iter()
            .filter(|window| window.is_for(check_id, entity))
            .find(|window| window.holds(now_ms).is_some())
            .map(|window| window.reason.as_str())
    }

    /// Windows that hold now or will, with the beginning and end of the nearest time.
    pub fn ahead(&self, now_ms: i64) -> impl Iterator<Item = (&Window, i64, i64)> {
        self.windows.iter().filter_map(move |window| {
            let (from, to) = window.holds(now_ms).or_else(|| window.next(now_ms))?;
            Some((window, from, to))
        })
    }
}

impl Window {
    /// True if it is about that check and entity.
    #[must_use]
    pub fn is_for(&self, check_id: &str, entity: &str) -> bool {
        matches(&self.check_id, check_id) && matches(&self.entity, entity)
    }

    /// Beginning and end of the time around now, if there is one.
    fn holds(&self, now_ms: i64) -> Option<(i64, i64)> {
        match &self.when {
            When::Once { from, to } => (*from <= now_ms && now_ms < *to).then_some((*from, *to)),
            When::Often { cron, for_ms } => {
                let from = cron
                    .find_previous_occurrence(
                        &DateTime::<Utc>::from_timestamp_millis(now_ms)?,
                        true,
                    )
                    .ok()?
                    .timestamp_millis();
                (now_ms < from + for_ms).then_some((from, from + for_ms))
            }
        }
    }

    fn next(&self, now_ms: i64) -> Option<(i64, i64)> {
        match &self.when {
            When::Once { from, to } => (now_ms < *from).then_some((*from, *to)),
            When::Often { cron, for_ms } => {
                let from = cron
                    .find_next_occurrence(&DateTime::<Utc>::from_timestamp_millis(now_ms)?, false)
                    .ok()?
                    .timestamp_millis();
                Some((from, from + for_ms))
            }
        }
    }
}

fn window_of(text: WindowText) -> Result<Window, String> {
    for (name, value) in [
        ("reason", &text.reason),
        ("check", &text.check),
        ("entity", &text.entity),
    ] {
        if value.trim().is_empty() || value.len() > MAX_TEXT {
            return Err(format!("{name} must have 1 to {MAX_TEXT} characters"));
        }
    }
    let point = |name: &str, text: &str| {
        when::point(text)
            .ok_or_else(|| format!("{name} = {text:?} is no time; write \"2027-01-10T06:00:00Z\""))
    };
    let when = match (&text.from, &text.to, &text.cron, &text.length) {
        (Some(from), Some(to), None, None) => {
            let (from, to) = (point("from", from)?, point("to", to)?);
            if from >= to {
                return Err("to must be later than from".to_owned());
            }
            When::Once { from, to }
        }
        (None, None, Some(cron), Some(length)) => When::Often {
            cron: Box::new(cron.parse().map_err(|_| {
                format!(
                    "cron = {cron:?} is no schedule; write minute, hour, day, month and weekday, such as \"0 3 * * sun\""
                )
            })?),
            for_ms: duration_ms(length)
                .filter(|for_ms| (1..=WEEK_MS).contains(for_ms))
                .ok_or_else(|| {
                    format!("for = {length:?} is no length up to 7 days; write \"30m\" or \"2h\"")
                })?,
        },
        _ => return Err("a window has either from and to, or cron and for".to_owned()),
    };
    Ok(Window {
        check_id: text.check,
        entity: text.entity,
        reason: text.reason,
        when,
    })
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use app::model::{DAY_MS, HOUR_MS, MINUTE_MS};

    use super::*;
    use crate::quality::rule::file::MAINTENANCE as FILE;

    /// The file beside the shipped rules.
    const SHIPPED: &str = include_str!("../../../data/checks/maintenance.toml");
    /// Monday, 1 January 2018.
    const MONDAY: i64 = 1_514_764_800_000;
    const TEXT: &str = r#"
[[window]]
reason = "new disks"
entity = "*/kraken/*"
from = "2018-01-01T06:00"
to = "2018-01-01T08:00"

[[window]]
reason = "the weekly file"
check = "candle.*"
cron = "0 3 * * sun"
for = "30m"
"#;

    #[test]
    fn windows_hold_once_or_again_and_again() {
        let calendar = Calendar::parse(FILE, TEXT).unwrap();
        let kraken = |at| calendar.reason("feed.silence", "BTC-USD/kraken/live", at);
        assert_eq!(kraken(MONDAY + 6 * HOUR_MS - 1), None);
        assert_eq!(kraken(MONDAY + 6 * HOUR_MS), Some("new disks"));
        assert_eq!(kraken(MONDAY + 8 * HOUR_MS), None);
        let sunday = MONDAY + 6 * DAY_MS + 3 * HOUR_MS;
        for weeks in [0, 7, 700] {
            let at = sunday + weeks * DAY_MS;
            let gap = |at| calendar.reason("candle.gap", "a/b/c", at);
            assert_eq!(gap(at - 1), None);
            assert_eq!(gap(at), Some("the weekly file"));
            assert_eq!(gap(at + 30 * MINUTE_MS), None);
            assert_eq!(calendar.reason("feed.silence", "a/b/c", at), None);
        }
        let ahead: Vec<_> = calendar
            .ahead(MONDAY + 7 * HOUR_MS)
            .map(|(_, from, to)| (from, to))
            .collect();
        let disks = (MONDAY + 6 * HOUR_MS, MONDAY + 8 * HOUR_MS);
        assert_eq!(ahead, [disks, (sunday, sunday + 30 * MINUTE_MS)]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(Calendar::parse(FILE, SHIPPED), Ok(Calendar::default()));
        for (text, line, part) in [
            (
                "[[window]]\nreason = \"x\"\nfrom = \"2018-01-01\"\n",
                1,
                "either from and to",
            ),
            ("\n[[window]]\nreson = \"x\"\n", 3, "reson"),
            (
                "[[window]]\nreason = \"x\"\ncron = \"every day\"\nfor = \"1h\"\n",
                1,
                "is no schedule",
            ),
            (
                "[[window]]\nreason = \"x\"\ncron = \"* * * * *\"\nfor = \"8d\"\n",
                1,
                "7 days",
            ),
            (
                "[[window]]\nreason = \"x\"\nfrom = \"2018-01-02\"\nto = \"2018-01-01\"\n",
                1,
                "later",
            ),
            (
                "[[window]]\nreason = \"x\"\nfrom = \"soon\"\nto = \"2018-01-01\"\n",
                1,
                "is no time",
            ),
            (
                "[[window]]\nreason = \"\"\nfrom = \"2018-01-01\"\nto = \"2018-01-02\"\n",
                1,
                "reason",
            ),
            ("windows = 3", 1, "windows"),
        ] {
            let error = Calendar::parse(FILE, text).unwrap_err();
            assert!(error.message.contains(part), "{error}");
            assert_eq!(error.line, line, "{error}");
        }
    }
}
