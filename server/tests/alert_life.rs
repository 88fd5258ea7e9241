//! Alerts from the first finding to the end, on a real database with a set clock.

use app::model::{AlertEventVm, AlertState, AlertVm, CheckState, Outcome, Pipeline, Severity};
use proptest::prelude::*;
use server::{
    hub::Hub,
    pipeline::{
        Engine,
        alerting::{act, tick},
        judge::record,
    },
    quality::{
        alert::{Patience, replay::replay},
        rule::RuleBook,
    },
    store::Store,
};

use crate::support::{Bench, MINUTE};

/// Waits a minute before it fires, and two before it is over.
pub const PATIENT: Patience = Patience {
    for_ms: MINUTE,
    keep_firing_ms: 2 * MINUTE,
};
/// Waits for nothing.
pub const AT_ONCE: Patience = Patience {
    for_ms: 0,
    keep_firing_ms: 0,
};

/// A result of a check of an entity.
pub fn result(check_id: &'static str, entity: &str, state: CheckState) -> Outcome {
    Outcome {
        check_id,
        title: "what it demands",
        layer: "silver",
        entity: entity.to_owned(),
        pipeline: if entity.ends_with("/live") {
            Pipeline::Live
        } else {
            Pipeline::Batch
        },
        state,
        tested: 10,
        failed: i64::from(state.severity().is_some()),
        value: None,
        threshold: "none".to_owned(),
        summary: format!("{check_id} says {state}"),
        evidence: app::model::Evidence {
            columns: vec!["row".to_owned()],
            rows: vec![vec!["17".to_owned()]],
            ..app::model::Evidence::default()
        },
    }
}

/// Stores results as a pipeline does, by these rules.
pub async fn judge_by(
    engine: &Engine,
    rules: &RuleBook,
    patience: Patience,
    results: &[Outcome],
) -> Vec<AlertEventVm> {
    let mut tx = engine.store.begin().await.unwrap();
    let now_ms = engine.clock.now_ms();
    let events = record(&mut tx, rules, results, None, patience, now_ms)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    events
}

/// The same by no rules.
pub async fn judge(engine: &Engine, patience: Patience, results: &[Outcome]) -> Vec<AlertEventVm> {
    judge_by(engine, &RuleBook::default(), patience, results).await
}

const LIVE: &str = "BTC-USDT/binance/live";

async fn say(engine: &Engine, state: CheckState) -> Vec<AlertEventVm> {
    judge(engine, PATIENT, &[result("feed.silence", LIVE, state)]).await
}

async fn only(engine: &Engine) -> AlertVm {
    let alerts = engine.store.alerts(10).await.unwrap();
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    alerts.into_iter().next().unwrap()
}

/// Transitions of an alert: from, to, actor.
async fn history(engine: &Engine, id: i64) -> Vec<(Option<AlertState>, AlertState, String)> {
    let events = engine.store.alert_events(id, 100).await.unwrap();
    assert_eq!(
        replay(&events).unwrap().map(|alert| alert.state),
        events.last().map(|e| e.to_state)
    );
    events
        .into_iter()
        .map(|event| (event.from_state, event.to_state, event.actor))
        .collect()
}

