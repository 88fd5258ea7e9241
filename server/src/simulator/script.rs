//! Fault scripts: what goes wrong and when, on the simulator's time line.
//!
//! ```toml
//! seed = 7               # of the market; may be left out
//!
//! [[fault]]
//! at = "30s"             # after the simulator's start, in simulated time
//! for = "10s"            # left out: it stays on
//! kind = "sequence_gap"
//! venue = "binance"      # left out: at all venues
//! repeat = "5m"          # left out: once
//! ```

mod random;

use std::{fmt::Write, path::Path};

use serde::{Deserialize, Deserializer, de::Error};

use super::{fault::Fault, faults::Span, protocol::Protocol};

/// A fault that changes the market repeats at most so often; others go on for ever.
const MARKET_TIMES: i64 = 200;
/// Most faults of a script, and most times that the market is changed.
const MAX_FAULTS: usize = 1_000;
/// No time of a script is longer: a year.
const LONGEST_MS: i64 = 366 * 86_400_000;

/// A fault on the time line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedFault {
    /// When it begins, in simulated milliseconds after the start.
    #[serde(rename = "at", deserialize_with = "duration")]
    pub at_ms: i64,
    /// How long it lasts, in simulated milliseconds; `None`: to the end.
    #[serde(rename = "for", default, deserialize_with = "optional_duration")]
    pub for_ms: Option<i64>,
    /// What goes wrong.
    #[serde(deserialize_with = "fault")]
    pub kind: Fault,
    /// Where; `None`: at all venues.
    #[serde(default, deserialize_with = "venue")]
    pub venue: Option<Protocol>,
    /// It comes again after so many simulated milliseconds.
    #[serde(rename = "repeat", default, deserialize_with = "optional_duration")]
    pub repeat_ms: Option<i64>,
}

/// A script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Seed of the market; `None`: the configured one.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Its faults.
    #[serde(default, rename = "fault")]
    pub faults: Vec<ScriptedFault>,
}

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("cannot read the fault script {path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is not a script; the message tells line and column.
    #[error("the fault script is not understood: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A fault makes no sense.
    #[error("fault {number} ({kind}) of the script: {reason}")]
    Fault {
        /// Which, counted from 1.
        number: usize,
        /// What it is.
        kind: Fault,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There are too many of them.
    #[error(
        "the fault script has {0} faults, repetitions of those that change the market included: at most {MAX_FAULTS} are taken"
    )]
    TooMany(usize),
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// When it is no TOML, has a key or a word that means nothing here (told with its line), or a fault that makes no
    /// sense.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text)?;
        let changes = script.spans(0);
        let changes = changes.iter().filter(|span| span.fault.changes_market());
        let count = script.faults.len().max(changes.count());
        if count > MAX_FAULTS {
            return Err(ScriptError::TooMany(count));
        }
        for (number, fault) in (1..).zip(&script.faults) {
            let reason = match (fault.for_ms, fault.repeat_ms) {
                (Some(0), _) => "for is 0: it would never be on",
                (None, Some(_)) => "it repeats, so say for how long each time",
                (Some(lasts), Some(repeat)) if repeat <= lasts => {
                    "it would begin again before it ends: let repeat be longer than for"
                }
                _ => continue,
            };
            let kind = fault.kind;
            return Err(ScriptError::Fault {
                number,
                kind,
                reason,
            });
        }
        Ok(script)
    }

    /// Reads a script from a file.
    ///
    /// # Errors
    /// As [`Script::parse`], and when the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, ScriptError> {
        let text = std::fs::read_to_string(path).map_err(|error| ScriptError::File {
            path: path.display().to_string(),
            error,
        })?;
        Self::parse(&text)
    }

    /// When which fault is on, from a simulated start on.
    pub(super) fn spans(&self, start: i64) -> Vec<Span> {
        let mut spans = Vec::new();
        for fault in &self.faults {
            let once = Span {
                fault: fault.kind,
                venue: fault.venue,
                from: start + fault.at_ms,
                to: fault.for_ms.map(|lasts| start + fault.at_ms + lasts),
                repeat: fault.repeat_ms,
            };
            let Some(repeat) = fault.repeat_ms.filter(|_| fault.kind.changes_market()) else {
                spans.push(once);
                continue;
            };
            // Each time changes the market in its own way.
            spans.extend((0..MARKET_TIMES).map(|time| Span {
                from: once.from + time * repeat,
                to: once.to.map(|to| to + time * repeat),
                repeat: None,
                ..once
            }));
        }
        spans.sort_by_key(|span| span.from);
        spans
    }

    /// The script as [`Script::parse`] reads it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        if let Some(seed) = self.seed {
            let _ = writeln!(text, "seed = {seed}");
        }
        for fault in &self.faults {
            let _ = writeln!(text, "\n[[fault]]\nat = \"{}ms\"", fault.at_ms);
            if let Some(lasts) = fault.for_ms {
                let _ = writeln!(text, "for = \"{lasts}ms\"");
            }
            let _ = writeln!(text, "kind = \"{}\"", fault.kind);
            if let Some(venue) = fault.venue {
                let _ = writeln!(text, "venue = \"{venue}\"");
            }
            if let Some(repeat) = fault.repeat_ms {
                let _ = writeln!(text, "repeat = \"{repeat}ms\"");
            }
        }
        text
    }
}

/// `250ms`, `30s`, `5m`, `2h`, `1m30s` in milliseconds.
fn milliseconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = after;
    }
    (!text.trim().is_empty() && sum <= LONGEST_MS).then_some(sum)
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    milliseconds(&text).ok_or_else(|| {
        D::Error::custom(format!(
            "{text:?} is no length of time: write \"250ms\", \"30s\", \"5m\" or \"1h30m\", at most a year"
        ))
    })
}

fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    duration(deserializer).map(Some)
}

fn fault<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fault, D::Error> {
    let name = String::deserialize(deserializer)?;
    Fault::parse(&name).ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        D::Error::custom(format!(
            "unknown fault {name:?}: use one of {}",
            names.join(", ")
        ))
    })
}

fn venue<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Protocol>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let venue = Protocol::parse(&name).ok_or_else(|| {
        let names: Vec<&str> = Protocol::ALL.iter().map(|venue| venue.as_str()).collect();
        D::Error::custom(format!(
            "unknown venue {name:?}: use one of {}",
            names.join(", ")
        ))
    })?;
    Ok(Some(venue))
}

#[cfg(test)]
mod tests;
