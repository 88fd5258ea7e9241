//! Checks as shipped, by name.

use super::rule::{Rule, RuleBook};

/// The rule of a check as shipped.
#[must_use]
pub fn definition(id: &str) -> Option<&'static Rule> {
    RuleBook::shipped().get(id)
}
