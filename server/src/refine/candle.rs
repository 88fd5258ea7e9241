//! Hard rules for one candle: who breaks one goes to quarantine.

use app::model::{Candle, bucket_start};

use super::number::GENESIS_MS;

/// A candle may open this far ahead of our clock.
const MAX_AHEAD_MS: i64 = 60_000;

/// Every rule the candle breaks with the reason, empty for a sound one. `now_ms` is the receipt of its landing.
#[must_use]
pub fn violations(candle: &Candle, step_ms: i64, now_ms: i64) -> Vec<(&'static str, String)> {
    // the common case first: one pass of comparisons, no allocation
    if is_sound(candle, step_ms, now_ms) {
        return Vec::new();
    }
    let Candle {
        opened_at,
        open,
        high,
        low,
        close,
        volume,
        ..
    } = *candle;
    let mut broken = Vec::new();
    if !(GENESIS_MS..=now_ms + MAX_AHEAD_MS).contains(&opened_at) {
        broken.push((
            "candle.ts_unit",
            format!("time {opened_at} ms is not between 2009-01-03 and its receipt"),
        ));
    }
    if bucket_start(opened_at, step_ms) != opened_at {
        let off = opened_at - bucket_start(opened_at, step_ms);
        broken.push((
            "candle.ts_aligned",
            format!("opens {off} ms after a multiple of {step_ms} ms"),
        ));
    }
    let prices = [open, high, low, close];
    if prices.iter().any(|price| !price.is_finite()) || low <= 0.0 {
        broken.push((
            "candle.ohlc",
            format!("price is not positive: open {open}, high {high}, low {low}, close {close}"),
        ));
    } else if high < low {
        broken.push(("candle.ohlc", format!("high {high} is below low {low}")));
    } else if high < open.max(close) || low > open.min(close) {
        broken.push((
            "candle.ohlc",
            format!("open {open} or close {close} is outside low {low} to high {high}"),
        ));
    }
    let no_amount = |amount: f64| !amount.is_finite() || amount < 0.0;
    if no_amount(volume)
        || candle.quote_volume.is_some_and(no_amount)
        || candle.trades.is_some_and(|n| n < 0)
    {
        broken.push((
            "candle.volume_price",
            format!("volume {volume} is negative or not a number"),
        ));
    }
    broken
}

fn is_sound(candle: &Candle, step_ms: i64, now_ms: i64) -> bool {
    let Candle {
        opened_at,
        open,
        high,
        low,
        close,
        volume,
        ..
    } = *candle;
    // every comparison is false for NaN
    low > 0.0
        && high >= open
        && high >= close
        && low <= open
        && low <= close
        && high < f64::INFINITY
        && (0.0..f64::INFINITY).contains(&volume)
        && candle
            .quote_volume
            .is_none_or(|quote| (0.0..f64::INFINITY).contains(&quote))
        && candle.trades.is_none_or(|trades| trades >= 0)
        && (GENESIS_MS..=now_ms + MAX_AHEAD_MS).contains(&opened_at)
        && bucket_start(opened_at, step_ms) == opened_at
}

/// True if both say the same of the same interval; flags and finality are ours, not the source's.
#[must_use]
pub fn same_values(a: &Candle, b: &Candle) -> bool {
    a.open == b.open
        && a.high == b.high
        && a.low == b.low
        && a.close == b.close
        && a.volume == b.volume
        && a.quote_volume == b.quote_volume
        && a.trades == b.trades
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_600_000_000_000;

    fn sound() -> Candle {
        Candle {
            opened_at: 1_514_764_800_000,
            open: 10.0,
            high: 12.0,
            low: 9.0,
            close: 11.0,
            volume: 1.0,
            quote_volume: None,
            trades: None,
            is_final: true,
            flags: 0,
        }
    }

    #[test]
    fn each_rule_is_named() {
        let cases: [(&str, Candle, &[&str]); 10] = [
            ("sound", sound(), &[]),
            (
                "high below low",
                Candle {
                    high: 8.0,
                    ..sound()
                },
                &["candle.ohlc"],
            ),
            (
                "open above high",
                Candle {
                    open: 13.0,
                    ..sound()
                },
                &["candle.ohlc"],
            ),
            (
                "zero price",
                Candle {
                    low: 0.0,
                    ..sound()
                },
                &["candle.ohlc"],
            ),
            (
                "negative price",
                Candle {
                    low: -1.0,
                    ..sound()
                },
                &["candle.ohlc"],
            ),
            (
                "not a number",
                Candle {
                    close: f64::NAN,
                    ..sound()
                },
                &["candle.ohlc"],
            ),
            (
                "negative volume",
                Candle {
                    volume: -1.0,
                    ..sound()
                },
                &["candle.volume_price"],
            ),
            (
                "off the minute",
                Candle {
                    opened_at: 1_514_764_814_000,
                    ..sound()
                },
                &["candle.ts_aligned"],
            ),
            (
                "before Bitcoin",
                Candle {
                    opened_at: 60_000,
                    ..sound()
                },
                &["candle.ts_unit"],
            ),
            (
                "two at once",
                Candle {
                    opened_at: 60_000,
                    volume: -1.0,
                    ..sound()
                },
                &["candle.ts_unit", "candle.volume_price"],
            ),
        ];
        for (name, candle, expected) in cases {
            let rules: Vec<_> = violations(&candle, 60_000, NOW)
                .into_iter()
                .map(|(rule, _)| rule)
                .collect();
            assert_eq!(rules, expected, "{name}");
        }
    }

    #[test]
    fn a_candle_may_not_come_from_the_future() {
        let candle = Candle {
            opened_at: NOW + 20_000,
            ..sound()
        };
        assert_eq!(bucket_start(candle.opened_at, 60_000), candle.opened_at);
        assert!(violations(&candle, 60_000, NOW).is_empty());
        let candle = Candle {
            opened_at: NOW + 80_000,
            ..sound()
        };
        assert_eq!(violations(&candle, 60_000, NOW)[0].0, "candle.ts_unit");
    }
}
