//! What `--live` asks for.

use crate::source::venue::ALL;

/// Live sources to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LivePlan {
    /// Real venues; the simulator while none answers.
    Auto,
    /// None.
    Off,
    /// The built-in simulator only.
    Simulator,
    /// These venues only.
    Venues(Vec<String>),
}

/// Why `--live` cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown live source {name:?}: expected auto, off, simulator, or venues among {}", known().join(", "))]
pub struct PlanError {
    /// The word that is not known.
    pub name: String,
}

fn known() -> Vec<&'static str> {
    ALL.iter().map(|facts| facts.name).collect()
}

impl LivePlan {
    /// Reads `auto`, `off`, `simulator` or a list of venues.
    ///
    /// # Errors
    /// When a word is none of these.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        Ok(match text {
            "auto" => Self::Auto,
            "off" => Self::Off,
            "simulator" => Self::Simulator,
            list => {
                let mut venues: Vec<String> =
                    list.split(',').map(|name| name.trim().to_owned()).collect();
                let mut seen = std::collections::BTreeSet::new();
                venues.retain(|name| seen.insert(name.clone()));
                if let Some(name) = venues.iter().find(|name| !known().contains(&name.as_str())) {
                    return Err(PlanError { name: name.clone() });
                }
                Self::Venues(venues)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line() {
        assert_eq!(LivePlan::parse("auto"), Ok(LivePlan::Auto));
        assert_eq!(LivePlan::parse("off"), Ok(LivePlan::Off));
        assert_eq!(LivePlan::parse("simulator"), Ok(LivePlan::Simulator));
        assert_eq!(
            LivePlan::parse("binance"),
            Ok(LivePlan::Venues(vec!["binance".to_owned()]))
        );
        assert_eq!(
            LivePlan::parse("binance, binance"),
            LivePlan::parse("binance"),
            "once is enough"
        );
        assert_eq!(LivePlan::parse("mtgox").unwrap_err().name, "mtgox");
    }
}
