//! Rule files: one TOML file per dataset, strict. A rule `[check.spike]` in `candle.toml` is called `candle.spike`.
//!
//! The files of `data/checks` are part of the program; a folder of one's own is read on top, and its rules take the place
//! of shipped ones of the same name.

mod fields;
mod limits;
mod parse;
mod splice;
mod value;

use std::{io, path::Path};

pub use self::{parse::parse, splice::with_rule, value::duration_ms};
use super::{Kind, Rule, RuleBook};
use crate::quality::{calendar::Calendar, rows::is_of_rows, watch::sets_apart};

/// Larger files are refused.
const MAX_BYTES: u64 = 256 * 1024;
/// Files read from one folder.
const MAX_FILES: usize = 64;
/// The calendar of silences stands beside the rules and is none of them.
pub const MAINTENANCE: &str = "maintenance.toml";

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// Name and text of the files that are part of the program.
        pub const SHIPPED: &[(&str, &str)] = &[
            $(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/checks/", $name)))),*
        ];
    };
}

shipped![
    "article.toml",
    "book.toml",
    "candle.toml",
    "dataset.toml",
    "dq.toml",
    "feed.toml",
    "quote.toml",
    "rec.toml",
    "trade.toml",
    "venue.toml",
    "xv.toml",
];

/// Why a rule file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {message}")]
pub struct RuleError {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// The rules of this build.
///
/// # Errors
/// Never, which a test proves.
pub fn shipped() -> Result<Vec<Rule>, Vec<RuleError>> {
    let mut rules = Vec::new();
    for (name, text) in SHIPPED {
        rules.extend(parse(name, text)?);
    }
    Ok(rules)
}

/// The shipped rules with those of a folder on top; without that folder, the shipped ones.
///
/// # Errors
/// Everything that is wrong in any of the files, with its line.
pub fn read(folder: &Path) -> Result<Vec<Rule>, Vec<RuleError>> {
    let mut rules = shipped()?;
    let mut errors = Vec::new();
    let known = rules.clone();
    for (name, text) in files(folder).map_err(|error| vec![unreadable(folder, &error)])? {
        match parse(&name, &text) {
            Ok(own) => rules.extend(own.into_iter().map(|rule| Rule {
                is_own: !known.iter().any(|shipped| shipped.text == rule.text),
                ..rule
            })),
            Err(of_file) => errors.extend(of_file),
        }
    }
    for rule in rules.iter().filter(|rule| rule.is_own) {
        errors.extend(unjudged(rule).map(|message| RuleError {
            file: rule.file.clone(),
            line: 1,
            message,
        }));
    }
    let names: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
    for rule in &rules {
        let unknown = rule.inhibited_by.iter().find(|id| !names.contains(id));
        if let Some(id) = unknown {
            errors.push(RuleError {
                file: rule.file.clone(),
                line: 1,
                message: format!(
                    "{} is inhibited by {id:?}, which is no check{}",
                    rule.id,
                    fields::did_you_mean(id, names.iter().copied())
                ),
            });
        }
    }
    if errors.is_empty() {
        Ok(rules)
    } else {
        Err(errors)
    }
}

/// Why a rule would never be evaluated, if that is so: candles are judged by every rule of certain kinds, rows of trades,
/// quotes, books and articles by conditions, and queries are asked, but all other parts know their rules by name.
#[must_use]
pub fn unjudged(rule: &Rule) -> Option<String> {
    let of_candles = |rule: &Rule| rule.dataset == "candle" && rule.kind.judges_candles();
    let kind = rule.kind.as_str();
    if rule.kind == Kind::Stale && rule.flag("unless_all") && sets_apart(rule.action) {
        return Some(format!(
            "{} cannot set rows apart with unless_all: how other venues moved is only known afterwards; write action = \"flag\"",
            rule.id
        ));
    }
    match RuleBook::shipped().get(rule.id) {
        Some(shipped) if shipped.kind == rule.kind => None,
        Some(shipped) if of_candles(shipped) && of_candles(rule) => None,
        Some(shipped) => Some(format!(
            "{} is judged as kind {:?}, not {kind:?}",
            rule.id,
            shipped.kind.as_str()
        )),
        None if of_candles(rule) || is_of_rows(rule) || rule.kind == Kind::Sql => None,
        None => Some(format!(
            "nothing would judge {} of kind {kind:?}: rules of your own judge candles (row, value, range, streak, \
             stale, gap, robust_z, level, spike_reversal), trades, quotes, books and articles (row), or ask a query \
             (sql)",
            rule.id
        )),
    }
}

/// The maintenance windows of a folder; none without that file.
///
/// # Errors
/// When it cannot be read, or something in it is no window.
pub fn calendar_of(folder: &Path) -> Result<Calendar, RuleError> {
    let path = folder.join(MAINTENANCE);
    let text = match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Calendar::default()),
        Err(error) => return Err(unreadable(&path, &error)),
        Ok(file) if file.len() > MAX_BYTES => {
            return Err(unreadable(
                &path,
                &io::Error::other("it is larger than 256 kB"),
            ));
        }
        Ok(_) => std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?,
    };
    Calendar::parse(MAINTENANCE, &text)
}

/// Name and text of every rule file of a folder, by name; none if there is no such folder.
///
/// # Errors
/// When a file cannot be read, or is too large.
pub fn files(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths.into_iter().take(MAX_FILES) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == MAINTENANCE {
            continue;
        }
        if path.metadata()?.len() > MAX_BYTES {
            return Err(io::Error::other(format!("{name} is larger than 256 kB")));
        }
        files.push((name.into_owned(), std::fs::read_to_string(&path)?));
    }
    Ok(files)
}

fn unreadable(folder: &Path, error: &io::Error) -> RuleError {
    RuleError {
        file: folder.display().to_string(),
        line: 1,
        message: format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests;
