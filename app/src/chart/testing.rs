//! Bars for tests.

use crate::model::Bar;

/// A bar with nothing remarkable about it.
pub(crate) fn bar(opened_at: i64, [open, high, low, close]: [f64; 4]) -> Bar {
    Bar {
        opened_at,
        open,
        high,
        low,
        close,
        volume: 1.5,
        vwap: Some(close),
        trades: None,
        expected: 60,
        observed: 60,
        flagged: 0,
        worst: 0,
        sma_20: None,
        sma_50: None,
        sma_200: None,
        volatility_20: None,
        return_1: None,
    }
}

/// `count` bars of a quiet market, without holes.
pub(crate) fn run(from: i64, step_ms: i64, count: i64) -> Vec<Bar> {
    (0..count)
        .map(|n| {
            let mid = 100.0 + (n as f64 / 7.0).sin() * 10.0;
            let close = mid + (n as f64 / 3.0).cos();
            bar(
                from + n * step_ms,
                [mid, mid.max(close) + 1.0, mid.min(close) - 1.0, close],
            )
        })
        .collect()
}
