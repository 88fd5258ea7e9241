//! A candle as the slots that expressions read.

use app::model::{Candle, MINUTE_MS};

use crate::quality::columns::{columns_of, shown_name, value_words};

/// Columns of one candle; those of the candle before it follow, in the same order.
pub(super) const OWN: usize = 13;
/// Slots of a row.
pub(super) const SLOTS: usize = 2 * OWN;

/// Limits of moves hold for a minute; the moves of a coarser step grow with the square root of time, as those of a random
/// walk do, up to this many times: a day may move by 25 %.
const MAX_GROWTH: f64 = 10.0;

/// The values of a candle and of the one before it, in the order of [`columns_of`].
pub(super) type Slots = [f64; SLOTS];

/// How many times further than a minute a step may move.
pub(super) fn growth(step_ms: i64) -> f64 {
    (step_ms as f64 / MINUTE_MS as f64)
        .sqrt()
        .clamp(1.0, MAX_GROWTH)
}

/// What is known of a candle besides its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    pub(super) step_ms: i64,
    pub(super) growth: f64,
    /// Candles missing before it; null at the beginning.
    pub(super) missing: f64,
    /// When it was received, milliseconds since the epoch; null where that is not kept.
    pub(super) received_at: f64,
}

/// Writes a candle into the first half.
pub(super) fn fill(slots: &mut Slots, candle: &Candle, beside: &Beside) {
    slots[..OWN].copy_from_slice(&own(candle, beside));
}

/// The values of a candle itself.
pub(super) fn own(candle: &Candle, beside: &Beside) -> [f64; OWN] {
    [
        candle.opened_at as f64,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.quote_volume.unwrap_or(f64::NAN),
        candle.trades.map_or(f64::NAN, |trades| trades as f64),
        f64::from(u8::from(candle.is_final)),
        beside.step_ms as f64,
        beside.missing,
        beside.growth,
        beside.received_at,
    ]
}

/// Slot of a column of the candle itself.
pub(super) fn slot_of(name: &str) -> Option<usize> {
    columns_of("candle")[..OWN]
        .iter()
        .position(|column| *column == name)
}

/// Columns worth showing among those an expression reads: name and slot.
pub(super) fn shown(read: &[usize]) -> Vec<(String, usize)> {
    let columns = columns_of("candle");
    read.iter()
        .filter_map(|slot| {
            let name = *columns.get(*slot)?;
            let own = name.strip_prefix("prev.").unwrap_or(name);
            let is_known = matches!(own, "opened_at" | "step_ms" | "growth");
            (!is_known || name == "prev.opened_at").then(|| (shown_name(name), *slot))
        })
        .collect()
}

/// A value as text.
pub(super) fn words(slot: usize, value: f64) -> String {
    value_words(columns_of("candle").get(slot).unwrap_or(&""), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_the_columns() {
        let columns = columns_of("candle");
        assert_eq!(columns.len(), SLOTS);
        for (own, before) in columns[..OWN].iter().zip(&columns[OWN..]) {
            assert_eq!(*before, format!("prev.{own}"));
        }
        let candle = Candle {
            opened_at: 1,
            open: 2.0,
            high: 3.0,
            low: 4.0,
            close: 5.0,
            volume: 6.0,
            quote_volume: Some(7.0),
            trades: Some(8),
            is_final: true,
            flags: 0,
        };
        let beside = Beside {
            step_ms: 10,
            missing: 11.0,
            growth: 12.0,
            received_at: 13.0,
        };
        let mut slots = [0.0; SLOTS];
        fill(&mut slots, &candle, &beside);
        let of = |name: &str| slot_of(name).map(|slot| slots[slot]);
        assert_eq!(of("opened_at"), Some(1.0));
        assert_eq!(of("close"), Some(5.0));
        assert_eq!(of("trades"), Some(8.0));
        assert_eq!(of("is_final"), Some(1.0));
        assert_eq!(of("missing"), Some(11.0));
        assert_eq!(of("received_at"), Some(13.0));
        assert_eq!(slot_of("prev.close"), None);
    }
}
