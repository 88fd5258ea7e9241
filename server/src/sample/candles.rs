//! Minute candles in the columns of a `CryptoCompare` export, with dirt at known places.

use std::fmt::Write;

use app::model::{DAY_MS, MINUTE_MS};

use super::{DAYS, START};
use crate::simulator::{
    market::Market,
    path::Bar,
    units::{LOTS_PER_UNIT, TICKS_PER_UNIT, amount, price},
};

const HEADER: &str =
    "time,high,low,open,volumefrom,volumeto,close,conversionType,conversionSymbol\n";
/// Gaps: day, minute of the day, length in minutes.
const GAPS: [(i64, i64, i64); 4] = [(11, 617, 3), (29, 1_105, 7), (47, 182, 22), (71, 845, 95)];
/// Minutes that come twice with the same values: day, minute of the day.
const REPEATED: [(i64, i64); 15] = [
    (3, 100),
    (3, 101),
    (3, 102),
    (3, 103),
    (3, 104),
    (9, 1_439),
    (17, 0),
    (22, 731),
    (33, 59),
    (41, 1_000),
    (52, 480),
    (58, 481),
    (66, 1_200),
    (77, 303),
    (88, 12),
];
/// A minute that comes twice with different values.
const CONFLICTING: (i64, i64) = (38, 902);
/// A minute with high and low exchanged.
const IMPOSSIBLE: (i64, i64) = (20, 333);
/// From here on the first minute that suits becomes a spike.
const SPIKE: (i64, i64) = (62, 615);
/// Minutes without values.
const EMPTY: [(i64, i64); 2] = [(25, 1_250), (80, 77)];
/// A minute with a negative low.
const NEGATIVE: (i64, i64) = (55, 540);

/// The file and what is wrong with it.
#[derive(Debug)]
pub(super) struct Candles {
    pub(super) csv: String,
    /// Rows below the header.
    pub(super) rows: usize,
    /// Gaps: start and length in minutes.
    pub(super) gaps: Vec<(i64, i64)>,
    pub(super) repeated: Vec<i64>,
    pub(super) conflicting: i64,
    pub(super) impossible: i64,
    pub(super) spike: i64,
    pub(super) empty: Vec<i64>,
    pub(super) negative: i64,
}

pub(super) fn make(seed: u64) -> Candles {
    let market = Market::new(seed);
    let mut candles = Candles {
        csv: HEADER.to_owned(),
        rows: 0,
        gaps: GAPS
            .into_iter()
            .map(|(day, minute, length)| (at((day, minute)), length))
            .collect(),
        repeated: REPEATED.into_iter().map(at).collect(),
        conflicting: at(CONFLICTING),
        impossible: at(IMPOSSIBLE),
        spike: spike_at(&market),
        empty: EMPTY.into_iter().map(at).collect(),
        negative: at(NEGATIVE),
    };
    for minute_at in (0..DAYS * DAY_MS / MINUTE_MS).map(|minute| START + minute * MINUTE_MS) {
        let missing = candles
            .gaps
            .iter()
            .any(|(from, length)| (*from..from + length * MINUTE_MS).contains(&minute_at));
        if missing {
            continue;
        }
        for row in rows(&candles, &market, minute_at) {
            candles.csv.push_str(&row);
            candles.rows += 1;
        }
    }
    candles
}

/// The rows of a minute, one where nothing is wrong.
fn rows(candles: &Candles, market: &Market, minute_at: i64) -> Vec<String> {
    let bar = market.bar(minute_at / MINUTE_MS);
    if minute_at == candles.conflicting {
        return vec![row(&bar), row(&other_values(bar))];
    }
    if candles.repeated.contains(&minute_at) {
        return vec![row(&bar); 2];
    }
    if candles.empty.contains(&minute_at) {
        return vec![format!(
            "{},NaN,NaN,NaN,NaN,NaN,NaN,direct,\n",
            minute_at / 1_000
        )];
    }
    let bar = if minute_at == candles.impossible {
        Bar {
            high: bar.low,
            low: bar.high,
            ..bar
        }
    } else if minute_at == candles.negative {
        Bar {
            low: -bar.low,
            ..bar
        }
    } else if minute_at == candles.spike {
        let close = spiked(bar.close);
        Bar {
            close,
            high: bar.high.max(close),
            ..bar
        }
    } else if minute_at == candles.spike + MINUTE_MS {
        // It opens where the spike closed, or the return would be an open jump as well.
        let open = spiked(market.bar(minute_at / MINUTE_MS - 1).close);
        Bar {
            open,
            high: bar.high.max(open),
            ..bar
        }
    } else {
        bar
    };
    vec![row(&bar)]
}

/// 3 % up.
const fn spiked(ticks: i64) -> i64 {
    ticks + ticks * 3 / 100
}

/// A different close, 0.1 % up, in a bar that is possible.
fn other_values(bar: Bar) -> Bar {
    let close = bar.close + bar.close / 1_000;
    Bar {
        close,
        high: bar.high.max(close),
        ..bar
    }
}

/// A minute that falls a little: with the spike on top it stays below an extreme move of 3 %.
fn spike_at(market: &Market) -> i64 {
    let from = at(SPIKE);
    (0..1_000)
        .map(|minute| from + minute * MINUTE_MS)
        .find(|minute_at| {
            let minute = minute_at / MINUTE_MS;
            let (before, bar, after) = (
                market.bar(minute - 1),
                market.bar(minute),
                market.bar(minute + 1),
            );
            let change = |from: i64, to: i64| to as f64 / from as f64 - 1.0;
            let quiet = market.sigma(minute) < 0.0015;
            let falls = (-0.002..-0.0004).contains(&change(before.close, bar.close));
            quiet && falls && change(bar.close, after.close).abs() < 0.001
        })
        .unwrap_or(from)
}

/// One line of the file. `CryptoCompare` has the high first and prints numbers without trailing zeros.
fn row(bar: &Bar) -> String {
    let cents = (bar.quote as f64 / LOTS_PER_UNIT as f64).round() / TICKS_PER_UNIT as f64;
    let mut line = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        line,
        "{},{},{},{},{},{cents},{},direct,",
        bar.opened_at / 1_000,
        price(bar.high),
        price(bar.low),
        price(bar.open),
        amount(bar.lots),
        price(bar.close),
    );
    line
}

/// Time of a day and minute of the sample.
const fn at((day, minute): (i64, i64)) -> i64 {
    START + day * DAY_MS + minute * MINUTE_MS
}
