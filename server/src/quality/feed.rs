//! Judging a live source: is it heard from, does its time move, does it answer in shape.
//!
//! Limits for streams are 5, 15 and 60 s of silence; a poll adds multiples of its interval, because between two polls
//! silence is normal.

use app::model::{CheckState, Evidence, Outcome, Pipeline, format_age, format_utc};

use super::outcome::passed;

/// Multiples of the poll interval on top of the limits for streams.
const SILENCE_MS: [(i64, i64); 3] = [(5_000, 2), (15_000, 4), (60_000, 10)];
/// The same for the venue's own time.
const FRESHNESS_MS: [(i64, i64); 2] = [(10_000, 2), (60_000, 4)];
/// Equal last prices in a row.
const STALE_QUOTES: [i64; 2] = [10, 20];
/// Without a stream; a single break is mended within seconds.
const STREAM_MS: [i64; 2] = [15_000, 60_000];
/// Errors in a row.
const HTTP_ERRORS: [i64; 2] = [1, 3];

/// `feed.silence`: how long nothing usable has come.
#[must_use]
pub fn silence(entity: &str, last_heard_at: i64, interval_ms: i64, now_ms: i64) -> Outcome {
    let age = (now_ms - last_heard_at).max(0);
    let limits = SILENCE_MS.map(|(base, times)| base + times * interval_ms);
    let state = match age {
        age if age > limits[2] => CheckState::Critical,
        age if age > limits[1] => CheckState::Error,
        age if age > limits[0] => CheckState::Warn,
        _ => CheckState::Pass,
    };
    let words = if state == CheckState::Pass {
        format!("heard {} ago", format_age(age))
    } else {
        format!("nothing heard for {}", format_age(age))
    };
    judged(
        "feed.silence",
        entity,
        state,
        age as f64 / 1000.0,
        words,
        limits.map(format_age).join(" / "),
        || {
            rows(
                &["last heard", "now", "silence"],
                vec![
                    format_utc(last_heard_at),
                    format_utc(now_ms),
                    format_age(age),
                ],
            )
        },
    )
}

/// `feed.freshness`: how old the venue's own time of its newest figures is.
#[must_use]
pub fn freshness(entity: &str, observed_at: i64, interval_ms: i64, now_ms: i64) -> Outcome {
    // the venue's clock may be a little ahead of ours
    let age = (now_ms - observed_at).max(0);
    let limits = FRESHNESS_MS.map(|(base, times)| base + times * interval_ms);
    let state = match age {
        age if age > limits[1] => CheckState::Error,
        age if age > limits[0] => CheckState::Warn,
        _ => CheckState::Pass,
    };
    let words = format!(
        "newest figures are {} old by the venue's time",
        format_age(age)
    );
    judged(
        "feed.freshness",
        entity,
        state,
        age as f64 / 1000.0,
        words,
        limits.map(format_age).join(" / "),
        || {
            rows(
                &["venue time", "now", "age"],
                vec![format_utc(observed_at), format_utc(now_ms), format_age(age)],
            )
        },
    )
}

/// `feed.http`: errors in a row; a block by the venue is critical at once.
#[must_use]
pub fn http(entity: &str, errors_in_a_row: i64, blocked: bool, last_error: &str) -> Outcome {
    let state = match errors_in_a_row {
        _ if blocked => CheckState::Critical,
        n if n >= HTTP_ERRORS[1] => CheckState::Error,
        n if n >= HTTP_ERRORS[0] => CheckState::Warn,
        _ => CheckState::Pass,
    };
    let words = match state {
        CheckState::Pass => "the venue answers".to_owned(),
        _ => format!("{errors_in_a_row} failed rounds in a row: {last_error}"),
    };
    judged(
        "feed.http",
        entity,
        state,
        errors_in_a_row as f64,
        words,
        "1 / 3 failed rounds".to_owned(),
        || {
            rows(
                &["failed rounds", "last error"],
                vec![errors_in_a_row.to_string(), last_error.to_owned()],
            )
        },
    )
}

