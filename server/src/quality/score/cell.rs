//! What one check says of one thing, and where that belongs.

use app::model::{CheckState, Severity};

use crate::quality::rule::{Rule, RuleBook};

/// The checks that say how long a feed has been silent, and how old is what it says.
const FEED_AGE: [&str; 2] = ["feed.silence", "feed.freshness"];

/// The newest result of a check and entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// `candle.gap`
    pub check_id: String,
    /// `BTC-USDT/binance/live`
    pub entity: String,
    /// bronze, silver or gold.
    pub layer: String,
    /// The outcome.
    pub state: CheckState,
    /// Rows or evaluations tested.
    pub tested: i64,
    /// Those that broke the rule.
    pub failed: i64,
}

/// An alert that stands: firing, acknowledged or recovering, silenced or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Key.
    pub id: i64,
    /// `feed.silence`
    pub check_id: String,
    /// What is concerned.
    pub entity: String,
    /// How bad.
    pub severity: Severity,
}

/// The severity of a rule: the worst that it can find.
#[must_use]
pub fn severity_of(rule: &Rule) -> Severity {
    let worst = rule.limits.iter().map(|(severity, _)| *severity).max();
    worst.unwrap_or(rule.severity)
}

/// Weight of a check by the severity of its rule: 1, 3, 9 or 27.
#[must_use]
pub fn weight(rule: &Rule) -> f64 {
    by_severity(severity_of(rule))
}

const fn by_severity(severity: Severity) -> f64 {
    match severity {
        Severity::Info => 1.0,
        Severity::Warn => 3.0,
        Severity::Error => 9.0,
        Severity::Critical => 27.0,
    }
}

/// Where a check and entity belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) check: String,
    pub(super) dataset: String,
    pub(super) layer: String,
    pub(super) dimension: String,
    /// Empty where nothing of one venue is judged.
    pub(super) venue: String,
}

impl Place {
    /// A check that is in no file keeps the layer of its result, and the dataset that its name begins with.
    pub(super) fn of(book: &RuleBook, check_id: &str, entity: &str, layer: &str) -> Self {
        let rule = book.get(check_id);
        let prefix = check_id.split('.').next().unwrap_or_default();
        let layer = match layer {
            "" => rule.map_or("silver", |rule| rule.layer),
            known => known,
        };
        Self {
            check: check_id.to_owned(),
            dataset: rule.map_or(prefix, |rule| rule.dataset).to_owned(),
            layer: layer.to_owned(),
            dimension: rule.map_or("", |rule| rule.dimension).to_owned(),
            venue: entity.split('/').nth(1).unwrap_or_default().to_owned(),
        }
    }
}

/// A newest result as scores see it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) place: Place,
    pub(super) entity: String,
    pub(super) state: CheckState,
    pub(super) tested: i64,
    pub(super) failed: i64,
    pub(super) weight: f64,
    /// It says how long a feed has been silent, or how old what it says is.
    is_feed_age: bool,
}

impl Cell {
    pub(super) fn new(book: &RuleBook, judged: Judged) -> Self {
        let rule = book.get(&judged.check_id);
        let place = Place::of(book, &judged.check_id, &judged.entity, &judged.layer);
        Self {
            is_feed_age: FEED_AGE.contains(&judged.check_id.as_str()),
            place,
            entity: judged.entity,
            state: judged.state,
            tested: judged.tested,
            failed: judged.failed,
            weight: rule.map_or_else(|| by_severity(Severity::Warn), weight),
        }
    }

    /// True if the check judged something; one that broke or found nothing there has not.
    pub(super) const fn is_evaluated(&self) -> bool {
        !matches!(
            self.state,
            CheckState::NotEvaluated | CheckState::NoData | CheckState::Failed
        )
    }

    /// Share of what was tested that is wrong, `1 − p`; `None` if it counts nothing. A check that broke and one that
    /// found nothing where something should be count as all wrong.
    pub(super) fn wrong(&self) -> Option<f64> {
        let share = self.failed as f64 / self.tested.max(1) as f64;
        match self.state {
            CheckState::NotEvaluated => None,
            CheckState::NoData | CheckState::Failed => Some(1.0),
            // a finding that counts no rows is about the whole
            CheckState::Warn | CheckState::Error | CheckState::Critical if self.failed <= 0 => {
                Some(1.0)
            }
            _ => Some(share.clamp(0.0, 1.0)),
        }
    }

    /// True for a feed that is silent or says old things, badly enough that nobody should rely on it.
    pub(super) fn is_stale_feed(&self) -> bool {
        self.is_feed_age
            && (self.state == CheckState::NoData || self.state.severity() >= Some(Severity::Error))
    }

    pub(super) fn is_of(&self, alert: &Standing) -> bool {
        self.place.check == alert.check_id && self.entity == alert.entity
    }
}
