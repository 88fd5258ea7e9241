use app::model::{CheckState, ScoreOf, Severity};
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::quality::rule::{Rule, file::parse};

/// Name, layer, dataset and severity.
const CHECKS: [(&str, &str, &str, Severity); 5] = [
    ("candle.contract", "candle", "bronze", Severity::Critical),
    ("candle.gap", "candle", "silver", Severity::Critical),
    ("candle.order", "candle", "silver", Severity::Warn),
    ("feed.silence", "feed", "bronze", Severity::Critical),
    ("xv.basis", "xv", "gold", Severity::Error),
];

fn rule((id, dataset, layer, severity): (&str, &str, &str, Severity)) -> Rule {
    let (file, name) = id.split_once('.').unwrap();
    let text = format!(
        "dataset = \"{dataset}\"\nlayer = \"{layer}\"\n[check.{name}]\ntitle = \"t\"\ndimension = \"validity\"\n\
         rule = \"native\"\nseverity = \"{severity}\"\n"
    );
    parse(&format!("{file}.toml"), &text).unwrap().remove(0)
}

fn book() -> RuleBook {
    RuleBook::new(CHECKS.map(rule).into())
}

fn judged(check: usize, venue: &str, state: CheckState, tested: i64, failed: i64) -> Judged {
    Judged {
        check_id: CHECKS[check].0.to_owned(),
        entity: format!("BTC-USD/{venue}/live"),
        layer: CHECKS[check].2.to_owned(),
        state,
        tested,
        failed,
    }
}

fn alert(check: usize, severity: Severity) -> Standing {
    Standing {
        id: 7,
        check_id: CHECKS[check].0.to_owned(),
        entity: "BTC-USD/a/live".to_owned(),
        severity,
    }
}

fn score(judged: Vec<Judged>, open: Vec<Standing>, of: ScoreOf, name: &str) -> Score {
    Scores::new(&book(), judged, open).one(of, name)
}

#[test]
fn weight_follows_severity_and_never_rows() {
    let results = vec![
        judged(1, "a", CheckState::Critical, 4, 1),
        judged(2, "a", CheckState::Pass, 5_000_000, 0),
    ];
    let silver = score(results.clone(), Vec::new(), ScoreOf::Layer, "silver");
    // 27 · 0.75 + 3 · 1 of 30
    assert_eq!(silver.score, Some(77.5));
    assert_eq!((silver.evaluated, silver.total), (2, 2));
    let whole = Scores::new(&book(), results, Vec::new());
    let overall = whole.one(ScoreOf::Overall, "");
    assert_eq!(
        (overall.score, overall.evaluated, overall.total),
        (Some(77.5), 2, 5)
    );
    let costs = whole.costs(ScoreOf::Overall, "");
    assert_eq!(costs.len(), 1);
    assert_eq!(
        (costs[0].check_id.as_str(), costs[0].points),
        ("candle.gap", 22.5)
    );
}

#[test]
fn the_entities_of_a_check_share_its_weight() {
    let results = vec![
        judged(1, "a", CheckState::Critical, 1, 1),
        judged(1, "b", CheckState::Pass, 1, 0),
        judged(2, "a", CheckState::Pass, 1, 0),
    ];
    let of = |of, name| score(results.clone(), Vec::new(), of, name).score;
    assert_eq!(of(ScoreOf::Dataset, "candle"), Some(55.0));
    assert_eq!(of(ScoreOf::Venue, "a"), Some(10.0));
    assert_eq!(of(ScoreOf::Venue, "b"), Some(100.0));
    assert_eq!(of(ScoreOf::Check, "candle.gap"), Some(50.0));
}