#[tokio::test]
async fn an_alert_goes_through_its_whole_life() {
    use AlertState::{Acknowledged, Firing, Pending, Recovering, Resolved};
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let clock = &engine.clock;
    say(engine, CheckState::Warn).await;
    assert_eq!(only(engine).await.state, Pending);
    assert!(tick(engine).await.unwrap().is_empty(), "it has not waited");
    clock.advance(MINUTE);
    assert_eq!(
        tick(engine).await.unwrap().len(),
        1,
        "time alone makes it fire"
    );
    let alert = only(engine).await;
    assert_eq!(alert.state, Firing);
    let id = alert.id;

    act::take(engine, id, "ann").await.unwrap();
    assert_eq!(only(engine).await.acknowledged_by.as_deref(), Some("ann"));
    say(engine, CheckState::Warn).await;
    assert_eq!(
        only(engine).await.state,
        Acknowledged,
        "no worse: it stays hers"
    );
    say(engine, CheckState::Critical).await;
    let worse = only(engine).await;
    assert_eq!(
        (worse.state, worse.severity, worse.acknowledged_by),
        (Firing, Severity::Critical, None)
    );
    clock.advance(31 * MINUTE);
    act::take(engine, id, "bob").await.unwrap();
    say(engine, CheckState::Pass).await;
    assert_eq!(only(engine).await.state, Recovering);
    say(engine, CheckState::Critical).await;
    assert_eq!(only(engine).await.state, Acknowledged, "his still");
    act::give_back(engine, id, "bob").await.unwrap();
    say(engine, CheckState::Pass).await;
    say(engine, CheckState::NoData).await;
    clock.advance(2 * MINUTE);
    tick(engine).await.unwrap();
    let over = only(engine).await;
    assert_eq!(
        (over.state, over.resolved_at),
        (Resolved, Some(clock.now_ms()))
    );
    let engine_did = |from: Option<AlertState>, to| (from, to, "engine".to_owned());
    assert_eq!(
        history(engine, id).await,
        [
            engine_did(None, Pending),
            engine_did(Some(Pending), Firing),
            (Some(Firing), Acknowledged, "ann".to_owned()),
            engine_did(Some(Acknowledged), Firing),
            (Some(Firing), Acknowledged, "bob".to_owned()),
            engine_did(Some(Acknowledged), Recovering),
            engine_did(Some(Recovering), Acknowledged),
            (Some(Acknowledged), Firing, "bob".to_owned()),
            engine_did(Some(Firing), Recovering),
            engine_did(Some(Recovering), Resolved),
        ]
    );
    // what was found stands beside the transitions that came of it
    let shown = bench
        .texts("select evidence from alert_event where evidence is not null")
        .await;
    assert_eq!(shown.len(), 3);
    assert!(shown[0].contains("17"), "{}", shown[0]);
    let refused = act::take(engine, id, "ann").await.unwrap_err();
    assert!(refused.to_string().contains("is resolved"), "{refused}");
    assert!(act::take(engine, id, "engine").await.is_err());
}

#[tokio::test]
async fn what_comes_and_goes_fires_until_it_is_quiet() {
    let bench = Bench::new().await;
    let engine = &bench.engine;
    let clock = &engine.clock;
    let swing = async |state| {
        clock.advance(MINUTE);
        judge(engine, AT_ONCE, &[result("feed.silence", LIVE, state)]).await
    };
    for _ in 0..10 {
        swing(CheckState::Warn).await;
        swing(CheckState::Pass).await;
    }
    let alerts = engine.store.alerts(10).await.unwrap();
    let states: Vec<_> = alerts
        .iter()
        .map(|alert| (alert.state, alert.flapping))
        .collect();
    assert_eq!(
        states,
        [(AlertState::Firing, true), (AlertState::Resolved, false)],
        "the fourth turn is the last one told"
    );
    let told = bench
        .number("select count(*) from incident_event where kind = 'flapping'")
        .await;
    assert_eq!(told, 1);
    assert_eq!(bench.number("select count(*) from incident").await, 1);
    clock.advance(29 * MINUTE);
    assert!(tick(engine).await.unwrap().is_empty());
    clock.advance(MINUTE);
    tick(engine).await.unwrap();
    assert_eq!(
        engine
            .store
            .alerts_in(AlertState::Resolved, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        bench
            .texts("select kind from incident_event order by id")
            .await,
        [
            "opened",
            "alert_resolved",
            "resolved",
            "reopened",
            "flapping",
            "alert_resolved",
            "resolved"
        ]
    );
}

/// What can happen to an alert.
#[derive(Debug, Clone, Copy)]
enum Event {
    Say(CheckState),
    Wait(i64),
    Tick,
    Take,
    GiveBack,
    Silence,
    Restart,
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => prop::sample::select(vec![
            CheckState::Pass, CheckState::Warn, CheckState::Error, CheckState::Critical, CheckState::NoData,
            CheckState::NotEvaluated, CheckState::Failed,
        ]).prop_map(Event::Say),
        3 => (1..4_i64).prop_map(|minutes| Event::Wait(minutes * 30_000)),
        1 => (20..40_i64).prop_map(|minutes| Event::Wait(minutes * MINUTE)),
        2 => Just(Event::Tick),
        1 => Just(Event::Take),
        1 => Just(Event::GiveBack),
        1 => Just(Event::Silence),
        1 => Just(Event::Restart),
    ]
}

