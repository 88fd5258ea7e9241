//! All rules, exchanged as a whole.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::{Rule, file};
use crate::quality::calendar::Calendar;

/// All rules, sorted by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleBook {
    rules: Vec<Rule>,
    calendar: Calendar,
}

impl RuleBook {
    /// Of these rules; a later one of the same name takes the place of an earlier one.
    #[must_use]
    pub fn new(mut rules: Vec<Rule>) -> Self {
        rules.reverse();
        rules.sort_by_key(|rule| rule.id);
        rules.dedup_by_key(|rule| rule.id);
        Self {
            rules,
            calendar: Calendar::default(),
        }
    }

    /// With these maintenance windows.
    #[must_use]
    pub fn with_calendar(self, calendar: Calendar) -> Self {
        Self { calendar, ..self }
    }

    /// Times in which findings are expected.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The rules as shipped, which are part of the program.
    #[must_use]
    pub fn shipped() -> &'static Arc<Self> {
        static SHIPPED: OnceLock<Arc<RuleBook>> = OnceLock::new();
        SHIPPED.get_or_init(|| match file::shipped() {
            Ok(rules) => Arc::new(Self::new(rules)),
            // a test proves that this does not happen
            Err(errors) => {
                for error in errors {
                    tracing::error!(%error, "a rule of this build cannot be read");
                }
                Arc::default()
            }
        })
    }

    /// A rule by name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules
            .binary_search_by(|rule| rule.id.cmp(id))
            .ok()
            .map(|at| &self.rules[at])
    }

    /// A rule by name, unless it is switched off.
    #[must_use]
    pub fn enabled(&self, id: &str) -> Option<&Rule> {
        self.get(id).filter(|rule| rule.enabled)
    }

    /// Every rule, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The enabled rules of a dataset.
    pub fn of<'a>(&'a self, dataset: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.rules
            .iter()
            .filter(move |rule| rule.enabled && rule.dataset == dataset)
    }
}

/// The rules in force; cheap to clone, and all clones see a change.
#[derive(Debug, Clone)]
pub struct Rules(Arc<RwLock<Arc<RuleBook>>>);

impl Rules {
    /// With these rules.
    #[must_use]
    pub fn new(book: Arc<RuleBook>) -> Self {
        Self(Arc::new(RwLock::new(book)))
    }

    /// The rules now. Who judges takes them once for a landing or a batch of events, so that one result comes of one
    /// set of rules.
    #[must_use]
    pub fn now(&self) -> Arc<RuleBook> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts others in force.
    pub fn replace(&self, book: Arc<RuleBook>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = book;
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(RuleBook::shipped().clone())
    }
}
