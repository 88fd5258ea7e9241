//! The published record of the rules is what they do now, and every rule that guesses keeps its promise.

use std::path::Path;

use server::{
    pipeline::backtest::record::{PRICES, record, records_of},
    quality::{
        backtest::{broken_promises, is_anomaly, publish::Published},
        rule::RuleBook,
    },
};

const RECORD: &str = include_str!("../../data/checks/RECORD.md");

#[test]
fn the_published_record_is_what_the_rules_do_now() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = ["shared/data/prices", PRICES]
        .into_iter()
        .map(|folder| root.join(folder))
        .find(|folder| folder.exists());
    if found.is_none() {
        println!("real prices skipped: no shared data");
    }
    let prices = found.unwrap_or(root);
    let book = RuleBook::shipped();
    let older = Published::parse(RECORD);
    // the day of a measurement that says the same is that of the first
    let day = older
        .corpora
        .iter()
        .find(|corpus| !corpus.measured.is_empty());
    let day = day.map_or("today", |corpus| &corpus.measured);
    let mut made = record(book, &prices, day, &|_, _| {}).unwrap();
    made.keep_from(&older);
    assert_eq!(
        made.markdown(),
        RECORD,
        "write it anew with: assay backtest --record"
    );
    let broken: Vec<String> = book
        .iter()
        .flat_map(|rule| broken_promises(rule, &records_of(&made, rule.id)))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_rule_that_guesses_has_promised_something() {
    let silent: Vec<&str> = RuleBook::shipped()
        .iter()
        .filter(|rule| rule.dataset == "candle" && rule.enabled && !rule.limits.is_empty())
        .filter(|rule| is_anomaly(rule.kind) && rule.backtest.is_none())
        .map(|rule| rule.id)
        .collect();
    assert!(silent.is_empty(), "no backtest block: {silent:?}");
}

/// What the record has to show, whatever the rules promise.
#[test]
fn the_targets_are_met() {
    let table = Published::parse(RECORD);
    let recall = |check_id: &str, corpus: &str, fault: &str| {
        table
            .record(check_id, corpus)
            .and_then(|record| record.recall.iter().find(|recall| recall.fault == fault))
            .map_or(0.0, |recall| recall.recall)
    };
    let spike = table
        .record("candle.spike_reversal", "prices-2018")
        .unwrap();
    assert!(spike.alerts_per_day <= 0.25);
    assert!(table.alerts_per_day("prices-2018") <= 2.0);
    for corpus in ["quiet", "prices-2018"] {
        assert!(recall("candle.spike_reversal", corpus, "spike_2pct") >= 0.94);
        for (check_id, fault) in [
            ("candle.stale_close", "stuck_price"),
            ("candle.gap", "gap"),
            ("candle.dup_same", "duplicate"),
            ("candle.dup_conflict", "conflicting_duplicate"),
            ("candle.ohlc", "swapped_columns"),
            ("candle.ts_unit", "time_unit"),
            ("candle.ts_unit", "time_unit_s"),
            ("candle.price_sanity", "price_unit"),
            ("candle.ts_aligned", "clock_skew"),
            ("candle.order", "late_rows"),
        ] {
            assert_eq!(
                recall(check_id, corpus, fault),
                1.0,
                "{check_id} {fault} {corpus}"
            );
        }
    }
    for (check_id, fault) in [
        ("book.crossed", "crossed_book"),
        ("book.sequence", "sequence_loss"),
        ("trade.id_gap", "sequence_loss"),
        ("trade.dup_id", "conflicting_duplicate"),
        ("trade.candle_match", "partial_volume"),
        ("quote.stale_price", "stuck_price"),
    ] {
        assert_eq!(recall(check_id, "stream", fault), 1.0, "{check_id} {fault}");
    }
    for (check_id, fault) in [
        ("rec.live_vs_batch", "partial_volume"),
        ("rec.restated", "restated_bar"),
        ("candle.rollup", "partial_volume"),
        ("candle.zero_volume_run", "zero_volume"),
        ("xv.basis", "wrong_venue"),
        ("xv.basis", "price_unit"),
        ("xv.lag", "lagging_venue"),
    ] {
        assert_eq!(recall(check_id, "quiet", fault), 1.0, "{check_id} {fault}");
    }
}
