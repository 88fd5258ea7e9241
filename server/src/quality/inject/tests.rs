use std::collections::BTreeSet;

use app::model::{Candle, Level, MINUTE_MS, Quote, Side, Trade};

use super::*;

const T0: i64 = 1_514_764_800_000;

fn candles(count: i64) -> Vec<Candle> {
    (0..count)
        .map(|minute| {
            let close = 10_000.0 + (minute * 7919 % 101) as f64;
            Candle {
                opened_at: T0 + minute * MINUTE_MS,
                open: close - 3.0,
                high: close + 5.0,
                low: close - 6.0,
                close,
                volume: 2.0,
                quote_volume: Some(2.0 * close),
                trades: Some(10),
                is_final: true,
                flags: 0,
            }
        })
        .collect()
}

fn plan(fault: Fault) -> Plan {
    Plan {
        fault,
        count: 12,
        seed: 1,
    }
}

/// Every row that differs, comes again, is missing or comes late belongs to a fault in the list, and the other way
/// round.
fn is_told<T: FaultyRow + std::fmt::Debug>(rows: &[T], fault: Fault) {
    let made = inject(rows, &plan(fault));
    assert_eq!(
        made,
        inject(rows, &plan(fault)),
        "{} is seeded",
        fault.as_str()
    );
    assert_eq!(made.faults.len(), 12, "{}", fault.as_str());
    let of_fault = |at: i64| {
        made.faults
            .iter()
            .any(|injected| (injected.first_at..=injected.last_at).contains(&at))
    };
    let there: BTreeSet<usize> = made.rows.iter().map(|placed| placed.source).collect();
    for (source, row) in rows.iter().enumerate() {
        if !there.contains(&source) {
            assert!(of_fault(row.at()) && fault.way() == Way::Drop);
        }
    }
    let mut concerned = rows.len() - there.len();
    for placed in made.rows.iter().chain(&made.later) {
        let good = &rows[placed.source];
        assert!(placed.changed || placed.row == *good, "{}", fault.as_str());
        if placed.changed {
            assert!(of_fault(good.at()), "{}", fault.as_str());
            let same = matches!(fault.way(), Way::Repeat | Way::Delay(_));
            assert_eq!(placed.row == *good, same, "{}", fault.as_str());
            concerned += 1;
        }
    }
    assert_eq!(concerned, 12 * fault.rows(), "{}", fault.as_str());
}

#[test]
fn what_is_put_in_is_told_for_every_fault_and_dataset() {
    use app::model::Dataset;
    // room for a dozen of the longest fault
    let rows = candles(40_000);
    let trades: Vec<Trade> = rows
        .iter()
        .zip(1..)
        .map(|(candle, trade_id)| Trade {
            trade_id,
            traded_at: candle.opened_at,
            price: candle.close,
            size: 0.5,
            side: Side::Buy,
        })
        .collect();
    let quotes: Vec<Quote> = rows
        .iter()
        .map(|candle| Quote {
            observed_at: candle.opened_at,
            last: candle.close,
            bid: Some(candle.close - 1.0),
            ask: Some(candle.close + 1.0),
            open_24h: None,
            high_24h: None,
            low_24h: None,
            volume_24h: Some(1.0),
            quote_volume_24h: None,
        })
        .collect();
    let books: Vec<BookEvent> = rows
        .iter()
        .zip(1..)
        .map(|(candle, number)| BookEvent {
            observed_at: candle.opened_at,
            received_at: candle.opened_at + 20,
            changes: (number, number),
            bids: vec![Level {
                price: candle.close - 1.0,
                size: 1.0,
            }],
            asks: vec![Level {
                price: candle.close + 1.0,
                size: 1.0,
            }],
        })
        .collect();
    for fault in Fault::ALL.iter().copied() {
        if fault.applies_to(Dataset::Candle) {
            is_told(&rows, fault);
        }
        if fault.applies_to(Dataset::Trade) {
            is_told(&trades, fault);
        }
        if fault.applies_to(Dataset::Quote) {
            is_told(&quotes, fault);
        }
        if fault.applies_to(Dataset::Book) {
            is_told(&books, fault);
        }
        assert_eq!(Fault::parse(fault.as_str()), Some(fault));
    }
}

#[test]
fn short_data_takes_fewer_faults_and_none_at_its_ends() {
    let rows = candles(700);
    let made = inject(&rows, &plan(Fault::Gap));
    assert_eq!(made.faults.len(), 2);
    assert!(made.faults[0].first_at >= T0 + 150 * MINUTE_MS);
    assert!(inject(&rows[..200], &plan(Fault::Gap)).faults.is_empty());
    assert!(inject(&rows[..0], &plan(Fault::Gap)).rows.is_empty());
}

#[test]
fn only_the_cells_of_the_fault_change_in_a_line() {
    let good = candles(1)[0];
    let patch = Patch {
        delimiter: b';',
        required: [0, 1, 2, 3, 4],
        volumes: [Some(5), None],
        date: None,
    };
    let line = " 1514764800 ;9997;\"10005\"; 9994.00;10000;2.0;x\r\n";
    assert_eq!(patched(line, &patch, &good, &good), line);
    let mut bad = good;
    bad.spike(1.02);
    bad.set_at(good.opened_at + 7_000);
    assert_eq!(
        patched(line, &patch, &good, &bad),
        " 1514764807 ;9997;\"10200\"; 9994.00;10200;2.0;x\r\n"
    );
}
