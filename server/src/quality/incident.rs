//! Which alerts have one cause: those of a venue while it is live, and those of one landing.

use app::model::Pipeline;

/// An alert that fires so soon after the incident of its scope was resolved opens it again.
pub const REOPEN_WITHIN_MS: i64 = 5 * 60_000;

/// What alerts of one cause have in common: `live:VENUE` for what is live, `batch:ENTITY` for a landing.
#[must_use]
pub fn scope(pipeline: Pipeline, entity: &str) -> String {
    match pipeline {
        Pipeline::Live => format!("live:{}", place(entity).1),
        Pipeline::Batch => format!("batch:{entity}"),
    }
}

/// Instrument and venue of an entity such as `BTC-USDT/binance/live`; an entity without parts is a venue.
#[must_use]
pub fn place(entity: &str) -> (&str, &str) {
    let mut parts = entity.splitn(3, '/');
    match (parts.next(), parts.next()) {
        (Some(instrument), Some(venue)) => (instrument, venue),
        _ => ("", entity),
    }
}

/// The newest incident of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Key.
    pub id: i64,
    /// When it was resolved; `None`: it is open.
    pub resolved_at: Option<i64>,
}

/// Where an alert that fires belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// To the open incident.
    Open(i64),
    /// To one that was resolved a moment ago.
    Reopen(i64),
    /// To a new one.
    New,
}

/// The incident that an alert joins when it fires.
#[must_use]
pub fn join(newest: Option<Newest>, now_ms: i64) -> Join {
    match newest {
        Some(Newest {
            id,
            resolved_at: None,
        }) => Join::Open(id),
        Some(Newest {
            id,
            resolved_at: Some(at),
        }) if now_ms - at < REOPEN_WITHIN_MS => Join::Reopen(id),
        _ => Join::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_of_a_venue_and_of_a_landing_belong_together() {
        for (pipeline, entity, expected) in [
            (Pipeline::Live, "BTC-USDT/binance/live", "live:binance"),
            (Pipeline::Live, "BTC-USD/binance/live", "live:binance"),
            (Pipeline::Live, "binance", "live:binance"),
            // a file may be called `live` too
            (
                Pipeline::Batch,
                "BTC-USD/kraken/live",
                "batch:BTC-USD/kraken/live",
            ),
            (Pipeline::Batch, "a/b/c/d.csv", "batch:a/b/c/d.csv"),
        ] {
            assert_eq!(scope(pipeline, entity), expected);
        }
    }

    #[test]
    fn a_relapse_opens_the_incident_again() {
        let newest = |resolved_at| Some(Newest { id: 7, resolved_at });
        assert_eq!(join(None, 0), Join::New);
        assert_eq!(join(newest(None), 1_000), Join::Open(7));
        let late = 1_000 + REOPEN_WITHIN_MS;
        assert_eq!(join(newest(Some(1_000)), late - 1), Join::Reopen(7));
        assert_eq!(join(newest(Some(1_000)), late), Join::New);
    }
}