#[test]
fn a_broken_check_and_missing_data_count_nothing_right_and_what_cannot_be_judged_only_lowers_coverage()
 {
    let results = |state| {
        vec![
            judged(1, "a", state, 0, 0),
            judged(2, "a", CheckState::Pass, 9, 0),
        ]
    };
    for state in [CheckState::Failed, CheckState::NoData] {
        let silver = score(results(state), Vec::new(), ScoreOf::Layer, "silver");
        assert_eq!(
            (silver.score, silver.evaluated, silver.total),
            (Some(10.0), 1, 2),
            "{state}"
        );
    }
    let silver = score(
        results(CheckState::NotEvaluated),
        Vec::new(),
        ScoreOf::Layer,
        "silver",
    );
    assert_eq!(
        (silver.score, silver.evaluated, silver.total),
        (Some(100.0), 1, 2)
    );
    let nothing = score(
        vec![judged(1, "a", CheckState::NotEvaluated, 0, 0)],
        Vec::new(),
        ScoreOf::Overall,
        "",
    );
    assert_eq!(nothing.score, None);
}

#[test]
fn open_alerts_and_stale_feeds_cap() {
    let results = vec![
        judged(1, "a", CheckState::Pass, 10, 0),
        judged(3, "a", CheckState::Pass, 1, 0),
    ];
    for (severity, most) in [
        (Severity::Critical, 40.0),
        (Severity::Error, 70.0),
        (Severity::Warn, 90.0),
        (Severity::Info, 100.0),
    ] {
        let scores = Scores::new(&book(), results.clone(), vec![alert(1, severity)]);
        for (of, name) in [
            (ScoreOf::Overall, ""),
            (ScoreOf::Layer, "silver"),
            (ScoreOf::Dataset, "candle"),
            (ScoreOf::Venue, "a"),
            (ScoreOf::Check, "candle.gap"),
        ] {
            let score = scores.one(of, name);
            assert_eq!(score.score, Some(most), "{of} {name} {severity}");
            assert_eq!(score.cap.is_empty(), severity == Severity::Info);
        }
        assert_eq!(scores.one(ScoreOf::Layer, "bronze").score, Some(100.0));
        assert_eq!(scores.costs(ScoreOf::Layer, "silver")[0].alert_id, Some(7));
    }
    let mut stale = results;
    stale[1] = judged(3, "a", CheckState::Error, 50, 1);
    let bronze = score(stale, Vec::new(), ScoreOf::Layer, "bronze");
    assert_eq!(bronze.score, Some(40.0));
    assert_eq!(bronze.cap, "a stale feed (BTC-USD/a/live) caps it at 40");
}

#[test]
fn a_rule_that_is_off_counts_nothing() {
    let mut rules: Vec<Rule> = CHECKS.map(rule).into();
    rules[1].enabled = false;
    let results = vec![
        judged(1, "a", CheckState::Critical, 1, 1),
        judged(2, "a", CheckState::Pass, 1, 0),
    ];
    let scores = Scores::new(
        &RuleBook::new(rules),
        results,
        vec![alert(1, Severity::Critical)],
    );
    let overall = scores.one(ScoreOf::Overall, "");
    assert_eq!((overall.score, overall.total), (Some(100.0), 4));
}

fn state() -> impl Strategy<Value = CheckState> {
    prop::sample::select(vec![
        CheckState::Pass,
        CheckState::Warn,
        CheckState::Error,
        CheckState::Critical,
        CheckState::NoData,
        CheckState::NotEvaluated,
        CheckState::Failed,
    ])
}

fn results() -> impl Strategy<Value = Vec<Judged>> {
    let one = (
        0..CHECKS.len(),
        prop::sample::select(vec!["a", "b", "c"]),
        state(),
        0..1000_i64,
        0..1000_i64,
    );
    vec(one, 1..20).prop_map(|all| {
        let mut all: Vec<Judged> = all
            .into_iter()
            .map(|(check, venue, state, tested, failed)| {
                judged(check, venue, state, tested, failed.min(tested))
            })
            .collect();
        all.sort_by(|a, b| (&a.check_id, &a.entity).cmp(&(&b.check_id, &b.entity)));
        all.dedup_by(|a, b| a.check_id == b.check_id && a.entity == b.entity);
        all
    })
}

