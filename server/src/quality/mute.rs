//! What keeps notices of an alert back: silences, maintenance windows, and alerts that explain it. Alerts are recorded all
//! the same.

use app::model::AlertState;

use super::{calendar::Calendar, rule::RuleBook};

/// An alert that stands, as far as muting goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Key.
    pub id: i64,
    /// `feed.silence`
    pub check_id: &'a str,
    /// What is concerned.
    pub entity: &'a str,
    /// What it shares a cause with.
    pub scope: &'a str,
    /// Where in its life.
    pub state: AlertState,
}

/// A silence that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hush<'a> {
    /// Check, or a pattern with `*`.
    pub check_id: &'a str,
    /// Entity, or a pattern with `*`.
    pub entity: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl Hush<'_> {
    /// True if it mutes alerts of that check and entity.
    #[must_use]
    pub fn is_for(&self, check_id: &str, entity: &str) -> bool {
        matches(self.check_id, check_id) && matches(self.entity, entity)
    }
}

/// What keeps an alert's notices back now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Muted {
    /// The reason of a silence or a maintenance window.
    pub silenced: Option<String>,
    /// The check that explains it.
    pub inhibited_by: Option<String>,
}

/// What is muted by what, at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Mutes<'a> {
    /// Rules, of which `inhibited_by` is used.
    pub rules: &'a RuleBook,
    /// Silences that hold.
    pub silences: &'a [Hush<'a>],
    /// Maintenance windows.
    pub calendar: &'a Calendar,
    /// The time.
    pub now_ms: i64,
}

impl Mutes<'_> {
    /// What keeps an alert back; `others` are the open alerts of its scope.
    #[must_use]
    pub fn of(&self, alert: Standing<'_>, others: &[Standing<'_>]) -> Muted {
        let hushed = self
            .silences
            .iter()
            .find(|silence| silence.is_for(alert.check_id, alert.entity))
            .map(|silence| silence.reason.to_owned());
        Muted {
            silenced: hushed.or_else(|| {
                self.calendar
                    .reason(alert.check_id, alert.entity, self.now_ms)
                    .map(str::to_owned)
            }),
            inhibited_by: self.inhibitor(alert, others).map(str::to_owned),
        }
    }

    fn inhibitor<'a>(&self, alert: Standing<'_>, others: &[Standing<'a>]) -> Option<&'a str> {
        let inhibited_by = &self.rules.get(alert.check_id)?.inhibited_by;
        others
            .iter()
            .filter(|other| {
                other.scope == alert.scope
                    && other.check_id != alert.check_id
                    && !matches!(other.state, AlertState::Pending | AlertState::Resolved)
                    && inhibited_by.contains(&other.check_id)
            })
            // two rules that name each other must not both keep still: the older alert speaks
            .find(|other| other.id < alert.id || !self.names(other.check_id, alert.check_id))
            .map(|other| other.check_id)
    }

    fn names(&self, check_id: &str, inhibitor: &str) -> bool {
        self.rules
            .get(check_id)
            .is_some_and(|rule| rule.inhibited_by.contains(&inhibitor))
    }
}

/// True if a name fits a pattern, in which `*` stands for anything, also nothing.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    // the first place is the best one: it leaves the most for what comes after
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        match name.find(piece) {
            Some(at) => name = &name[at + piece.len()..],
            None => return false,
        }
    }
    name.len() >= tail.len() && name.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("*", "candle.gap", true),
            ("candle.*", "candle.gap", true),
            ("candle.*", "feed.silence", false),
            ("*/binance/*", "BTC-USDT/binance/live", true),
            ("*/binance/*", "BTC-USDT/binance", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("**", "x", true),
            ("feed.silence", "feed.silence2", false),
            ("ü*é", "üöé", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
