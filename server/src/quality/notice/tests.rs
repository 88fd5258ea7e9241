use proptest::prelude::*;

use super::*;

const S: i64 = 1_000;
const MIN: i64 = 60 * S;
const H: i64 = 60 * MIN;
const TIMING: Timing = Timing {
    group_wait_ms: 30 * S,
    group_interval_ms: 5 * MIN,
    repeat_ms: 4 * H,
    repeat_factor: 3.0,
    most_ms: 24 * H,
};

fn ears() -> Vec<Listener> {
    vec![Listener {
        channel: "ops".to_owned(),
        min_severity: Severity::Warn,
        since_ms: 0,
    }]
}

fn event(at: i64, happened: Happened, severity: Severity) -> Event {
    Event {
        at,
        happened,
        severity: Some(severity),
        alert_id: Some(1),
        muted: false,
    }
}

/// Looks each ten seconds until `end`; gives what was told when.
fn told(events: &[Event], end: i64) -> Vec<(i64, NoticeKind)> {
    let (mut plan, mut notices) = (Plan::default(), Vec::new());
    let mut events = events.iter().peekable();
    let mut now = 0;
    while now <= end {
        while let Some(event) = events.next_if(|event| event.at <= now) {
            plan.apply(event, &ears());
        }
        let due = plan.due(now, &TIMING, &ears());
        notices.extend(due.into_iter().map(|due| (now, due.kind)));
        now += 10 * S;
    }
    notices
}

#[test]
fn an_outage_of_ten_hours_is_three_notices() {
    use Happened::{Alert, Resolved, Worse};
    use NoticeKind::{Opened, Reminder, Worse as GotWorse};
    let worse = [
        event(0, Alert, Severity::Warn),
        event(10 * S, Worse, Severity::Error),
        event(MIN, Worse, Severity::Critical),
        event(10 * H, Resolved, Severity::Critical),
    ];
    assert_eq!(
        told(&worse, 48 * H),
        [
            (30 * S, Opened),
            (5 * MIN + 30 * S, GotWorse),
            (10 * H + 30 * S, NoticeKind::Resolved),
        ]
    );
    let steady = [
        event(0, Alert, Severity::Critical),
        event(10 * H, Resolved, Severity::Critical),
    ];
    assert_eq!(
        told(&steady, 48 * H),
        [
            (30 * S, Opened),
            (4 * H + 30 * S, Reminder),
            (10 * H + 30 * S, NoticeKind::Resolved),
        ]
    );
}

#[test]
fn reminders_grow_rare_and_end_with_an_acknowledgement() {
    let open = [event(0, Happened::Alert, Severity::Error)];
    let times: Vec<i64> = told(&open, 70 * H).iter().map(|(at, _)| *at / H).collect();
    assert_eq!(times, [0, 4, 16, 40, 64]);
    let taken = [open[0], event(H, Happened::Acknowledged, Severity::Error)];
    assert_eq!(told(&taken, 70 * H).len(), 1);
    let worse = [
        taken[0],
        taken[1],
        event(2 * H, Happened::Worse, Severity::Critical),
    ];
    assert_eq!(told(&worse, 3 * H)[1], (2 * H, NoticeKind::Worse));
}

#[test]
fn what_is_short_or_muted_is_not_told_and_what_outlasts_its_mute_is() {
    let short = [
        event(0, Happened::Alert, Severity::Critical),
        event(20 * S, Happened::Resolved, Severity::Critical),
    ];
    assert_eq!(told(&short, H), []);
    let mut muted = event(0, Happened::Alert, Severity::Critical);
    muted.muted = true;
    assert_eq!(told(&[muted], 9 * H), []);
    let ended = [muted, event(2 * H, Happened::Mute, Severity::Critical)];
    assert_eq!(told(&ended, 3 * H), [(2 * H + 30 * S, NoticeKind::Opened)]);
    let mut silenced = event(H, Happened::Mute, Severity::Critical);
    silenced.muted = true;
    let told_before = [
        event(0, Happened::Alert, Severity::Critical),
        silenced,
        event(9 * H, Happened::Resolved, Severity::Critical),
    ];
    assert_eq!(
        told(&told_before, 20 * H),
        [
            (30 * S, NoticeKind::Opened),
            (9 * H + 30 * S, NoticeKind::Resolved)
        ]
    );
    let over_in_silence = [muted, event(2 * H, Happened::Resolved, Severity::Critical)];
    assert_eq!(told(&over_in_silence, 9 * H), []);
}

#[test]
fn what_comes_back_before_its_end_was_told_is_the_same_to_the_reader() {
    let again = |at| {
        [
            event(0, Happened::Alert, Severity::Error),
            event(H, Happened::Resolved, Severity::Error),
            event(H + at, Happened::Alert, Severity::Error),
            event(2 * H, Happened::Resolved, Severity::Error),
        ]
    };
    let kinds = |at| -> Vec<NoticeKind> {
        let notices = told(&again(at), 9 * H);
        notices.into_iter().map(|(_, kind)| kind).collect()
    };
    use NoticeKind::{Opened, Resolved};
    assert_eq!(kinds(20 * S), [Opened, Resolved]);
    assert_eq!(kinds(4 * MIN), [Opened, Resolved, Opened, Resolved]);
}