fn alerts() -> impl Strategy<Value = Vec<Standing>> {
    let severity = prop::sample::select(vec![
        Severity::Info,
        Severity::Warn,
        Severity::Error,
        Severity::Critical,
    ]);
    vec(
        (0..CHECKS.len(), severity).prop_map(|(check, severity)| alert(check, severity)),
        0..3,
    )
}

/// No score of `after` is higher than the same one of `before`.
fn none_rises(before: &Scores, after: &Scores) -> Result<(), TestCaseError> {
    for score in before.all() {
        let now = after.one(score.of, &score.name);
        if let (Some(was), Some(is)) = (score.score, now.score) {
            prop_assert!(is <= was, "{} {}: {was} → {is}", score.of, score.name);
        }
        prop_assert!(
            now.score.is_some() || score.score.is_none(),
            "{} {} is gone",
            score.of,
            score.name
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn scores_lie_between_0_and_100_and_costs_add_up(results in results(), open in alerts()) {
        let scores = Scores::new(&book(), results, open);
        for score in scores.all() {
            prop_assert!(score.score.is_none_or(|score| (0.0..=100.0).contains(&score)));
            prop_assert!(score.evaluated <= score.total);
            let lost: f64 = scores.costs(score.of, &score.name).iter().map(|cost| cost.points).sum();
            if let Some(value) = score.score.filter(|_| score.cap.is_empty()) {
                prop_assert!((100.0 - lost - value).abs() < 0.011, "{value} and {lost}");
            }
        }
        let lowest = |of, names: &[&str]| names.iter().filter_map(|name| scores.one(of, name).score).reduce(f64::min);
        prop_assert_eq!(scores.one(ScoreOf::Overall, "").score, lowest(ScoreOf::Layer, &LAYERS));
    }

    #[test]
    fn breaking_a_check_never_raises_a_score(results in results(), open in alerts(), which in any::<prop::sample::Index>()) {
        let mut broken = results.clone();
        let at = which.index(broken.len());
        broken[at].state = CheckState::Failed;
        none_rises(&Scores::new(&book(), results, open.clone()), &Scores::new(&book(), broken, open))?;
    }

    #[test]
    fn a_finding_never_raises_a_score(
        results in results(), open in alerts(), which in any::<prop::sample::Index>(), more in 1..100_i64,
        severity in prop::sample::select(vec![Severity::Warn, Severity::Error, Severity::Critical]),
    ) {
        let mut found = results.clone();
        let at = which.index(found.len());
        let cell = &mut found[at];
        // what broke or had no data counts 0 already
        prop_assume!(!matches!(cell.state, CheckState::Failed | CheckState::NoData));
        let had_finding_without_rows = cell.failed == 0 && cell.state.severity().is_some();
        prop_assume!(!had_finding_without_rows);
        cell.tested = cell.tested.max(1);
        cell.failed = (cell.failed + more).min(cell.tested);
        cell.state = match severity.max(cell.state.severity().unwrap_or(severity)) {
            Severity::Warn => CheckState::Warn,
            Severity::Error => CheckState::Error,
            _ => CheckState::Critical,
        };
        let raised = Standing {
            id: 8,
            check_id: cell.check_id.clone(),
            entity: cell.entity.clone(),
            severity,
        };
        let mut alerts = open.clone();
        alerts.push(raised);
        // a check that could not be judged before has no share yet that it could lower
        if results[at].state == CheckState::NotEvaluated {
            return Ok(());
        }
        none_rises(&Scores::new(&book(), results, open), &Scores::new(&book(), found, alerts))?;
    }

    #[test]
    fn an_alert_never_raises_a_score(results in results(), open in alerts(), more in alerts()) {
        let mut all = open.clone();
        all.extend(more);
        none_rises(&Scores::new(&book(), results.clone(), open), &Scores::new(&book(), results, all))?;
    }
}
