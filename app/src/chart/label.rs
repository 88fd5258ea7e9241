//! How numbers are written in the chart.

use super::palette::Mark;
use crate::model::{Bar, Step, format_age, format_utc_short};

/// `91,234.50`; `–` for what is no number.
#[must_use]
pub fn price(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", decimals.min(8), value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::with_capacity(text.len() + 8);
    if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        grouped.push('−');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(rest);
    grouped
}

/// Decimals that suit a price: cents from 10 on, more below.
#[must_use]
pub fn decimals_for(price: f64) -> usize {
    match price.abs() {
        value if value >= 10.0 => 2,
        value if value >= 0.1 => 4,
        _ => 6,
    }
}

/// `0.4312`, `12.3`, `1.23 k`, `4.56 M`.
#[must_use]
pub fn volume(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => "–".to_owned(),
        size if size >= 1e9 => format!("{:.2} G", value / 1e9),
        size if size >= 1e6 => format!("{:.2} M", value / 1e6),
        size if size >= 1e4 => format!("{:.2} k", value / 1e3),
        size if size >= 100.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.4}"),
    }
}

/// `+1.23 %` or `−0.40 %`, of a share.
#[must_use]
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let sign = match share {
        share if share > 0.0 => "+",
        share if share < 0.0 => "−",
        _ => "",
    };
    format!("{sign}{:.2} %", share.abs() * 100.0)
}

/// What is to say about the quality of a bar: `ok`, `warning, 3 of 60 flagged`, `incomplete, 12 of 60 candles`.
#[must_use]
pub fn quality(bar: &Bar) -> String {
    let mut words = Vec::new();
    if let Some(mark) = Mark::of(bar.worst) {
        words.push(mark.word().to_owned());
    }
    if bar.flagged > 0 {
        words.push(format!("{} of {} flagged", bar.flagged, bar.observed));
    }
    if bar.observed < bar.expected {
        words.push(format!(
            "incomplete: {} of {} candles",
            bar.observed, bar.expected
        ));
    }
    if words.is_empty() {
        "ok".to_owned()
    } else {
        words.join(", ")
    }
}

/// Name of a step, or its length where it has none.
#[must_use]
pub fn step(step_ms: i64) -> String {
    Step::of(step_ms).map_or_else(|| format_age(step_ms), |step| step.name.to_owned())
}

/// One sentence for people who hear the chart.
#[must_use]
pub fn sentence(bar: &Bar) -> String {
    let digits = decimals_for(bar.close);
    format!(
        "{} UTC: open {}, high {}, low {}, close {}, {}, volume {}, quality {}",
        format_utc_short(bar.opened_at),
        price(bar.open, digits),
        price(bar.high, digits),
        price(bar.low, digits),
        price(bar.close, digits),
        percent(change(bar)),
        volume(bar.volume),
        quality(bar),
    )
}

/// Return of the bar: against the close before it, else within the bar.
#[must_use]
pub fn change(bar: &Bar) -> f64 {
    bar.return_1.unwrap_or(bar.close / bar.open - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing;

    #[test]
    fn prices_are_grouped_by_thousands() {
        let cases = [
            (91_234.5, 2, "91,234.50"),
            (1_234_567.0, 0, "1,234,567"),
            (999.999, 2, "1,000.00"),
            (-0.001, 2, "0.00"),
            (-12.0, 1, "−12.0"),
            (f64::NAN, 2, "–"),
        ];
        for (value, decimals, expected) in cases {
            assert_eq!(price(value, decimals), expected);
        }
    }

    #[test]
    fn volumes_and_shares_are_short() {
        assert_eq!(volume(0.5), "0.5000");
        assert_eq!(volume(12_345.0), "12.35 k");
        assert_eq!(volume(f64::INFINITY), "–");
        assert_eq!(percent(0.01234), "+1.23 %");
        assert_eq!(percent(-0.5), "−50.00 %");
        assert_eq!(percent(f64::NAN), "–");
    }

    #[test]
    fn quality_is_said_in_words() {
        let mut bar = testing::bar(0, [1.0; 4]);
        assert_eq!(quality(&bar), "ok");
        bar.flagged = 3;
        bar.worst = 2;
        bar.observed = 12;
        assert_eq!(
            quality(&bar),
            "warning, 3 of 12 flagged, incomplete: 12 of 60 candles"
        );
    }
}