#[test]
fn what_ended_while_nobody_looked_is_told_to_those_who_were_there() {
    let (mut plan, listeners) = (Plan::default(), ears());
    plan.apply(&event(0, Happened::Alert, Severity::Error), &listeners);
    plan.apply(&event(H, Happened::Resolved, Severity::Error), &listeners);
    let mut late = listeners.clone();
    late[0].since_ms = 2 * H;
    assert_eq!(plan.clone().due(3 * H, &TIMING, &late), []);
    let kinds = |due: Vec<Due>| due.into_iter().map(|due| due.kind).collect::<Vec<_>>();
    assert_eq!(
        kinds(plan.due(3 * H, &TIMING, &listeners)),
        [NoticeKind::Opened]
    );
    assert_eq!(
        kinds(plan.due(3 * H + 5 * MIN, &TIMING, &listeners)),
        [NoticeKind::Resolved]
    );
    assert_eq!(plan.next_at(&TIMING, &listeners), None);
}

/// Some story of an incident: gaps between events, and whether it ends.
fn story() -> impl Strategy<Value = Vec<Event>> {
    let severity = prop_oneof![
        Just(Severity::Info),
        Just(Severity::Warn),
        Just(Severity::Error),
        Just(Severity::Critical)
    ];
    let happened = prop_oneof![
        4 => Just(Happened::Alert),
        2 => Just(Happened::Worse),
        1 => Just(Happened::Flapping),
        1 => Just(Happened::Acknowledged),
        2 => Just(Happened::Mute),
        1 => Just(Happened::AlertResolved),
        2 => Just(Happened::Resolved),
    ];
    let one = (0..3 * H, happened, severity, 1..4_i64, any::<bool>());
    prop::collection::vec(one, 1..12).prop_map(|steps| {
        let mut at = 0;
        steps
            .into_iter()
            .enumerate()
            .map(|(place, (gap, happened, severity, alert, muted))| {
                at += gap;
                Event {
                    at,
                    happened: if place == 0 {
                        Happened::Alert
                    } else {
                        happened
                    },
                    severity: Some(severity),
                    alert_id: (happened != Happened::Resolved).then_some(alert),
                    muted: muted && happened != Happened::Resolved,
                }
            })
            .collect()
    })
}

/// Looks at each event and when something is due, and in between as `looks` says; restarts where `restart` says.
fn run(events: &[Event], end: i64, looks: &[i64], restart: bool) -> Vec<(i64, Due)> {
    let (mut plan, listeners) = (Plan::default(), ears());
    let mut notices = Vec::new();
    let mut times: std::collections::BTreeSet<i64> = looks.iter().copied().collect();
    times.extend(events.iter().map(|event| event.at));
    times.insert(end);
    let mut events = events.iter().peekable();
    while let Some(now) = times.pop_first().filter(|now| *now <= end) {
        while let Some(event) = events.next_if(|event| event.at <= now) {
            plan.apply(event, &listeners);
        }
        let due = plan.due(now, &TIMING, &listeners);
        notices.extend(due.into_iter().map(|due| (now, due)));
        if restart {
            plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        }
        times.extend(plan.next_at(&TIMING, &listeners));
    }
    notices
}

proptest! {
    #[test]
    fn told_in_order_in_time_and_not_too_often(
        events in story(), looks in prop::collection::vec(0..40 * H, 0..20),
    ) {
        let end = events.last().map_or(0, |event| event.at) + 60 * H;
        let notices = run(&events, end, &looks, false);
        let mut is_told = false;
        for (_, due) in &notices {
            match due.kind {
                NoticeKind::Opened => prop_assert!(!is_told, "opened twice"),
                _ => prop_assert!(is_told, "{:?} before opened", due.kind),
            }
            is_told = due.kind != NoticeKind::Resolved;
            prop_assert!(due.severity >= Severity::Warn);
        }
        for pair in notices.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= TIMING.group_interval_ms);
            prop_assert_eq!(pair[1].1.number, pair[0].1.number + 1);
        }
        // one opening: it opens, worsens, flaps and ends; reminders by their pauses
        let openings = notices.iter().filter(|(_, due)| due.kind == NoticeKind::Opened).count();
        let begins = |event: &&Event| matches!(event.happened, Happened::Alert | Happened::Worse);
        let raised = events.iter().filter(begins).count();
        prop_assert!(openings <= raised);
        let reminders = notices.iter().filter(|(_, due)| due.kind == NoticeKind::Reminder).count();
        let hours = end / H;
        prop_assert!(reminders as i64 <= hours / 24 + 2 * openings as i64);
        prop_assert!(notices.len() - reminders <= 5 * openings);
    }

    #[test]
    fn a_restart_and_idle_looks_change_nothing(
        events in story(), looks in prop::collection::vec(0..40 * H, 0..20),
    ) {
        let end = events.last().map_or(0, |event| event.at) + 60 * H;
        let plain = run(&events, end, &[], false);
        prop_assert_eq!(&run(&events, end, &looks, false), &plain);
        prop_assert_eq!(&run(&events, end, &looks, true), &plain);
    }

    #[test]
    fn whatever_stands_longer_than_the_group_wait_is_told(
        first in 0..H, lasts in 30 * S..20 * H, late in 0..40 * H, severity in 1..4_usize, over in any::<bool>(),
    ) {
        let severity = [Severity::Info, Severity::Warn, Severity::Error, Severity::Critical][severity];
        let mut events = vec![event(first, Happened::Alert, severity)];
        if over {
            events.push(event(first + lasts, Happened::Resolved, severity));
        }
        let (mut plan, listeners) = (Plan::default(), ears());
        for event in &events {
            plan.apply(event, &listeners);
        }
        // however late the first look is
        let due = plan.due(first + lasts + late, &TIMING, &listeners);
        prop_assert_eq!(due.len(), 1);
        prop_assert_eq!(due[0].kind, NoticeKind::Opened);
    }
}