/// `feed.stream`: how long the stream has not been well; polls go on meanwhile.
#[must_use]
pub fn stream(
    entity: &str,
    is_well: bool,
    blocked: bool,
    since: i64,
    now_ms: i64,
    error: &str,
) -> Outcome {
    let age = if is_well { 0 } else { (now_ms - since).max(0) };
    let state = match age {
        _ if is_well => CheckState::Pass,
        _ if blocked => CheckState::Error,
        age if age > STREAM_MS[1] => CheckState::Error,
        age if age > STREAM_MS[0] => CheckState::Warn,
        _ => CheckState::Pass,
    };
    let words = match state {
        CheckState::Pass if is_well => "the stream stands".to_owned(),
        CheckState::Pass => "the stream is being opened".to_owned(),
        _ if error.is_empty() => format!("no stream for {}", format_age(age)),
        _ => format!("no stream for {}: {error}", format_age(age)),
    };
    judged(
        "feed.stream",
        entity,
        state,
        age as f64 / 1000.0,
        words,
        STREAM_MS.map(format_age).join(" / "),
        || {
            rows(
                &["last well", "now", "error"],
                vec![format_utc(since), format_utc(now_ms), error.to_owned()],
            )
        },
    )
}

/// `quote.stale_price`: equal last prices in a row.
#[must_use]
pub fn stale_price(entity: &str, equal_quotes: i64, last: f64, since: i64) -> Outcome {
    let state = match equal_quotes {
        n if n >= STALE_QUOTES[1] => CheckState::Error,
        n if n >= STALE_QUOTES[0] => CheckState::Warn,
        _ => CheckState::Pass,
    };
    let words = match state {
        CheckState::Pass => "the price moves".to_owned(),
        _ => format!("{equal_quotes} quotes in a row say {last}"),
    };
    judged(
        "quote.stale_price",
        entity,
        state,
        equal_quotes as f64,
        words,
        "10 / 20 equal quotes".to_owned(),
        || {
            rows(
                &["price", "since", "equal quotes"],
                vec![
                    last.to_string(),
                    format_utc(since),
                    equal_quotes.to_string(),
                ],
            )
        },
    )
}

/// A check that holds or is broken by one answer: contracts, crossed books, impossible levels.
#[must_use]
pub fn answer(
    check_id: &'static str,
    entity: &str,
    broken: Option<(CheckState, &str, &str)>,
) -> Outcome {
    match broken {
        None => passed(
            check_id,
            entity,
            Pipeline::Live,
            1,
            "the newest answer is sound".to_owned(),
        ),
        Some((state, reason, sample)) => Outcome {
            state,
            failed: 1,
            summary: reason.to_owned(),
            evidence: rows(
                &["reason", "answer"],
                vec![reason.to_owned(), sample.chars().take(400).collect()],
            ),
            ..passed(check_id, entity, Pipeline::Live, 1, String::new())
        },
    }
}

fn judged(
    check_id: &'static str,
    entity: &str,
    state: CheckState,
    value: f64,
    summary: String,
    threshold: String,
    evidence: impl FnOnce() -> Evidence,
) -> Outcome {
    let holds = state == CheckState::Pass;
    Outcome {
        state,
        failed: i64::from(!holds),
        value: Some(value),
        threshold,
        evidence: if holds {
            Evidence::default()
        } else {
            evidence()
        },
        ..passed(check_id, entity, Pipeline::Live, 1, summary)
    }
}

fn rows(columns: &[&str], row: Vec<String>) -> Evidence {
    Evidence {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: vec![row],
        ..Evidence::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_grows_worse_with_time() {
        let states =
            [60, 66, 136, 361].map(|seconds| silence("e", 0, 30_000, seconds * 1000).state);
        assert_eq!(
            states,
            [
                CheckState::Pass,
                CheckState::Warn,
                CheckState::Error,
                CheckState::Critical
            ]
        );
    }

    #[test]
    fn silence_of_a_stream_is_judged_by_the_second() {
        let states = [5, 6, 16, 61].map(|seconds| silence("e", 0, 0, seconds * 1000).state);
        assert_eq!(
            states,
            [
                CheckState::Pass,
                CheckState::Warn,
                CheckState::Error,
                CheckState::Critical
            ]
        );
    }

    #[test]
    fn a_stream_may_break_but_has_to_come_back() {
        let state = |seconds: i64| stream("e", false, false, 0, seconds * 1000, "reset").state;
        assert_eq!(state(15), CheckState::Pass);
        assert_eq!(state(16), CheckState::Warn);
        assert_eq!(state(61), CheckState::Error);
        assert_eq!(
            stream("e", false, true, 0, 0, "451").state,
            CheckState::Error
        );
        assert_eq!(
            stream("e", true, false, 0, 900_000, "").state,
            CheckState::Pass
        );
    }

    #[test]
    fn a_block_is_critical_at_once() {
        assert_eq!(http("e", 1, true, "451").state, CheckState::Critical);
        assert_eq!(http("e", 1, false, "500").state, CheckState::Warn);
        assert_eq!(http("e", 3, false, "500").state, CheckState::Error);
        assert_eq!(http("e", 0, false, "").state, CheckState::Pass);
    }
}
