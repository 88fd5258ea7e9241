//! What each check demands, in words.

/// A check as people read of it.
#[derive(Debug, Clone, Copy)]
pub struct CheckDef {
    /// `candle.ohlc`
    pub id: &'static str,
    /// What the rule demands.
    pub title: &'static str,
    /// bronze, silver or gold.
    pub layer: &'static str,
    /// completeness, validity, uniqueness, consistency, timeliness or accuracy.
    pub dimension: &'static str,
    /// What to do when it is broken.
    pub advice: &'static str,
}

const CHECKS: [CheckDef; 2] = [
    CheckDef {
        id: "candle.ohlc",
        title: "Open and close lie between low and high",
        layer: "silver",
        dimension: "consistency",
        advice: "Look at the quarantined rows; ask the publisher for a corrected file",
    },
    CheckDef {
        id: "feed.silence",
        title: "The feed answers",
        layer: "bronze",
        dimension: "timeliness",
        advice: "Look at the feed's last error; check the network and the venue's status page",
    },
];

/// The check of that id.
#[must_use]
pub fn definition(check_id: &str) -> Option<&'static CheckDef> {
    CHECKS.iter().find(|check| check.id == check_id)
}
