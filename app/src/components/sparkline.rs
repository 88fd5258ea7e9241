//! A line of the newest values, as large as a word.

use crate::{format, fragment::Text};

const WIDTH: f64 = 96.0;
const HEIGHT: f64 = 24.0;
const MARGIN: f64 = 2.5;

/// Points in the picture's pixels for the finite values; none for fewer than two.
#[must_use]
pub fn points(values: &[f64]) -> Vec<(f64, f64)> {
    let finite: Vec<(usize, f64)> = values
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
        .collect();
    if finite.len() < 2 {
        return Vec::new();
    }
    let low = finite.iter().fold(f64::INFINITY, |low, (_, v)| low.min(*v));
    let high = finite
        .iter()
        .fold(f64::NEG_INFINITY, |high, (_, v)| high.max(*v));
    let last = (values.len() - 1) as f64;
    finite
        .into_iter()
        .map(|(index, value)| {
            let x = MARGIN + index as f64 / last * (WIDTH - 2.0 * MARGIN);
            let share = if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            };
            let y = HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN);
            ((x * 10.0).round() / 10.0, (y * 10.0).round() / 10.0)
        })
        .collect()
}

/// What the line says, in numbers.
#[must_use]
pub fn label(name: &str, values: &[f64]) -> String {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let last = finite().next_back().unwrap_or(f64::NAN);
    format!(
        "{name}, last {} values: lowest {}, highest {}, newest {}",
        finite().count(),
        format::plain(low),
        format::plain(high),
        format::plain(last)
    )
}

/// The line with a dot at its end, oldest value first, as SVG; empty for fewer than two values.
#[must_use]
pub fn sparkline(name: &str, values: &[f64]) -> String {
    let points = points(values);
    let Some((x, y)) = points.last() else {
        return String::new();
    };
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    format!(
        "<svg class=\"sparkline\" viewBox=\"0 0 96 24\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\
         <polyline points=\"{}\"></polyline><circle cx=\"{x}\" cy=\"{y}\" r=\"1.8\"></circle></svg>",
        Text(&label(name, values)),
        path.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fills_its_box() {
        assert_eq!(
            points(&[1.0, 3.0, 2.0]),
            [(2.5, 21.5), (48.0, 2.5), (93.5, 12.0)]
        );
    }

    #[test]
    fn odd_values_draw_nothing_odd() {
        assert!(points(&[]).is_empty());
        assert!(points(&[1.0]).is_empty());
        assert!(points(&[f64::NAN, 1.0]).is_empty());
        let flat = points(&[5.0, 5.0]);
        assert_eq!(
            flat,
            [(2.5, 12.0), (93.5, 12.0)],
            "a flat line is in the middle"
        );
        let gap = points(&[1.0, f64::NAN, 2.0]);
        assert_eq!(gap.len(), 2);
    }

    #[test]
    fn the_label_has_the_numbers() {
        assert_eq!(
            label("Price", &[1.0, 3.0, 2.0]),
            "Price, last 3 values: lowest 1, highest 3, newest 2"
        );
    }
}
