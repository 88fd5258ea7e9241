//! A table of a rule file, from which known keys are taken until none may be left.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::RuleError;
use crate::quality::expr::closest;

/// A problem at a place of the text.
pub(super) type Problem = (usize, String);

/// The keys of a table that are not taken yet.
pub(super) struct Fields<'i, 't> {
    rest: Vec<(&'t str, Range<usize>, &'t DeValue<'i>)>,
    known: Vec<&'static str>,
}

impl<'i, 't> Fields<'i, 't> {
    pub(super) fn new(table: &'t DeTable<'i>) -> Self {
        let rest = table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value.get_ref()))
            .collect();
        Self {
            rest,
            known: Vec::new(),
        }
    }

    /// Takes a key with its place and value, if it is there.
    pub(super) fn take(&mut self, name: &'static str) -> Option<(usize, &'t DeValue<'i>)> {
        self.known.push(name);
        let at = self.rest.iter().position(|(key, ..)| *key == name)?;
        let (_, span, value) = self.rest.swap_remove(at);
        Some((span.start, value))
    }

    /// Everything that was not taken is unknown.
    pub(super) fn end(self, whose: &str, problems: &mut Vec<Problem>) {
        for (key, span, _) in self.rest {
            let hint = did_you_mean(key, self.known.iter().copied());
            let hint = if hint.is_empty() {
                format!("; known are {}", self.known.join(", "))
            } else {
                hint
            };
            problems.push((span.start, format!("unknown key {key:?} in {whose}{hint}")));
        }
    }
}

/// `; did you mean "spike"?` if one of the names is near.
pub(super) fn did_you_mean<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> String {
    closest(word, names)
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default()
}

/// Problems as errors with lines.
pub(super) fn errors(file: &str, text: &str, problems: Vec<Problem>) -> Vec<RuleError> {
    let mut errors: Vec<RuleError> = problems
        .into_iter()
        .map(|(at, message)| RuleError {
            file: file.to_owned(),
            line: line_of(text, at),
            message,
        })
        .collect();
    errors.sort_by_key(|error| error.line);
    errors
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    memchr::memchr_iter(b'\n', before).count() + 1
}
