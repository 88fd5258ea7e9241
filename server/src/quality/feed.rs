//! Judging a live source: is it heard from, does its time move, does it answer in shape.
//!
//! A poll adds multiples of its interval to the limits for streams, because between two polls silence is normal.

use app::model::{CheckState, Evidence, Outcome, Pipeline, Severity, format_age, format_utc};

use super::rule::{Rule, state_of};

/// The worst severity whose limit `age` and so many poll intervals on top are exceeded.
fn too_old(rule: &Rule, age: i64, interval_ms: i64) -> Option<Severity> {
    rule.worst(|limits| {
        let limit = |name| limits.get(name).copied().unwrap_or_default();
        limits.contains_key("age")
            && age as f64 > limit("age") + limit("intervals") * interval_ms as f64
    })
}

/// The limits for a source that is asked so often, in words.
fn age_words(rule: &Rule, interval_ms: i64) -> String {
    let ages = rule.limits.iter().filter_map(|(_, limits)| {
        let intervals = limits.get("intervals").copied().unwrap_or_default();
        let age = limits.get("age")? + intervals * interval_ms as f64;
        Some(format_age(age as i64))
    });
    ages.collect::<Vec<_>>().join(" / ")
}

/// `feed.silence`: how long nothing usable has come.
#[must_use]
pub fn silence(
    rule: &Rule,
    entity: &str,
    last_heard_at: i64,
    interval_ms: i64,
    now_ms: i64,
) -> Outcome {
    let age = (now_ms - last_heard_at).max(0);
    let severity = too_old(rule, age, interval_ms);
    let words = match severity {
        None => format!("heard {} ago", format_age(age)),
        Some(_) => format!("nothing heard for {}", format_age(age)),
    };
    let outcome = judged(rule, entity, severity, age as f64 / 1000.0, words, || {
        rows(
            &["last heard", "now", "silence"],
            vec![
                format_utc(last_heard_at),
                format_utc(now_ms),
                format_age(age),
            ],
        )
    });
    Outcome {
        threshold: age_words(rule, interval_ms),
        ..outcome
    }
}

/// `feed.freshness`: how old the venue's own time of its newest figures is.
#[must_use]
pub fn freshness(
    rule: &Rule,
    entity: &str,
    observed_at: i64,
    interval_ms: i64,
    now_ms: i64,
) -> Outcome {
    // the venue's clock may be a little ahead of ours
    let age = (now_ms - observed_at).max(0);
    let severity = too_old(rule, age, interval_ms);
    let words = format!(
        "newest figures are {} old by the venue's time",
        format_age(age)
    );
    let outcome = judged(rule, entity, severity, age as f64 / 1000.0, words, || {
        rows(
            &["venue time", "now", "age"],
            vec![format_utc(observed_at), format_utc(now_ms), format_age(age)],
        )
    });
    Outcome {
        threshold: age_words(rule, interval_ms),
        ..outcome
    }
}

/// `feed.http`: errors in a row; a block by the venue is critical at once.
#[must_use]
pub fn http(
    rule: &Rule,
    entity: &str,
    errors_in_a_row: i64,
    blocked: bool,
    last_error: &str,
) -> Outcome {
    let severity = if blocked {
        Some(Severity::Critical)
    } else {
        rule.reached("from", errors_in_a_row as f64)
    };
    let words = match severity {
        None if errors_in_a_row == 0 => "the venue answers".to_owned(),
        _ => format!("{errors_in_a_row} failed rounds in a row: {last_error}"),
    };
    judged(
        rule,
        entity,
        severity,
        errors_in_a_row as f64,
        words,
        || {
            rows(
                &["failed rounds", "last error"],
                vec![errors_in_a_row.to_string(), last_error.to_owned()],
            )
        },
    )
}

/// How a stream is.
#[derive(Debug, Clone, Copy)]
pub struct StreamState<'a> {
    /// It stands and brings data.
    pub is_well: bool,
    /// The venue refuses it.
    pub blocked: bool,
    /// When it was well last.
    pub well_at: i64,
    /// Its last error.
    pub error: &'a str,
}

/// `feed.stream`: how long the stream has not been well; polls go on meanwhile.
#[must_use]
pub fn stream(rule: &Rule, entity: &str, stream: StreamState<'_>, now_ms: i64) -> Outcome {
    let StreamState {
        is_well,
        blocked,
        well_at,
        error,
    } = stream;
    let age = if is_well {
        0
    } else {
        (now_ms - well_at).max(0)
    };
    let severity = if is_well {
        None
    } else {
        // a refusal does not get better with time
        let refused = rule.limits.last().map(|(severity, _)| *severity);
        too_old(rule, age, 0).max(refused.filter(|_| blocked))
    };
    let words = match severity {
        None if is_well => "the stream stands".to_owned(),
        None => "the stream is being opened".to_owned(),
        _ if error.is_empty() => format!("no stream for {}", format_age(age)),
        _ => format!("no stream for {}: {error}", format_age(age)),
    };
    judged(rule, entity, severity, age as f64 / 1000.0, words, || {
        rows(
            &["last well", "now", "error"],
            vec![format_utc(well_at), format_utc(now_ms), error.to_owned()],
        )
    })
}

/// Quotes in a row that say the same price.
#[derive(Debug, Clone, Copy)]
pub struct EqualQuotes {
    /// How many.
    pub run: i64,
    /// What they say.
    pub last: f64,
    /// When the first of them came.
    pub since: i64,
    /// Furthest that another venue moved meanwhile, in basis points; `None` if nothing is known of any.
    pub elsewhere: Option<f64>,
}

