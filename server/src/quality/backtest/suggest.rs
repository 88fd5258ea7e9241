//! Limits for a wished number of alerts a day.

use crate::quality::rule::Rule;

/// Halvings of the range of factors: limits to three digits.
const HALVINGS: usize = 14;
/// Limits are tried from this share of those of the rule …
const SMALLEST: f64 = 0.05;
/// … to this multiple.
const LARGEST: f64 = 20.0;

/// Limits that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    /// The wished alerts a day, at most.
    pub budget: f64,
    /// Multiple of the rule's limits.
    pub factor: f64,
    /// Alerts a day with them.
    pub alerts_per_day: f64,
    /// The mildest severity's limits in words: `k 7.2`.
    pub words: String,
}

/// The rule with its main limits multiplied. Which way a limit is stricter follows from its name: one that a value must
/// not fall below is divided instead.
#[must_use]
pub fn scaled(rule: &Rule, factor: f64) -> Rule {
    let mut changed = rule.clone();
    for (_, limits) in &mut changed.limits {
        for (name, limit) in limits.iter_mut() {
            *limit = match *name {
                "below" | "min" | "matched" if *limit > 0.0 => *limit / factor,
                // counted in whole rows
                "missing" | "filled" | "coarse" | "run" | "from" | "rows" => {
                    (*limit * factor).round().max(1.0)
                }
                "floor" | "intervals" | "low_windows" => *limit,
                _ => *limit * factor,
            };
        }
    }
    changed
}

/// The smallest limits that raise at most `budget` alerts a day; `None` for a rule without limits, or where none of
/// those that were tried keeps the budget. Fewer alerts come of larger limits, so that the range can be halved.
pub fn suggest(
    rule: &Rule,
    budget: f64,
    mut alerts_per_day: impl FnMut(&Rule) -> f64,
) -> Option<Scaled> {
    if rule.limits.is_empty() || !budget.is_finite() || budget < 0.0 {
        return None;
    }
    let mut at = |factor: f64| alerts_per_day(&scaled(rule, factor));
    let (mut low, mut high) = (SMALLEST.ln(), LARGEST.ln());
    let mut best = (high, at(LARGEST));
    if best.1 > budget {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let alerts = at(middle.exp());
        if alerts <= budget {
            high = middle;
            best = (middle, alerts);
        } else {
            low = middle;
        }
    }
    let factor = best.0.exp();
    Some(Scaled {
        budget,
        factor,
        alerts_per_day: best.1,
        words: words(&scaled(rule, factor)),
    })
}

fn words(rule: &Rule) -> String {
    rule.limits
        .iter()
        .map(|(severity, limits)| {
            let limits: Vec<String> = rule
                .kind
                .limits()
                .iter()
                .filter_map(|def| Some((def.name, limits.get(def.name)?)))
                .map(|(name, limit)| format!("{name} = {}", short(*limit)))
                .collect();
            format!("{} = {{ {} }}", severity.as_str(), limits.join(", "))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Three digits that count.
fn short(limit: f64) -> String {
    if limit == 0.0 || !limit.is_finite() {
        return limit.to_string();
    }
    let digits = (2 - limit.abs().log10().floor() as i32).clamp(0, 9);
    let unit = 10_f64.powi(digits);
    ((limit * unit).round() / unit).to_string()
}
