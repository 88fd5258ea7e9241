//! Limits of a rule: a table or a single number for each severity.

use app::model::Severity;
use toml::de::DeValue;

use super::{
    fields::{Fields, Problem},
    value::{expect_duration, expect_number},
};
use crate::quality::rule::{
    Limits,
    kind::{Kind, Takes},
};

/// The severities that take limits, the mildest first.
pub(super) const LEVELS: [(&str, Severity); 4] = [
    ("info", Severity::Info),
    ("warn", Severity::Warn),
    ("error", Severity::Error),
    ("critical", Severity::Critical),
];

/// The limits of all severities, the mildest first.
pub(super) fn limits_of(
    fields: &mut Fields<'_, '_>,
    kind: Kind,
    problems: &mut Vec<Problem>,
) -> Vec<(Severity, Limits)> {
    let mut found = Vec::new();
    for (name, severity) in LEVELS {
        if let Some((at, value)) = fields.take(name) {
            let limits = one(value, kind, at, name, problems);
            found.push((severity, limits));
        }
    }
    found
}

/// The limits of one table.
pub(super) fn one(
    value: &DeValue<'_>,
    kind: Kind,
    at: usize,
    whose: &str,
    problems: &mut Vec<Problem>,
) -> Limits {
    let mut limits = Limits::new();
    let Some(main) = kind.limits().first() else {
        let message = format!(
            "a rule of kind {:?} has no limits: write severity = {whose:?}",
            kind.as_str()
        );
        problems.push((at, message));
        return limits;
    };
    let mut set = |name: &'static str, takes: Takes, at: usize, value: &DeValue<'_>| {
        let number = match takes {
            Takes::Duration => expect_duration(value).map(|span| span as f64),
            _ => expect_number(value),
        };
        match number {
            Ok(number) => {
                limits.insert(name, number);
                None
            }
            Err(message) => Some((at, format!("{name}: {message}"))),
        }
    };
    match value {
        DeValue::Table(table) => {
            let mut inner = Fields::new(table);
            for def in kind.limits() {
                if let Some((at, value)) = inner.take(def.name) {
                    problems.extend(set(def.name, def.takes, at, value));
                }
            }
            inner.end(&format!("{whose} of kind {:?}", kind.as_str()), problems);
        }
        single => problems.extend(set(main.name, main.takes, at, single)),
    }
    if limits.is_empty() {
        problems.push((at, format!("{whose} gives no limit")));
    }
    limits
}
