//! What the legend row says.

use crate::{
    chart::{component::Legend, label},
    model::{Bar, format_utc_short},
};

/// Texts for a bar.
pub(super) fn legend(bar: &Bar, step_ms: i64) -> Legend {
    let digits = label::decimals_for(bar.close);
    let price = |value: f64| label::price(value, digits);
    let averages = [bar.sma_20, bar.sma_50, bar.sma_200];
    Legend {
        at: format_utc_short(bar.opened_at),
        step: label::step(step_ms),
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
        change: label::percent(label::change(bar)),
        rises: bar.close >= bar.open,
        volume: label::volume(bar.volume),
        averages: averages.map(|value| value.map_or_else(|| "–".to_owned(), price)),
        quality: label::quality(bar),
        worst: bar.worst,
        key: Legend::key(bar, step_ms),
    }
}