/// Lives an alert's life; gives every transition, without what only silences make of it, and the alerts at the end.
async fn live(events: &[Event], patience: Patience, silences: bool) -> Vec<AlertVm> {
    let mut bench = Bench::new().await;
    for event in events {
        let engine = &bench.engine;
        let open = engine.store.standing_alerts().await.unwrap();
        assert!(open.len() <= 1, "one open alert for a check and entity");
        let id = open.first().map_or(0, |stored| stored.alert.id);
        match event {
            Event::Say(state) => {
                judge(engine, patience, &[result("feed.silence", LIVE, *state)]).await;
            }
            Event::Wait(ms) => engine.clock.advance(*ms),
            Event::Tick => drop(tick(engine).await.unwrap()),
            Event::Take => drop(act::take(engine, id, "ann").await),
            Event::GiveBack => drop(act::give_back(engine, id, "ann").await),
            Event::Silence if silences => {
                let wanted = act::Wanted {
                    check_id: "*".to_owned(),
                    entity: "*".to_owned(),
                    reason: "night".to_owned(),
                    for_ms: Some(MINUTE),
                };
                act::silence(engine, wanted, "ann").await.unwrap();
            }
            Event::Silence => {}
            Event::Restart => restart(&mut bench).await,
        }
    }
    check_histories(&bench.engine).await
}

/// Ends the engine and begins it anew on the same file.
async fn restart(bench: &mut Bench) {
    let before = check_histories(&bench.engine).await;
    let clock = bench.engine.clock.clone();
    bench.engine.store.close().await;
    let url = format!("sqlite:{}", bench.path("assay.db").display());
    bench.engine = Engine {
        store: Store::open(&url).await.unwrap(),
        hub: Hub::new("test"),
        clock,
    };
    assert_eq!(check_histories(&bench.engine).await, before);
}

/// Every alert is what its transitions say; gives them, oldest first.
async fn check_histories(engine: &Engine) -> Vec<AlertVm> {
    let mut alerts = engine.store.alerts(1000).await.unwrap();
    alerts.sort_by_key(|alert| alert.id);
    for alert in &alerts {
        let events = engine.store.alert_events(alert.id, 1000).await.unwrap();
        let again = replay(&events).unwrap().unwrap();
        // findings that change nothing else are only counted
        let again = AlertVm {
            count: alert.count,
            summary: alert.summary.clone(),
            title: String::new(),
            ..again
        };
        assert_eq!(&again, alert, "{events:#?}");
        let fired = events
            .iter()
            .position(|event| event.to_state == AlertState::Firing);
        if let Some(at) = fired {
            let was_pending = events[..=at].iter().any(|event| {
                event.to_state == AlertState::Pending
                    || event.from_state == Some(AlertState::Pending)
            });
            assert!(
                was_pending,
                "it fires without having been pending: {events:#?}"
            );
        }
    }
    alerts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_an_alert_is_what_its_transitions_say(
        events in prop::collection::vec(events(), 1..60),
        is_patient in any::<bool>(),
    ) {
        let patience = if is_patient { PATIENT } else { AT_ONCE };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let plain = runtime.block_on(live(&events, patience, false));
        let silenced = runtime.block_on(live(&events, patience, true));
        // a silence mutes, and does nothing else
        let life = |alerts: &[AlertVm]| -> Vec<_> {
            alerts.iter().map(|alert| (alert.id, alert.state, alert.severity, alert.opened_at, alert.resolved_at, alert.count, alert.flapping)).collect()
        };
        prop_assert_eq!(life(&plain), life(&silenced));
        prop_assert!(plain.iter().all(|alert| !alert.silenced));
    }
}