/// True if it has to be known how other venues moved, to judge so many equal quotes.
#[must_use]
pub fn asks_elsewhere(rule: &Rule, run: i64) -> bool {
    rule.flag("unless_all") && rule.reached("run", run as f64).is_some()
}

/// `quote.stale_price`: equal last prices in a row, unless the other venues stand still too.
#[must_use]
pub fn stale_price(rule: &Rule, entity: &str, equal: EqualQuotes) -> Outcome {
    let EqualQuotes {
        run,
        last,
        since,
        elsewhere,
    } = equal;
    let severity = rule.reached("run", run as f64);
    let stands_still =
        rule.flag("unless_all") && elsewhere.is_some_and(|moved| moved <= rule.number("moved_bps"));
    let words = match (severity, elsewhere) {
        (None, _) => "the price moves".to_owned(),
        (Some(_), _) if stands_still => {
            format!("{run} quotes in a row say {last}, and the other venues stand still too")
        }
        (Some(_), Some(moved)) => format!(
            "{run} quotes in a row say {last}, another venue moved {moved:.0} basis points meanwhile"
        ),
        (Some(_), None) => format!(
            "{run} quotes in a row say {last}; no other venue is known to hold them against"
        ),
    };
    let severity = severity.filter(|_| !stands_still);
    judged(rule, entity, severity, run as f64, words, || {
        rows(
            &["price", "since", "equal quotes"],
            vec![last.to_string(), format_utc(since), run.to_string()],
        )
    })
}

/// A check that holds or is broken by one answer: contracts, crossed books, impossible levels. What is broken, with the
/// raw text; its severity is the worst of the rule, because there is nothing to count.
#[must_use]
pub fn answer(rule: &Rule, entity: &str, broken: Option<(&str, &str)>) -> Outcome {
    let Some((reason, sample)) = broken else {
        let words = "the newest answer is sound".to_owned();
        return rule.passed(entity, Pipeline::Live, 1, words);
    };
    Outcome {
        state: state_of(Some(rule.severity)),
        failed: 1,
        summary: reason.to_owned(),
        evidence: rows(
            &["reason", "answer"],
            vec![reason.to_owned(), sample.chars().take(400).collect()],
        ),
        ..rule.passed(entity, Pipeline::Live, 1, String::new())
    }
}

fn judged(
    rule: &Rule,
    entity: &str,
    severity: Option<Severity>,
    value: f64,
    summary: String,
    evidence: impl FnOnce() -> Evidence,
) -> Outcome {
    let state = state_of(severity);
    let holds = state == CheckState::Pass;
    Outcome {
        state,
        failed: i64::from(!holds),
        value: Some(value),
        evidence: if holds {
            Evidence::default()
        } else {
            evidence()
        },
        ..rule.passed(entity, Pipeline::Live, 1, summary)
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
    use crate::quality::rule::RuleBook;

    fn rule(id: &str) -> Rule {
        RuleBook::shipped().get(id).expect(id).clone()
    }

    #[test]
    fn silence_grows_worse_with_time() {
        use CheckState::{Critical, Error, Pass, Warn};
        let rule = rule("feed.silence");
        let states = |interval_ms, seconds: [i64; 4]| {
            seconds.map(|seconds| silence(&rule, "e", 0, interval_ms, seconds * 1000).state)
        };
        assert_eq!(
            states(30_000, [60, 66, 136, 361]),
            [Pass, Warn, Error, Critical]
        );
        // a stream is judged by the second
        assert_eq!(states(0, [5, 6, 16, 61]), [Pass, Warn, Error, Critical]);
        assert_eq!(
            silence(&rule, "e", 0, 30_000, 0).threshold,
            "1 min 5 s / 2 min 15 s / 6 min 0 s"
        );
    }

    #[test]
    fn a_price_may_stand_still_while_all_others_do() {
        let rule = rule("quote.stale_price");
        let told = |run, elsewhere| {
            let equal = EqualQuotes {
                run,
                last: 100.0,
                since: 0,
                elsewhere,
            };
            let told = stale_price(&rule, "e", equal);
            (told.state, told.summary)
        };
        assert!(!asks_elsewhere(&rule, 9) && asks_elsewhere(&rule, 10));
        assert_eq!(told(9, None).0, CheckState::Pass);
        let (state, words) = told(10, None);
        assert_eq!(state, CheckState::Warn);
        assert!(words.contains("no other venue"), "{words}");
        assert_eq!(told(20, Some(5.1)).0, CheckState::Error);
        let (state, words) = told(20, Some(4.9));
        assert_eq!(state, CheckState::Pass);
        assert!(words.contains("stand still too"), "{words}");
    }

    #[test]
    fn a_stream_may_break_but_has_to_come_back() {
        let rule = rule("feed.stream");
        let state = |is_well, blocked, seconds: i64| {
            let how = StreamState {
                is_well,
                blocked,
                well_at: 0,
                error: "reset",
            };
            stream(&rule, "e", how, seconds * 1000).state
        };
        assert_eq!(state(false, false, 15), CheckState::Pass);
        assert_eq!(state(false, false, 16), CheckState::Warn);
        assert_eq!(state(false, false, 61), CheckState::Error);
        assert_eq!(state(false, true, 0), CheckState::Error);
        assert_eq!(state(true, false, 900), CheckState::Pass);
    }

    #[test]
    fn a_block_is_critical_at_once() {
        let rule = rule("feed.http");
        let state = |errors, blocked| http(&rule, "e", errors, blocked, "451").state;
        assert_eq!(state(1, true), CheckState::Critical);
        assert_eq!(state(1, false), CheckState::Warn);
        assert_eq!(state(3, false), CheckState::Error);
        assert_eq!(state(0, false), CheckState::Pass);
    }
}
