use app::model::{MINUTE_MS, RecallVm, RecordVm, Severity};

use super::{
    publish::{Corpus, Proven, Published},
    *,
};
use crate::quality::{alert::Patience, inject::Fault};

fn at(minutes: &[i64]) -> Vec<(i64, Severity)> {
    minutes
        .iter()
        .map(|minute| (minute * MINUTE_MS, Severity::Warn))
        .collect()
}

fn count(minutes: &[i64], for_minutes: i64, keep_minutes: i64) -> i64 {
    let patience = Patience {
        for_ms: for_minutes * MINUTE_MS,
        keep_firing_ms: keep_minutes * MINUTE_MS,
    };
    count_alerts(at(minutes).into_iter(), patience, 5 * MINUTE_MS)
}

#[test]
fn a_run_of_findings_is_one_alert() {
    assert_eq!(count(&[], 0, 0), 0);
    assert_eq!(count(&[10], 0, 0), 1);
    assert_eq!(count(&[10, 11, 12, 16], 0, 0), 1);
    assert_eq!(count(&[10, 17], 0, 0), 2);
    assert_eq!(count(&[10, 17], 0, 10), 1, "it was still recovering");
    assert_eq!(count(&[10, 30], 0, 10), 2);
    assert_eq!(count(&[10], 6, 0), 0, "it was over before it fired");
    assert_eq!(count(&[10, 14], 6, 0), 1);
    let info = [(0, Severity::Info)].into_iter();
    assert_eq!(count_alerts(info, Patience::default(), 0), 0);
}

#[test]
fn a_fault_is_found_within_its_time() {
    let fault = |from: i64, to: i64| Injected {
        fault: Fault::Gap,
        first_at: from,
        last_at: to,
        rows: 1,
    };
    let faults = [fault(100, 110), fault(200, 210), fault(300, 310)];
    let recall = recall_of(&faults, &[99, 111, 215, 300], 3);
    assert_eq!((recall.injected, recall.found), (3, 2));
    assert_eq!((recall.delay_ms, recall.fault.as_str()), (11, "gap"));
    assert_eq!(recall_of(&[], &[], 0).recall, 0.0);
}

#[test]
fn the_table_is_read_back_as_it_was_written() {
    let record = |corpus: &str, days: f64, alerts: i64, found: i64| RecordVm {
        corpus: corpus.to_owned(),
        days,
        alerts,
        alerts_per_day: alerts as f64 / days,
        recall: vec![RecallVm {
            fault: "gap".to_owned(),
            injected: 100,
            found,
            recall: found as f64 / 100.0,
            delay_ms: 21 * MINUTE_MS,
        }],
        measured_at: None,
    };
    let corpus = |name: &str, days: f64| Corpus {
        name: name.to_owned(),
        words: "minutes of a market".to_owned(),
        days,
        rows: 1440,
        sha256: "abc".to_owned(),
        measured: "2026-11-23".to_owned(),
    };
    let table = Published {
        corpora: vec![corpus("quiet", 10.0), corpus("prices-2018", 365.0)],
        rules: vec![Proven {
            check_id: "candle.gap".to_owned(),
            kind: "gap".to_owned(),
            records: vec![
                record("quiet", 10.0, 0, 100),
                record("prices-2018", 365.0, 27, 99),
            ],
        }],
    };
    let text = table.markdown();
    assert_eq!(Published::parse(&text), table, "{text}");
    // a new measurement without the real prices keeps their columns, and the day where nothing changed
    let mut again = table.clone();
    again.corpora.truncate(1);
    again.corpora[0].measured = "2027-01-01".to_owned();
    again.rules[0].records.truncate(1);
    again.keep_from(&table);
    assert_eq!(again.markdown(), text);
    again.rules[0].records[0].alerts = 9;
    assert_ne!(again.markdown(), text);
    let read = Published::parse(&text);
    assert!((read.alerts_per_day("prices-2018") - 27.0 / 365.0).abs() < 1e-9);
}
