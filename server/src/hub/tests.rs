use std::time::{Duration, Instant};

use app::model::{
    AlertEventVm, AlertState, AlertVm, LiveEvent, Pipeline, Quote, QuoteVm, RunState, RunVm,
    Severity,
};

use super::{
    Hub, frame,
    latest::{Key, Latest, Offer},
    ring::Ring,
};

fn price(last: f64) -> LiveEvent {
    price_at("binance", last)
}

fn price_at(venue: &str, last: f64) -> LiveEvent {
    LiveEvent::Price(QuoteVm {
        instrument: "BTC-USDT".to_owned(),
        venue: venue.to_owned(),
        simulated: false,
        received_at: 0,
        quote: Quote {
            observed_at: 0,
            last,
            bid: None,
            ask: None,
            open_24h: None,
            high_24h: None,
            low_24h: None,
            volume_24h: None,
            quote_volume_24h: None,
        },
    })
}

fn run(id: i64, state: RunState) -> LiveEvent {
    LiveEvent::Run(RunVm {
        id,
        pipeline: Pipeline::Batch,
        kind: "ingest".to_owned(),
        subject: "a.csv".to_owned(),
        state,
        phase: String::new(),
        started_at: 0,
        finished_at: None,
        bytes_done: 0,
        bytes_total: 0,
        rows: 0,
        accepted: 0,
        deduplicated: 0,
        quarantined: 0,
        flagged: 0,
        detail: String::new(),
    })
}

fn alert(seq: i64) -> AlertEventVm {
    AlertEventVm {
        seq,
        at: 0,
        from_state: None,
        to_state: AlertState::Firing,
        severity: Severity::Warn,
        cause: "line one\nline two".to_owned(),
        actor: "engine".to_owned(),
        alert: AlertVm {
            id: 1,
            check_id: "feed.silence".to_owned(),
            title: String::new(),
            entity: "binance".to_owned(),
            severity: Severity::Warn,
            state: AlertState::Firing,
            summary: String::new(),
            opened_at: 0,
            updated_at: 0,
            resolved_at: None,
            count: 1,
            incident_id: None,
            acknowledged_by: None,
            silenced: false,
            inhibited_by: None,
            flapping: false,
        },
    }
}

#[test]
fn quick_prices_are_drawn_together_and_the_newest_is_told() {
    let mut latest = Latest::default();
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let key = Key::Price("BTC-USDT".to_owned(), "binance".to_owned());

    assert_eq!(
        latest.offer(price(1.0), at(0)),
        Offer::Send(Box::new(price(1.0)))
    );
    assert_eq!(
        latest.offer(price(2.0), at(50)),
        Offer::Later(key.clone(), Duration::from_millis(100))
    );
    assert_eq!(latest.offer(price(3.0), at(60)), Offer::Merged);
    assert_eq!(latest.flush(&key, at(200)), Some(price(3.0)));
    assert_eq!(latest.flush(&key, at(201)), None, "told once");
    assert_eq!(
        latest.offer(price(4.0), at(400)),
        Offer::Send(Box::new(price(4.0)))
    );
    assert_eq!(latest.events().collect::<Vec<_>>(), [&price(4.0)]);
}

#[test]
fn a_page_that_opens_is_told_the_newest_price_last() {
    let mut latest = Latest::default();
    let start = Instant::now();
    latest.offer(price_at("simulator", 1.0), start);
    latest.offer(run(1, RunState::Done), start);
    latest.offer(price_at("binance", 2.0), start + Duration::from_secs(1));
    let told: Vec<_> = latest.events().collect();
    assert_eq!(
        told,
        [
            &price_at("simulator", 1.0),
            &price_at("binance", 2.0),
            &run(1, RunState::Done)
        ]
    );
}

#[test]
fn old_runs_are_forgotten_but_not_those_at_work() {
    let mut latest = Latest::default();
    let now = Instant::now();
    latest.offer(run(1, RunState::Running), now);
    for id in 2..=100 {
        latest.offer(run(id, RunState::Done), now);
    }
    let ids: Vec<i64> = latest
        .events()
        .filter_map(|event| match event {
            LiveEvent::Run(run) => Some(run.id),
            _ => None,
        })
        .collect();
    assert_eq!(ids.len(), 32);
    assert_eq!((ids[0], ids[31]), (1, 100));
}

#[test]
fn the_ring_answers_only_for_an_unbroken_row_of_numbers() {
    let mut ring = Ring::default();
    ring.extend(vec![alert(11), alert(12)]);
    let numbers = |ring: &Ring, after, newest| {
        ring.between(after, newest)
            .map(|frames| frames.into_iter().map(|(seq, _)| seq).collect::<Vec<_>>())
    };
    assert_eq!(numbers(&ring, 10, 12), Some(vec![11, 12]));
    assert_eq!(numbers(&ring, 12, 12), Some(vec![]));
    assert_eq!(numbers(&ring, 9, 12), None, "10 is not here");
    assert_eq!(numbers(&ring, 12, 13), None, "13 was committed elsewhere");
    ring.extend(vec![alert(14)]);
    assert_eq!(numbers(&ring, 12, 14), None, "13 may be in the database");
    ring.extend(vec![alert(13)]);
    assert_eq!(numbers(&ring, 12, 14), Some(vec![13, 14]));
    ring.extend((15..2000).map(alert).collect());
    assert_eq!(numbers(&ring, 11, 1999), None, "forgotten");
    assert_eq!(numbers(&ring, 975, 1999).map(|all| all.len()), Some(1024));
}

#[test]
fn a_frame_is_one_event_and_only_alerts_have_an_id() {
    let text = |event: &LiveEvent| String::from_utf8(frame(event).to_vec()).expect("utf-8");
    let alert = text(&LiveEvent::Alert(alert(7)));
    assert!(alert.starts_with("id: 7\nevent: alert\ndata: {\"alert\":{"));
    assert!(alert.ends_with("}\n\n"));
    assert_eq!(alert.lines().count(), 4, "no line break gets out: {alert}");
    assert!(!text(&price(1.0)).contains("id:"));
    assert_eq!(text(&LiveEvent::Hb), "event: hb\ndata: \"hb\"\n\n");
}

#[test]
fn places_are_counted_and_given_back() {
    let hub = Hub::with_capacity("test", 1);
    let place = hub.enter();
    assert!(place.is_some() && hub.enter().is_none());
    assert_eq!(hub.clients(), 1);
    drop(place);
    assert_eq!(hub.clients(), 0);
}
