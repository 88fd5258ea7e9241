//! The engine judges itself: are checks evaluated on time, do rules raise more than they promised, does every row have
//! an end. Pure.

use app::model::{CheckState, Evidence, Outcome, Pipeline, Severity, format_age, format_utc};

use super::rule::{Rule, state_of};

/// Datasets that a live source judges in every round, whatever comes; trades and events of a stream come when they do.
const EVERY_ROUND: [&str; 4] = ["book", "candle", "feed", "quote"];

/// A live source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beating {
    /// What its checks judge: `BTC-USDT/binance/live`.
    pub entity: String,
    /// Its checks are evaluated this often, in milliseconds.
    pub interval_ms: i64,
    /// Earliest time from which that can be expected: when the engine began.
    pub since: i64,
}

/// When a check of a source was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat<'a> {
    /// Dataset of the check.
    pub dataset: &'a str,
    /// True for a check that says whether the source can be reached at all.
    pub is_of_reach: bool,
    /// Its newest result.
    pub state: CheckState,
    /// When that was.
    pub at: i64,
}

/// `dq.heartbeat`: the checks of a live source are evaluated on time. While nothing is heard of the source only those
/// about the feed itself can be, and they say so; neither can those of what its polls bring while it does not answer.
#[must_use]
pub fn heartbeat(rule: &Rule, source: &Beating, beats: &[Beat<'_>], now_ms: i64) -> Outcome {
    let is_heard = beats
        .iter()
        .filter(|beat| beat.is_of_reach)
        .all(|beat| beat.state == CheckState::Pass);
    let mut rows = Vec::new();
    let (mut tested, mut late, mut worst) = (0, 0, None::<Severity>);
    let mut longest = 0;
    for dataset in EVERY_ROUND {
        let of_dataset = beats
            .iter()
            .filter(|beat| beat.dataset == dataset && beat.state != CheckState::NotEvaluated);
        let newest = of_dataset.map(|beat| beat.at).max();
        let (Some(at), true) = (newest, is_heard || dataset == "feed") else {
            continue;
        };
        let age = (now_ms - at.max(source.since)).max(0);
        tested += 1;
        longest = longest.max(age);
        let found = rule.worst(|limits| {
            let limit = |name| limits.get(name).copied().unwrap_or(0.0);
            age as f64 > limit("age") + limit("intervals") * source.interval_ms as f64
        });
        if found.is_some() {
            late += 1;
            worst = worst.max(found);
            rows.push(vec![dataset.to_owned(), format_utc(at), format_age(age)]);
        }
    }
    let every = format_age(source.interval_ms);
    let pass = rule.passed(
        &source.entity,
        Pipeline::Live,
        tested,
        format!("checks are evaluated every {every}"),
    );
    if worst.is_none() {
        return pass;
    }
    Outcome {
        state: state_of(worst),
        failed: late,
        value: Some(longest as f64 / source.interval_ms.max(1) as f64),
        summary: format!(
            "checks of {late} of {tested} datasets were not evaluated for {}, expected every {every}: the live pipeline \
             does not run, or hangs",
            format_age(longest)
        ),
        evidence: Evidence {
            columns: ["dataset", "last evaluated", "age"]
                .map(str::to_owned)
                .into(),
            rows,
            ..Evidence::default()
        },
        ..pass
    }
}

/// Alerts that are no habit yet, whatever was promised.
const FEW_ALERTS: i64 = 3;

/// `dq.alert_budget`: a rule raises at most so many times the alerts that it promised.
#[must_use]
pub fn alert_budget(rule: &Rule, judged: &Rule, alerts: i64) -> Option<Outcome> {
    let promised = judged.backtest.as_ref()?.max_alerts_per_day;
    let days = rule.number("within") / app::model::DAY_MS as f64;
    if days <= 0.0 {
        return None;
    }
    let a_day = alerts as f64 / days;
    let times = a_day / promised.max(0.001);
    let found = rule.beyond("above", times).filter(|_| alerts > FEW_ALERTS);
    let summary = format!("{a_day:.2} alerts a day, {promised} promised");
    let pass = rule.passed(judged.id, Pipeline::Live, 1, summary.clone());
    Some(match found {
        None => pass,
        Some(_) => Outcome {
            state: state_of(found),
            failed: 1,
            value: Some(times),
            summary: format!("the check is noisy: {summary}"),
            evidence: Evidence {
                columns: ["check", "alerts", "days", "a day", "promised"]
                    .map(str::to_owned)
                    .into(),
                rows: vec![vec![
                    judged.id.to_owned(),
                    alerts.to_string(),
                    days.to_string(),
                    format!("{a_day:.2}"),
                    promised.to_string(),
                ]],
                ..Evidence::default()
            },
            ..pass
        },
    })
}

/// `dq.rows_conserved` over all landings of some time.
#[must_use]
pub fn conserved(rule: &Rule, landings: i64, unbalanced: i64) -> Outcome {
    let pass = rule.passed(
        "bronze",
        Pipeline::Batch,
        landings,
        format!("{landings} landings, rows = accepted + deduplicated + quarantined in each"),
    );
    if unbalanced == 0 {
        return pass;
    }
    Outcome {
        state: state_of(Some(rule.severity)),
        failed: unbalanced,
        value: Some(unbalanced as f64),
        summary: format!("the rows of {unbalanced} of {landings} landings do not add up"),
        ..pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::rule::{Promise, file::parse};

    fn rule(name: &str, what: &str) -> Rule {
        let text = format!(
            "dataset = \"engine\"\nlayer = \"silver\"\n[check.{name}]\ntitle = \"t\"\ndimension = \"timeliness\"\n{what}\n"
        );
        parse("dq.toml", &text).unwrap().remove(0)
    }

    fn beat(dataset: &str, state: CheckState, at: i64) -> Beat<'_> {
        Beat {
            dataset,
            is_of_reach: dataset == "feed",
            state,
            at,
        }
    }

    #[test]
    fn three_missed_evaluations_are_critical() {
        let rule = rule(
            "heartbeat",
            "rule = \"silence\"\ncritical = { age = \"0s\", intervals = 3 }",
        );
        let source = Beating {
            entity: "BTC-USDT/binance/live".to_owned(),
            interval_ms: 10_000,
            since: 0,
        };
        let pass = CheckState::Pass;
        let at = |now, beats: &[Beat<'_>]| {
            let outcome = heartbeat(&rule, &source, beats, now);
            (outcome.state, outcome.tested, outcome.failed)
        };
        let beats = [beat("feed", pass, 100_000), beat("candle", pass, 90_000)];
        assert_eq!(at(120_000, &beats), (pass, 2, 0));
        assert_eq!(at(120_001, &beats), (CheckState::Critical, 2, 1));
        assert_eq!(at(130_001, &beats), (CheckState::Critical, 2, 2));
        // a source that is not heard has no candles to judge, and its silence says so
        let silent = [
            beat("feed", CheckState::Critical, 130_000),
            beat("candle", pass, 90_000),
        ];
        assert_eq!(at(130_001, &silent), (pass, 1, 0));
        // an engine that has just begun is not late
        let begun = Beating {
            since: 125_000,
            ..source.clone()
        };
        assert_eq!(heartbeat(&rule, &begun, &beats, 130_001).state, pass);
        // a feed that is no longer run is not expected to be judged
        let gone = [beat("feed", CheckState::NotEvaluated, 0)];
        assert_eq!(at(130_001, &gone).0, CheckState::NotEvaluated);
    }

    #[test]
    fn a_rule_that_raises_more_than_it_promised_is_noisy() {
        let budget = rule(
            "alert_budget",
            "rule = \"volume\"\nwithin = \"7d\"\nwarn = { above = 3 }",
        );
        let mut judged = rule("judged", "rule = \"native\"\nseverity = \"warn\"");
        assert_eq!(
            alert_budget(&budget, &judged, 1_000),
            None,
            "it promised nothing"
        );
        judged.backtest = Some(Promise {
            max_alerts_per_day: 0.25,
            ..Promise::default()
        });
        let state = |judged: &Rule, alerts| {
            alert_budget(&budget, judged, alerts).map(|outcome| outcome.state)
        };
        assert_eq!(state(&judged, 5), Some(CheckState::Pass));
        assert_eq!(state(&judged, 6), Some(CheckState::Warn));
        judged.backtest = Some(Promise::default());
        assert_eq!(
            state(&judged, 3),
            Some(CheckState::Pass),
            "a few are no habit"
        );
        assert_eq!(state(&judged, 4), Some(CheckState::Warn));
    }

    #[test]
    fn landings_that_do_not_add_up_are_critical_and_none_is_no_pass() {
        let rule = rule(
            "rows_conserved",
            "rule = \"native\"\nseverity = \"critical\"",
        );
        assert_eq!(conserved(&rule, 0, 0).state, CheckState::NotEvaluated);
        assert_eq!(conserved(&rule, 5, 0).state, CheckState::Pass);
        assert_eq!(conserved(&rule, 5, 1).state, CheckState::Critical);
    }
}
