//! What `--live` asks for.

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

/// Venues this build can poll.
pub const KNOWN: [&str; 1] = ["binance"];

/// Why `--live` cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown live source {name:?}: expected auto, off, simulator, or venues among {}", KNOWN.join(", "))]
pub struct PlanError {
    /// The word that is not known.
    pub name: String,
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
                let venues: Vec<String> =
                    list.split(',').map(|name| name.trim().to_owned()).collect();
                if let Some(name) = venues.iter().find(|name| !KNOWN.contains(&name.as_str())) {
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
        assert_eq!(LivePlan::parse("mtgox").unwrap_err().name, "mtgox");
    }
}
